# RUN: %python %s
# REQUIRES: numpy
"""Quantised activations give the promised codes, on every target that runs here.

All codes of 8 and 16 bits go through seeded scales and zero points in each
semantics:

- folder: the op on a constant;
- passes: the op on vectors and on scalars, lowered, for each target;
- compiler: functions of tensors whose sizes leave a tail, for each target.

Inputs/quantized_oracle.py says what must come out.
"""

import os
import re
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "Inputs"))
import elementwise_program
import native
import quantized_oracle as oracle
from elementwise_program import run

COUNTS = {"i8": 20, "ui8": 20, "i16": 3, "ui16": 1}  # cases of each op and semantics
TARGETS = {  # name: (triple, cpu, vector bits, what the host needs)
    "x86-64-v2": ("x86_64-linux-gnu", "x86-64-v2", 128, "sse4_2"),
    "x86-64-v3": ("x86_64-linux-gnu", "x86-64-v3", 256, "fma"),
    "x86-64-v4": ("x86_64-linux-gnu", "x86-64-v4", 512, "avx512vl"),
    "vbmi": ("x86_64-linux-gnu", "icelake-server", 512, "avx512_vbmi2"),
    "aarch64": ("aarch64-linux-gnu", "cortex-a53", 128, None),
    "memory": ("x86_64-linux-gnu", "x86-64", 128, "sse2"),  # no table in registers
}


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


def runnable():
    return native.runnable(TARGETS)


def target_text(target):
    triple, cpu, bits, _ = TARGETS[target]
    return (f'#hswish.target<triple = "{triple}", cpu = "{cpu}", vector_bits = {bits}, registers = 16, l1 = 32768, '
            "l2 = 1048576>")


def spell(case, x, type):
    return case.spell(x, type)


def by_passes(cases, x, target, cc, launcher, folder):
    """A loop in native vectors, then one in vectors of three, then scalars."""
    triple, cpu, bits, _ = TARGETS[target]
    native = bits // cases[0].width
    whole = x.size // native * native
    steps = [(whole, native), (whole + (x.size % native - 2) // 3 * 3, 3), (x.size, 1)]
    write = lambda k, type: spell(cases[k], "%x", type)
    module = elementwise_program.make_module(target_text(target), cases[0].type, len(cases), steps, write)
    code = ["-O1", f"-mtriple={triple}", f"-mcpu={cpu}"]
    passes = elementwise_program.PASSES
    return elementwise_program.compute(module, passes, code, x, x, len(cases), cc, launcher, folder, run)


def by_compiler(cases, x, target, cc, launcher, folder):
    """A function of tensors by the whole pipeline: JIT, or a program to emulate."""
    path = lambda name: os.path.join(folder, name)
    type = f"tensor<{len(x)}x{cases[0].type}>"
    body = "\n".join(f"%y{k} = {spell(case, '%x', type)}" for k, case in enumerate(cases))
    values, types = ", ".join(f"%y{k}" for k in range(len(cases))), ", ".join([type] * len(cases))
    with open(path("net.mlir"), "w") as file:
        file.write(f"""
module attributes {{hswish.target = {target_text(target)}}} {{
func.func @net(%x: {type}) -> ({types}) {{
  {body}
  return {values} : {types}
}}
}}""")
    signed = x.view(f"int{cases[0].width}")  # MLIR's types have no sign
    np.save(path("x.npy"), signed)
    outputs = [path(f"{k}.npy") for k in range(len(cases))]
    if launcher:
        run(["hswish-compile", path("net.mlir"), "-o", path("net"), f"--target={target}"])
        run([*launcher, "-L", "/usr/aarch64-linux-gnu", path("net"), path("x.npy"), *outputs])
    else:
        run(["hswish-run", path("net.mlir"), path("x.npy"), "--output-dir", folder])
    return np.stack([np.load(output) for output in outputs]).view(x.dtype)


def compare(road, cases, got, order=slice(None)):
    """Exits with the first difference; the number of results otherwise."""
    for case, y in zip(cases, got, strict=True):
        want = case.expected()[order]
        if not np.array_equal(y, want):
            i = np.argmax(y != want)
            sys.exit(f"{road}: {case}: {np.sum(y != want)} codes differ, first {case.codes()[order][i]}: "
                     f"got {y[i]}, want {want[i]}")
    return len(cases)


def check(kind, count, targets, folder):
    """All roads for one type."""
    cases = oracle.table(kind, count)
    checked = compare("folder", cases, by_folder(cases))
    # All codes, and some again, so that both vectors and the rest see any.
    rng, size = np.random.default_rng(5), 1 << cases[0].width
    order = np.concatenate([rng.permutation(size), rng.integers(0, size, 61)])
    x = cases[0].codes()[order]
    for target in targets:
        got = by_passes(cases, x, *target, folder)
        checked += compare(f"passes for {target[0]}", cases, got, order)
        few = cases[:: max(1, len(cases) // 12)]
        got = by_compiler(few, x, *target, folder)
        checked += compare(f"compiler for {target[0]}", few, got, order)
    return checked


def main():
    targets = list(runnable())
    with tempfile.TemporaryDirectory() as folder:
        checked = sum(check(kind, count, targets, folder) for kind, count in COUNTS.items())
    print(f"{checked} combinations agree for all codes")


if __name__ == "__main__":
    main()
