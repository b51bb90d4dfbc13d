# REQUIRES: numpy, onnx
# RUN: %python %s
"""Operators on every element type that they take, against NumPy and Python's integers.

usage: element-types.py [ROAD...]

All operators of one element type are one model with an input for each operand: small
odd shapes, the extreme values of the type, zeros as divisors, NaN and infinities in
conversions. They run by the JIT for x86-64-v2 and v3, without kernels, as a program for
AArch64 under qemu, and with all operands constant, which the importer computes. What
ONNX's schema of an operator forbids must be refused.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOATS = ("float32", "float64", "float16", "bfloat16")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
TYPES = (*FLOATS, *SIGNED, *UNSIGNED, "bool")
ONNX_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, **{
    name: getattr(TensorProto, name.upper()) for name in TYPES if name not in ("float32", "float64")}}
rng = np.random.default_rng(12)

# --- values: bfloat16 is float64 with few bits until it is stored ------------------------------


def round_bfloat16(x):
    """The nearest bfloat16, ties to even, of float64."""
    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        step = np.ldexp(1.0, np.maximum(np.frexp(x)[1] - 8, -133))
        y = np.where(np.isfinite(x), np.rint(x / step) * step, x)
        return np.where(np.abs(y) >= 2.0**128, np.copysign(np.inf, y), y)


def stored(x, type):
    """As a file has it: the bits of bfloat16."""
    if type == "bfloat16":
        return (np.asarray(x, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return np.ascontiguousarray(x, type)


def cast(x, source, type):
    """What docs/ONNX.md promises of Cast."""
    if type == "bool":
        return x != 0
    if type in FLOATS:
        with np.errstate(over="ignore"):
            return round_bfloat16(x) if type == "bfloat16" else x.astype(type)
    if source in FLOATS:
        info = np.iinfo(type)
        clamp = lambda v: 0 if np.isnan(v) else min(max(int(np.clip(v, -1e30, 1e30)), info.min), info.max)
        return np.array([clamp(v) for v in x.astype(np.float64).ravel()], type).reshape(x.shape)
    return x.astype(type)


def values(type, *shape):
    """All that is special about the type, then random numbers."""
    count = int(np.prod(shape))
    if type == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if type in FLOATS:
        special = [0.0, -0.0, 1, -1, 2.5, -3e-8, 1.0001, 65519, 65520, 70000, -70000, 1e20, -1e20, 2.0**31, 2.0**63,
                   -(2.0**63), 2.0**64, 127.7, -128.9, 255.5, -0.5, 300, np.inf, -np.inf, np.nan, 3e-5, 6e-8, 2049]
        x = np.concatenate([special, rng.normal(size=count) * 100])[:count]
        return round_bfloat16(x).reshape(shape) if type == "bfloat16" else cast(x, "float64", type).reshape(shape)
    info = np.iinfo(type)
    special = [0, 1, info.max, info.min, info.max - 1, info.min + 1, 2, 3, info.max // 2 + 1]
    bits = rng.bytes(count * np.dtype(type).itemsize)
    x = np.frombuffer(bits, type).copy()
    x[1::3] = rng.integers(max(info.min, -9), 10, len(x[1::3]))
    special = np.array(special, type)[:count]
    x[: len(special)] = special
    return rng.permutation(x).reshape(shape)


# --- cases: (operator, attributes, operands, constants, expected, its type, of a node) ---------

OPSET = 20
CASES = {}
FORBIDDEN = []


def is_allowed(op, operands):
    """Whether ONNX has the operator on these types."""
    schema = onnx.defs.get_schema(op, OPSET)
    constraints = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
    name = lambda type: {"float32": "float", "float64": "double"}.get(type, type)
    allowed = lambda formal: constraints.get(formal.type_str, [formal.type_str])
    return all(f"tensor({name(type)})" in allowed(formal) for (_, type), formal in zip(operands, schema.inputs))


def add(model, op, operands, expected, type, constants=(), **attributes):
    """`operands`: (values, type) each; constants follow them."""
    case = op, attributes, operands, constants, expected, type
    if isinstance(op, list) or is_allowed(op, operands):
        CASES.setdefault(model, []).append(case)
    else:
        FORBIDDEN.append(case)


def add_chain(model, nodes, operands, expected, type, constants=()):
    """Several nodes: operator, attributes, and which operands and earlier results it takes."""
    add(model, nodes, operands, expected, type, constants)


def divide(x, y):
    """To zero; by zero 0; wraps."""
    quotient = lambda a, b: 0 if b == 0 else (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)
    return wrap([quotient(int(a), int(b)) for a, b in zip(x, y)], x.dtype)


def wrap(numbers, dtype):
    width = 8 * np.dtype(dtype).itemsize
    return np.array([n % 2**width for n in numbers], f"uint{width}").astype(dtype)


def remainder(x, y, by_sign_of_x):
    def one(a, b):
        if b == 0:
            return 0
        return int(np.sign(a)) * (abs(a) % abs(b)) if by_sign_of_x else a % b

    return wrap([one(int(a), int(b)) for a, b in zip(x, y)], x.dtype)


def power(x, y):
    def one(a, b):
        return a**b if 0 <= b < 200 else pow(a, b, 2**64) if b >= 0 else {1: 1, -1: (-1) ** (b % 2)}.get(a, 0)

    return wrap([one(int(a), int(b)) for a, b in zip(x, y)], x.dtype)


def add_arithmetic(type):
    x, y = values(type, 61), values(type, 61)
    y[::7], x[0], y[0] = 0, np.iinfo(type).min, -1 if type in SIGNED else 1
    both = [(x, type), (y, type)]
    with np.errstate(all="ignore"):
        for op, function in [("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply), ("Max", np.maximum),
                             ("Min", np.minimum), ("Div", divide)]:
            add(type, op, both, function(x, y), type)
        for fmod in (0, 1):
            add(type, "Mod", both, remainder(x, y, fmod), type, fmod=fmod)
        unary = [("Abs", np.abs), ("Sign", np.sign)] + [("Neg", np.negative)] * (type in SIGNED)
        for op, function in unary:
            add(type, op, both[:1], function(x).astype(type), type)
    for divisor in (0, 7, *([-1] if type in SIGNED else ())):
        z = np.array(divisor, type)
        add(type, "Div", both[:1], divide(x, np.full(61, z)), type, [z])
        add(type, "Mod", both[:1], remainder(x, np.full(61, z), False), type, [z])
    low, high = np.array(3, type), np.array(100, type)
    add(type, "Clip", both[:1], np.clip(x, low, high), type, [low, high])
    if type in SIGNED:
        add(type, "Relu", both[:1], np.maximum(x, 0), type)


def add_powers():
    for type in ("int32", "int64"):
        x, y = values(type, 50), rng.integers(-4, 70, 50).astype(type)
        x[:9], y[:9] = [2, 1, -1, -1, 0, 0, 3, 5, -7], [-1, -3, -3, -4, -2, 0, 40, 2, 63]
        add(type, "Pow", [(x, type), (y, type)], power(x, y), type)
        for exponent in (0, 1, 2, 5, -3):
            add(type, "Pow", [(x, type)], power(x, np.full(50, exponent)), type, [np.array(exponent, type)])
        for other in ("int8", "uint8", "int32", "int64", "uint64"):
            z = np.resize([0, 1, 2, 3, 62, 63, 64, 100], 50).astype(other)
            if other == "uint64":
                z[:4] = [2**63, 2**63 + 1, 2**63 + 2, 2**64 - 1]
                x = np.array([-1, -1, 2, 3, *x[4:]], type)
            add(type, "Pow", [(x, type), (z, other)], power(x, z), type)
        squares = np.array([0, 1, 4, 9, 25, 10000, 4, 4], type)
        exponents = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.25, -1, 40], np.float32)
        roots = cast(np.power(squares.astype(np.float64), exponents), "float64", type)
        add(type, "Pow", [(squares, type), (exponents, "float32")], roots, type)
        add(type, "Pow", [(squares, type)], cast(np.sqrt(squares), "float64", type), type, [np.float32(0.5)])
    bases = np.array([-1, -1, 2, 0.5, -2, 3], np.float32)
    for type, whole in [("int64", [2**24 + 1, -3, 10, 3, 3, 0]), ("int8", [3, -3, 10, 3, 3, 0])]:
        y = np.array(whole, type)
        add("float32", "Pow", [(bases, "float32"), (y, type)], np.power(bases.astype(np.float64), y), "float32")


def add_comparisons(type):
    x, y = values(type, 47), values(type, 47)
    y[::3] = x[::3]
    for op, function in [("Greater", np.greater), ("GreaterOrEqual", np.greater_equal), ("Less", np.less),
                         ("LessOrEqual", np.less_equal), ("Equal", np.equal)]:
        add(type, op, [(x, type), (y, type)], function(x, y), "bool")
    mask = values("bool", 3, 47)
    add(type, "Where", [(mask, "bool"), (x, type), (y, type)], np.where(mask, x, y), type)


def add_logic():
    x, y = values("bool", 3, 1, 19), values("bool", 5, 19)
    for op, function in [("And", np.logical_and), ("Or", np.logical_or), ("Xor", np.logical_xor)]:
        add("bool", op, [(x, "bool"), (y, "bool")], function(x, y), "bool")
    add("bool", "Not", [(x, "bool")], ~x, "bool")
    add("bool", "ReduceMax", [(y, "bool")], y.max(1, keepdims=True), "bool", [np.array([1])])


def add_movement(type):
    # Only the width matters to the kernels, and whether there are bits.
    for channels in (1, 2, 3, 4, 5) if type in ("uint8", "int16", "float32", "int64", "bool") else (3,):
        x = values(type, 2, channels, 5, 7)
        add(type, "Transpose", [(x, type)], x.transpose(0, 2, 3, 1), type, perm=[0, 2, 3, 1])
        add(type, "Transpose", [(x, type)], x.transpose(3, 2, 0, 1), type, perm=[3, 2, 0, 1])
    x, y = values(type, 1, 4, 3, 5), values(type, 1, 4, 2, 5)
    one = [(x, type)]
    add(type, "Concat", [(x, type), (y, type)], np.concatenate([x, y], 2), type, axis=2)
    add(type, "Slice", one, x[:, 1:, ::-1, ::2], type,
        [np.array(v) for v in ([1, 2, 0], [4, -9, 5], [1, 2, 3], [1, -1, 2])])
    pads = np.array([0, 0, 1, 2, 0, 1, 0, 1])
    if type not in FLOATS:
        fill = np.array(1, type)
        add(type, "Pad", one, np.pad(x, [(0, 0), (0, 1), (1, 0), (2, 1)], constant_values=fill), type, [pads, fill])
    add(type, "Pad", one, np.pad(x, [(0, 0), (0, 1), (1, 0), (2, 1)], mode="edge"), type, [pads], mode="edge")
    add(type, "Gather", one, np.take(x, [2, 0, -1], 1), type, [np.array([2, 0, -1])], axis=1)
    add(type, "Tile", one, np.tile(x, (2, 1, 1, 3)), type, [np.array([2, 1, 1, 3])])
    add(type, "Expand", [(x[:, :, :1], type)], np.broadcast_to(x[:, :, :1], (3, 4, 2, 5)), type,
        [np.array([3, 4, 2, 5])])
    add(type, "Reshape", one, x.reshape(5, 12), type, [np.array([5, 12])])
    add(type, "Flatten", one, x.reshape(4, 15), type, axis=2)
    add(type, "DepthToSpace", one, x.reshape(1, 2, 2, 1, 3, 5).transpose(0, 3, 4, 1, 5, 2).reshape(1, 1, 6, 10), type,
        blocksize=2)
    add(type, "SpaceToDepth", [(x[:, :1, :2, :4], type)],
        x[:, :1, :2, :4].reshape(1, 1, 1, 2, 2, 2).transpose(0, 3, 5, 1, 2, 4).reshape(1, 4, 1, 2), type, blocksize=2)
    add(type, "Resize", one, x.repeat(2, 2).repeat(3, 3), type, [np.array([]).astype("f4")] * 1 + [
        np.array([1, 1, 2, 3], np.float32)], mode="nearest", coordinate_transformation_mode="asymmetric",
        nearest_mode="floor")


def add_reductions(type):
    x = values(type, 3, 4, 5)
    for op, function in [("ReduceMax", np.max), ("ReduceMin", np.min)]:
        add(type, op, [(x, type)], function(x, 1), type, [np.array([1])], keepdims=0)
    for op, function in [("ArgMax", np.argmax), ("ArgMin", np.argmin)]:
        add(type, op, [(x, type)], function(x, 2), "int64", axis=2, keepdims=0)
    with np.errstate(all="ignore"):
        add(type, "ReduceSum", [(x, type)], x.sum(2, dtype=type), type, [np.array([2])], keepdims=0)
        add(type, "ReduceProd", [(x, type)], x.prod(0, dtype=type), type, [np.array([0])], keepdims=0)
    if type in ("int8", "uint8"):
        image = values(type, 1, 3, 6, 5)
        windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2), (2, 3))
        add(type, "MaxPool", [(image, type)], windows.max((-1, -2)), type, kernel_shape=[2, 2])


def add_casts(source):
    x = values(source, 97)
    for type in TYPES:
        if type != source:
            add(source, "Cast", [(x, source)], cast(x, source, type), type, to=ONNX_TYPES[type])
    # There and back: what is lost stays lost.
    for type in ("float16", "bfloat16", "int8", "float32"):
        if type != source:
            middle = cast(x, source, type)
            add_chain(source, [("Cast", dict(to=ONNX_TYPES[type]), [0]), ("Cast", dict(to=ONNX_TYPES[source]), [1])],
                      [(x, source)], cast(middle, type, source), source)


def add_masks():
    """Booleans and bytes that reach a convolution, whose image is transposed."""
    x = rng.integers(-9, 10, (1, 3, 6, 5)).astype(np.float32)
    other = rng.integers(-9, 10, x.shape).astype(np.float32)
    w = rng.integers(-3, 4, (3, 3, 1, 1)).astype(np.float32)
    convolve = lambda image: np.einsum("nchw,fc->nfhw", image, w[:, :, 0, 0])
    mask, codes = values("bool", *x.shape), values("uint8", *x.shape)
    to_float = ("Cast", dict(to=TensorProto.FLOAT))
    add_chain("masks", [("Conv", {}, [0, 3]), ("Where", {}, [1, 4, 2])],
              [(x, "float32"), (mask, "bool"), (other, "float32")], np.where(mask, convolve(x), other), "float32", [w])
    add_chain("masks", [(*to_float, [1]), ("Mul", {}, [0, 3]), ("Conv", {}, [4, 2])],
              [(x, "float32"), (mask, "bool")], convolve(x * mask), "float32", [w])
    add_chain("masks", [(*to_float, [0]), ("Conv", {}, [2, 1])], [(codes, "uint8")],
              convolve(codes.astype(np.float32)), "float32", [w])
    # A network in half precision between casts: its input is rounded, its layers are not.
    y = np.array([70000, 1.0001, -3e-8, 2049], np.float32).reshape(1, 4, 1, 1)
    half = helper.np_dtype_to_tensor_dtype(np.dtype(np.float16))
    with np.errstate(over="ignore"):
        rounded = y.astype(np.float16).astype(np.float32)
    add_chain("masks", [("Cast", dict(to=half), [0]), ("Relu", {}, [1]), ("Cast", dict(to=TensorProto.FLOAT), [2])],
              [(y, "float32")], np.maximum(rounded, 0), "float32")


def add_all():
    add_masks()
    for type in (*SIGNED, *UNSIGNED):
        add_arithmetic(type)
        add_reductions(type)
    add_powers()
    add_logic()
    add_forbidden()
    for type in TYPES:
        if type != "bfloat16":
            add_comparisons(type)
        add_movement(type)
        add_casts(type)


# --- running -----------------------------------------------------------------------------------


def constant(name, array, type=None):
    if type != "bfloat16":
        return numpy_helper.from_array(np.ascontiguousarray(array), name)
    bits = stored(array, type)
    return helper.make_tensor(name, TensorProto.BFLOAT16, bits.shape, bits.tobytes(), raw=True)


def make_model(cases, all_constant):
    """The model and its inputs."""
    nodes, inputs, outputs, tensors, feeds = [], [], [], [], {}
    for i, (op, attributes, operands, constants, _, type) in enumerate(cases):
        names = []
        for j, (array, source) in enumerate(operands):
            names.append(f"x{i}_{j}")
            if all_constant:
                tensors.append(constant(names[-1], array, source))
            else:
                inputs.append(helper.make_tensor_value_info(names[-1], ONNX_TYPES[source], array.shape))
                feeds[names[-1]] = stored(array, source)
        for j, array in enumerate(constants):
            names.append("" if array.size == 0 else f"c{i}_{j}")
            if array.size:
                tensors.append(constant(names[-1], array))
        if isinstance(op, list):
            for k, (inner, given, places) in enumerate(op[:-1]):
                nodes.append(helper.make_node(inner, [names[p] for p in places], [f"t{i}_{k}"], **given))
                names.append(f"t{i}_{k}")
            op, attributes, places = op[-1]
            names = [names[p] for p in places]
        nodes.append(helper.make_node(op, names, [f"y{i}"], **attributes))
        outputs.append(helper.make_tensor_value_info(f"y{i}", ONNX_TYPES[type], None))
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8), feeds


def run_jit(*options):
    def run(model, feeds, count, folder):
        flags = [word for name in feeds for word in ("--input", f"{name}={folder}/{name}.npy")]
        yield ["hswish-run", *options, model, *flags, "--output-dir", folder]

    return run


def run_program(model, feeds, count, folder):
    program = os.path.join(folder, "program")
    yield ["hswish-compile", model, "--target=aarch64", "--emit=exe", "-o", program]
    yield ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program, *(f"{folder}/{name}.npy" for name in feeds),
           *(f"{folder}/{i}.npy" for i in range(count))]


def roads():
    """Ways to compile and run: name, commands, whether all operands are constant."""
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    yield "constant", run_jit(), True
    yield "no-kernels", run_jit("--no-kernels"), False
    for level, needs in [("x86-64-v2", "sse4_2"), ("x86-64-v3", "fma")]:
        if needs in flags:
            yield level, run_jit(f"--target={level}"), False
    if shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc"):
        yield "aarch64", run_program, False
    else:
        print("aarch64 is left out: no qemu-aarch64, or no compiler to link with")


def check(cases, road, all_constant, folder):
    model, feeds = make_model(cases, all_constant)
    path = os.path.join(folder, "net.onnx")
    onnx.save(model, path)
    for name, array in feeds.items():
        np.save(f"{folder}/{name}.npy", array)
    for command in road(path, feeds, len(cases), folder):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            yield done.stderr.strip()[:1000] or f"exit status {done.returncode}"
            return
    for i, (op, attributes, _, constants, expected, type) in enumerate(cases):
        got, want = np.load(f"{folder}/{i}.npy"), stored(expected, type)
        if got.shape != want.shape or got.dtype != want.dtype:
            yield f"{op} {attributes}: {got.dtype} {got.shape}, not {want.dtype} {want.shape}"
            continue
        same = got == want
        if want.dtype.kind == "f":
            same |= np.isnan(got) & np.isnan(want)
        if type == "bfloat16":
            same |= ((got & 0x7FFF) > 0x7F80) & ((want & 0x7FFF) > 0x7F80)
        if not same.all():
            at = np.argmin(same)
            yield f"{op} {attributes} {constants}: {(~same).sum()} differ, {got.flat[at]!r}, not {want.flat[at]!r} at {at}"


def add_forbidden():
    """More that ONNX does not define for a type."""
    bits, numbers = values("bool", 5), values("uint8", 5)
    for op, array, type, count in [("Add", bits, "bool", 2), ("And", numbers, "uint8", 2), ("Not", numbers, "uint8", 1),
                                   ("Neg", numbers, "uint8", 1), ("Relu", numbers, "uint8", 1),
                                   ("Pow", numbers, "uint8", 2), ("Clip", bits, "bool", 1),
                                   ("Sqrt", numbers, "uint8", 1)]:
        add(None, op, [(array, type)] * count, None, type)


def check_refused(folder):
    """What ONNX forbids is an error that names the node and the type. All nodes are one
    model: the importer lists all that is wrong."""
    model, _ = make_model(FORBIDDEN, False)
    path = os.path.join(folder, "net.onnx")
    onnx.save(model, path)
    done = subprocess.run(["hswish-compile", path, "-o", path + ".so"], capture_output=True, text=True)
    if done.returncode != 1:
        yield f"forbidden: exit status {done.returncode}"
    for i, (op, _, operands, *_) in enumerate(FORBIDDEN):
        name = operands[0][1].replace("uint", "ui").replace("int", "i").replace("uii", "ui")
        if f"node 'y{i}' ({op}): input 0 has elements of type {name}, which version " not in done.stderr:
            yield f"{op} of {operands[0][1]} is not refused for its type: {done.stderr[-1000:]}"


def main():
    add_all()
    with tempfile.TemporaryDirectory() as folder:
        failures = list(check_refused(folder))
    for name, road, all_constant in roads():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        for model, cases in CASES.items():
            with tempfile.TemporaryDirectory() as folder:
                failures += [f"{name}, {model}: {text}" for text in check(cases, road, all_constant, folder)]
    print("\n".join(failures), file=sys.stderr)
    print(f"{sum(map(len, CASES.values()))} operators, {len(failures)} failures")
    sys.exit(bool(failures))


main()
