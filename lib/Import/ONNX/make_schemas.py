#!/usr/bin/env python3
"""Writes Schemas.inc: what each version of each operator that the importer has takes.

usage: make_schemas.py [--check]

The source is the installed onnx package. An onnx package that defines newer versions of
our operators makes --check fail: read what has changed, teach the importer or add the
version to UNKNOWN, and write the table anew. Versions that no operator set from 7 on uses
are unknown, too.
"""

import glob
import os
import re
import sys

import onnx
from onnx import defs

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "Schemas.inc")
OLDEST = 7
# Versions that the importer does not have, with the reason.
UNKNOWN = {}
# ONNX Runtime has these before ONNX: files that it optimised use them.
RUNTIME = {("LayerNormalization", 1): 17, ("ThresholdedRelu", 1): 10}

ATTRIBUTES = {"FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g",
              "FLOATS": "F", "INTS": "I", "STRINGS": "S", "SPARSE_TENSOR": "p"}
TYPES = {"float": "FLOAT", "bfloat16": "BFLOAT16"}


def operators():
    """Names of the default domain, from the tables of handlers."""
    row = r'\{"(\w+)",\s*\w+,\s*\w+,\s*(?:(?:"[^"]*"\s*)+|\w+),\s*[\w<>]+\}'
    names = set()
    for path in glob.glob(os.path.join(HERE, "Operators", "*.cpp")):
        with open(path, encoding="utf-8") as file:
            names.update(re.findall(row, file.read()))
    return sorted(names)


def mask(types):
    """Bit n stands for TensorProto.DataType n."""
    bits = 0
    for text in types:
        name = re.fullmatch(r"tensor\((\w+)\)", text)
        if name:
            bits |= 1 << onnx.TensorProto.DataType.Value(
                TYPES.get(name[1], name[1].upper()))
    return format(bits, "x")


def row(op, since, schema):
    """One line of the table."""
    if schema is None:
        return f'{{"{op}", {since}, 0, "-", "", ""}},'
    constraints = {t.type_param_str: t.allowed_type_strs
                   for t in schema.type_constraints}
    suffix = {"Single": "", "Optional": "?", "Variadic": "*"}
    inputs, used = [], {}
    for formal in schema.inputs:
        name = formal.type_str
        types = constraints.get(name, [name])
        name = re.sub(r"\W+", "_", name).strip("_")
        used[name] = mask(types)
        inputs.append(name + suffix[str(formal.option).split(".")[-1]])
    attributes = [f"{name}:{ATTRIBUTES[str(a.type).split('.')[-1]]}"
                  + ("!" if a.required else "")
                  for name, a in sorted(schema.attributes.items())]
    types = [f"{name}={bits}" for name, bits in used.items()]
    return (f'{{"{op}", {since}, {schema.max_output}, "{" ".join(inputs)}", '
            f'"{" ".join(attributes)}", "{" ".join(types)}"}},')


def rows():
    """Lines by operator and version."""
    schemas = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            schemas.setdefault(schema.name, {})[schema.since_version] = schema
    table = {}
    for op in operators():
        versions = schemas[op]
        oldest = max((v for v in versions if v <= OLDEST), default=0)
        for since, schema in sorted(versions.items()):
            known = (since >= oldest and not schema.deprecated
                     and (op, since) not in UNKNOWN)
            table[op, since] = row(op, since, schema if known else None)
    for (op, since), model in RUNTIME.items():
        table[op, since] = row(op, since, schemas[op][model])
    return table


def main():
    newest = defs.onnx_opset_version()
    table = rows()
    text = ("// Written by make_schemas.py from the onnx package.\n"
            "// clang-format off\n"
            f"static constexpr int64_t kNewestOpset = {newest};\n"
            "static constexpr Schema schemas[] = {\n"
            + "".join(table[key] + "\n" for key in sorted(table)) + "};\n"
            "// clang-format on\n")
    if "--check" not in sys.argv:
        with open(TABLE, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(TABLE, encoding="utf-8") as file:
        old = file.read()
    written = int(re.search(r"kNewestOpset = (\d+)", old)[1])
    have = {(m[1], int(m[2])): m[0] for m in re.finditer(
        r'^\{"(\w+)", (\d+), .*$', old, re.MULTILINE)}
    wrong = [key for key in have.keys() | table.keys()
             if have.get(key) != table.get(key) and key[1] <= newest]
    for op, since in sorted(wrong):
        what = "is new" if since > written else "is not as in the table"
        print(f"{op}: version {since} {what} in onnx {onnx.__version__}")
    sys.exit(bool(wrong))


main()
