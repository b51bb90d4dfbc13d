# RUN: %python %s
# REQUIRES: numpy
"""Quantised activations give the promised codes, on every target that runs here.

All codes of 8 and 16 bits go through seeded scales and zero points in each
semantics:

- folder: the op on a constant.

Inputs/quantized_oracle.py says what must come out.
"""

import os
import re
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "Inputs"))
import quantized_oracle as oracle

COUNTS = {"i8": 20, "ui8": 20, "i16": 3, "ui16": 1}  # cases of each op and semantics


def run(command, **kwargs):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr[:4000]}")
    return result.stdout


def by_folder(cases):
    """The op on a constant of all codes."""
    codes = cases[0].codes()
    type = f"tensor<{len(codes)}x{cases[0].type}>"
    body = "\n".join(f"%y{k} = {case.spell('%x', type)}" for k, case in enumerate(cases))
    values, types = ", ".join(f"%y{k}" for k in range(len(cases))), ", ".join([type] * len(cases))
    text = run(["hswish-opt", "--canonicalize", "--mlir-print-elementsattrs-with-hex-if-larger=0"], input=f"""
func.func @fold() -> ({types}) {{
  %x = arith.constant dense<"0x{codes.tobytes().hex().upper()}"> : {type}
  {body}
  return {values} : {types}
}}""")
    constants = dict(re.findall(r'(%\S+) = arith.constant dense<"?(0x[0-9A-F]+|-?\d+)"?>', text))
    names = re.search(r"return (.*) : ", text).group(1).split(", ")
    for case, name in zip(cases, names, strict=True):
        value = constants[name]
        if value.startswith("0x"):
            yield np.frombuffer(bytes.fromhex(value[2:]), case.dtype)
        else:
            yield np.full(len(codes), int(value)).astype(case.dtype)


def compare(road, cases, got):
    """Exits with the first difference; the number of results otherwise."""
    for case, y in zip(cases, got, strict=True):
        want = case.expected()
        if not np.array_equal(y, want):
            i = np.argmax(y != want)
            sys.exit(f"{road}: {case}: {np.sum(y != want)} codes differ, first {case.codes()[i]}: "
                     f"got {y[i]}, want {want[i]}")
    return len(cases)


def main():
    checked = 0
    for kind, count in COUNTS.items():
        cases = oracle.table(kind, count)
        checked += compare("folder", cases, by_folder(cases))
    print(f"{checked} combinations agree for all codes")


if __name__ == "__main__":
    main()
