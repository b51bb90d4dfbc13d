# By llvm-mca, kernels of MobileNetV3's layers keep the multipliers busy: how many
# times the cycles that one fmla a slot would take, on a core that starts two a
# cycle and on one that starts four. Contractions multiply by lanes, and
# broadcast nothing.

# RUN: %python %s hswish-compile llvm-mca %t.mlir

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Inputs"))
from assembly import compile_to_assembly, inner_loops, kernels  # noqa: E402
from ops import conv, depthwise, matmul, model  # noqa: E402

SLOTS = {"neoverse-n1": 2, "neoverse-v1": 4}
BROADCAST = r"\b(dup|ld1r|ins)\b|mov\s+v\d+\.s\["

POINTWISE = [
    conv(112, 112, 16, 64, e="relu"), conv(56, 56, 64, 24, e="none"), conv(56, 56, 24, 72, e="relu"),
    conv(28, 28, 72, 40, e="none"), conv(28, 28, 40, 120, e="relu"), conv(28, 28, 120, 40, e="residual"),
    conv(14, 14, 240, 80, e="none"), conv(14, 14, 80, 184), conv(14, 14, 480, 112, e="none"), conv(14, 14, 112, 672),
    conv(7, 7, 672, 160, e="none"), conv(7, 7, 160, 960), conv(7, 7, 960, 160, e="residual"), matmul(16, 64, 48, "none"),
]  # fmt: skip
# Kernels and how much longer they may take than their multiplications, on either.
LIMITS = [
    *((case, 1.1, 1.02) for case in POINTWISE),
    (conv(112, 112, 3, 16, 3, s=2), 1.1, 1.02),
    (conv(28, 28, 24, 24, 3), 1.2, 1.02),
    # A load for every multiplication.
    (matmul(1, 256, 1000, "none"), 2.2, 1.5),
    (depthwise(14, 14, 480, 3, e="none"), 2.0, 1.3),
    (depthwise(28, 28, 120, 5, e="none"), 2.0, 1.3),
]


def cycles(mca, cpu, loop):
    """Of one iteration of a loop."""
    text = "loop:\n" + re.sub(r"\.L\w+", "loop", "\n".join(loop)) + "\n"
    command = [mca, "-mtriple=aarch64", f"-mcpu={cpu}", "-iterations=100"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", run.stdout).group(1)) / 100


def main(compiler, mca, path):
    cases = [case for case, *_ in LIMITS]
    assembly = compile_to_assembly(compiler, "aarch64", model(cases), path)
    failures, found = [], list(kernels(assembly))
    if len(found) != len(cases):
        return f"found {len(found)} kernels of {len(cases)}"
    for (case, *limits), (name, lines) in zip(LIMITS, found):
        loop = max(inner_loops(lines), key=lambda loop: sum("fmla" in line for line in loop))
        products = sum("fmla" in line for line in loop)
        if "groups = 1 " in case[4] and any(re.search(BROADCAST, line) for line in loop):
            failures.append(f"{name}, {case}: broadcasts")
        for (cpu, slots), limit in zip(SLOTS.items(), limits):
            ratio = cycles(mca, cpu, loop) / products * slots
            if ratio > limit:
                failures.append(f"{name}, {case}: {ratio:.2f} times one fmla a slot of {cpu}, not {limit}")
    print("\n".join(failures))
    return f"{len(failures)} failures in {len(found)} kernels" if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
