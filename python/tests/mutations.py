"""Damages ONNX files, the same way for the same seed."""

import onnx
from google.protobuf.descriptor import FieldDescriptor as Field

INTEGERS = [0, 1, 2, 3, -1, -2, 7, 64, 255, 1 << 20, 1 << 31, 1 << 40, (1 << 63) - 1, -(1 << 63)]
FLOATS = [0.0, -0.0, -1.0, 1e-40, 1e30, float("inf"), float("nan")]
SMALL = {Field.CPPTYPE_INT32: 31, Field.CPPTYPE_UINT32: 32, Field.CPPTYPE_UINT64: 64}


def mutate(data, rng):
    """A damaged copy of the file `data`, and what was done to it."""
    if rng.random() < 0.2:
        return _damage_bytes(data, rng)
    model = onnx.load_from_string(data)
    names = _names(model)
    done = [_damage_field(model, names, rng) for _ in range(rng.choice([1, 1, 2, 4]))]
    return model.SerializeToString(), ", ".join(done)


def _damage_bytes(data, rng):
    start = rng.randrange(len(data))
    length = min(rng.choice([1, 2, 8, 64]), len(data) - start)
    kind = rng.choice(["truncated", "cut", "doubled", "overwritten"])
    middle = {
        "truncated": b"",
        "cut": data[start + length :],
        "doubled": data[start : start + length] + data[start:],
        "overwritten": rng.randbytes(length) + data[start + length :],
    }[kind]
    return data[:start] + middle, f"{kind} at byte {start} ({length})"


def _names(model):
    """The names of values: an edge that is bent goes somewhere."""
    names = {name for node in model.graph.node for name in [*node.input, *node.output]}
    return sorted(names | {node.op_type for node in model.graph.node}) + ["", "nobody", "\xe9\n", "x" * 5000]


def _damage_field(message, names, rng):
    """Changes a field somewhere below `message`; each level is as likely."""
    path = []
    while True:
        fields = [(field, value) for field, value in message.ListFields()]
        if not fields:
            return ".".join(path) + " (empty)"
        field, value = rng.choice(fields)
        path.append(field.name)
        if field.is_repeated:
            if rng.random() < 0.3:
                return f"{'.'.join(path)} {_damage_list(value, rng)}"
            index = rng.randrange(len(value))
            path[-1] += f"[{index}]"
            if field.cpp_type != Field.CPPTYPE_MESSAGE:
                value[index] = _scalar(field, value[index], names, rng)
                return f"{'.'.join(path)} = {value[index]!r:.40}"
            message = value[index]
        elif field.cpp_type != Field.CPPTYPE_MESSAGE:
            value = _scalar(field, value, names, rng)
            setattr(message, field.name, value)
            return f"{'.'.join(path)} = {value!r:.40}"
        elif rng.random() < 0.1:
            message.ClearField(field.name)
            return f"{'.'.join(path)} cleared"
        else:
            message = value


def _damage_list(values, rng):
    index, other = rng.randrange(len(values)), rng.randrange(len(values))
    kind = rng.choice(["deleted", "doubled", "swapped", "emptied"])
    if kind == "deleted":
        del values[index]
    elif kind == "doubled":
        values.extend([values[index]])
    elif kind == "emptied":
        del values[:]
    elif hasattr(values[index], "CopyFrom"):
        copy = type(values[index])()
        copy.CopyFrom(values[index])
        values[index].CopyFrom(values[other])
        values[other].CopyFrom(copy)
    else:
        values[index], values[other] = values[other], values[index]
    return f"{kind} {index}"


def _scalar(field, old, names, rng):
    if field.cpp_type in (Field.CPPTYPE_FLOAT, Field.CPPTYPE_DOUBLE):
        return rng.choice(FLOATS)
    if field.cpp_type == Field.CPPTYPE_STRING:
        name = rng.choice(names)
        return name.encode() if isinstance(old, bytes) else name
    if field.cpp_type == Field.CPPTYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    new = rng.choice([old + 1, old - 1, old * 2, -old, *INTEGERS])
    bits = SMALL.get(field.cpp_type, 63)
    unsigned = field.cpp_type in (Field.CPPTYPE_UINT32, Field.CPPTYPE_UINT64)
    return max(0 if unsigned else -(1 << bits), min(new, (1 << bits) - 1))
