# No inner loop of any kernel touches the stack, and its arithmetic is on full
# registers of the target: for the tiles that the strategies of many shapes
# choose.

# RUN: %python %s hswish-compile x86-64-v4 %t.mlir
# RUN: %python %s hswish-compile x86_64-linux-gnu,cpu=sapphirerapids %t.mlir
# RUN: %python %s hswish-compile x86-64-v3 %t.mlir
# RUN: %python %s hswish-compile x86-64-v2 %t.mlir
# RUN: %python %s hswish-compile aarch64 %t.mlir

# Nor does one whose work threads share.
# RUN: %python %s hswish-compile x86-64-v4 %t.mlir --threads=2
# RUN: %python %s hswish-compile x86-64-v3 %t.mlir --threads=2
# RUN: %python %s hswish-compile x86-64-v2 %t.mlir --threads=2
# RUN: %python %s hswish-compile aarch64 %t.mlir --threads=2

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "Inputs"))
from assembly import compile_to_assembly, inner_loops, kernels, stack_accesses  # noqa: E402
from ops import EPILOGUES, conv, depthwise, matmul, model, pool, unpacked  # noqa: E402

# What a kernel does on whole registers: multiply, add or compare.
ARITHMETIC = {
    "x86-64-v4": r"v(fmadd\w+|add|max)ps\s.*%zmm",
    "x86-64-v3": r"v(fmadd\w+|add|max)ps\s.*%ymm",
    "x86-64-v2": r"(mul|add|max)ps\s.*%xmm",
    "aarch64": r"f(mla|add|max)\s+v\d+\.4s",
}
ARITHMETIC["x86_64-linux-gnu,cpu=sapphirerapids"] = ARITHMETIC["x86-64-v4"]
BITS = {
    "x86-64-v4": 512,
    "x86_64-linux-gnu,cpu=sapphirerapids": 512,
    "x86-64-v3": 256,
    "x86-64-v2": 128,
    "aarch64": 128,
}

CASES = [
    # Pointwise: tiles of many widths, then layers of MobileNetV3.
    *(conv(w, w, 32, n) for w in (7, 13, 14) for n in (8, 16, 24, 40, 80, 112)),
    *(conv(1, n, 64, 72) for n in (2, 3, 5, 10)),
    *(conv(14, 14, c, n, e=e) for c, n, e in [(80, 480, "relu"), (480, 112, "residual"), (672, 112, "none")]),
    conv(112, 112, 16, 64, e="relu"), conv(56, 56, 72, 24, e="residual"), conv(28, 28, 120, 40, e="none"), conv(28, 28, 24, 88, e="relu"),
    conv(7, 7, 160, 960), conv(7, 7, 960, 160, e="residual"), conv(12, 12, 32, 64, s=2),
    # One pixel: matrix times vector.
    *(conv(1, 1, c, n, e=e) for c, n, e in [(72, 24, "relu"), (24, 72, "none"), (64, 1280, "hard_swish")]),
    matmul(1, 128, 1000, "none"), matmul(1, 131, 77), matmul(5, 64, 40), matmul(16, 64, 48, "residual"), matmul(64, 64, 256),
    # Windows over all channels: the stem first.
    *(conv(112, 112, 3, 16, 3, s=2, e=e) for e in EPILOGUES),
    conv(112, 112, 3, 32, 3, s=2), conv(14, 14, 3, 24, 5), conv(28, 28, 24, 24, 3), conv(14, 14, 96, 24, 3, e="relu"),
    conv(28, 28, 16, 32, 3, s=2, e="relu"), conv(12, 12, 8, 8, 2, s=2, e="none"), conv(14, 14, 16, 16, 5, d=2),
    conv(14, 14, 1, 16, 9), conv(14, 14, 32, 32, 3, g=2), conv(28, 28, 264, 198, g=3),
    # Few output channels: dot products.
    *(conv(28, 28, 64, n, 3) for n in (1, 2, 3, 4, 8)), *(conv(14, 14, 128, n, e=e) for n in (1, 2, 4) for e in ("none", "residual")),
    conv(56, 56, 256, 2, g=2, e="relu"), conv(1, 1, 256, 2), conv(13, 13, 16, 1, 3, s=2),
    # One filter a channel.
    *(depthwise(14, 14, 64, k, s, e=e) for k in (3, 5, 7) for s in (1, 2) for e in EPILOGUES),
    *(depthwise(w, w, 96, k) for w in (2, 3, 7, 13, 28) for k in (3, 5)),
    *(depthwise(14, 14, 64, k, d=2, e=e) for k in (3, 5) for e in ("hard_swish", "none")),
    depthwise(112, 112, 16, 3, e="relu"), depthwise(56, 56, 72, 5, 2, e="relu"), depthwise(14, 14, 184, 3), depthwise(7, 7, 960, 5),
    *(depthwise(14, 14, c, k) for c in (4, 8, 16) for k in (3, 5, 7)),
    # Several filters a channel.
    *(conv(w, w, 32, 32 * m, 3, g=32, e=e) for w in (7, 28) for m in (2, 4) for e in EPILOGUES), conv(28, 28, 16, 128, 5, s=2, g=16),
    # The same with borders.
    *(depthwise(14, 14, 64, k, s, e=e, p=k // 2) for k in (3, 5, 7) for s in (1, 2) for e in EPILOGUES),
    *(depthwise(w, w, 96, k, p=k // 2) for w in (2, 3, 7, 13, 28) for k in (3, 5)),
    depthwise(14, 14, 64, 3, d=2, p=2), depthwise(112, 112, 64, 3, 2, p=1), depthwise(56, 56, 72, 3, e="relu", p=1),
    depthwise(14, 14, 480, 3, p=1), *(depthwise(14, 14, c, k, p=k // 2) for c in (4, 8, 16) for k in (3, 5)),
    # Pooling.
    pool("max", 28, 28, 64, 3, 2), pool("max", 14, 14, 64, 2, 2), pool("max", 13, 13, 256, 5, 1),
    pool("average", 14, 14, 64, 3, 1), pool("average_include_pad", 14, 14, 64, 2, 2),
    # The average of an image: of each row, and of the rows.
    pool("average", 7, 1, 960, 1, 1, kw=7), pool("average", 1, 1, 960, 7, 1, kw=1),
    # Weights of run time.
    unpacked(matmul(1, 64, 80)), unpacked(matmul(12, 64, 80)), unpacked(conv(14, 14, 32, 40)), unpacked(conv(14, 14, 16, 16, 3)),
    unpacked(depthwise(14, 14, 64, 3)),
]  # fmt: skip

# Images of few channels are read where they are, where broadcasts are operands of multiply-adds.
READ_IN_PLACE = [
    *(conv(112, 112, 3, 16, 3, s=2, e=e, p=1) for e in EPILOGUES), conv(112, 112, 3, 32, 3, s=2, p=1),
    conv(28, 28, 3, 24, 3, p=1), conv(28, 28, 3, 16, 5, s=2, p=2), conv(14, 14, 1, 16, 3, p=1), conv(56, 56, 3, 64, 7, s=2, p=3),
]  # fmt: skip


def main(compiler, target, path, *options):
    cases = CASES + (READ_IN_PLACE if BITS[target] > 128 else [])
    assembly = compile_to_assembly(compiler, target, model(cases), path, *options)
    failures = []
    found = list(kernels(assembly))
    if len(found) != len(cases):
        return f"found {len(found)} kernels of {len(cases)}"
    for case, (name, lines) in zip(cases, found):
        loops = list(inner_loops(lines))
        isWide = case[3][-1] * 32 >= BITS[target]
        if isWide and not any(re.search(ARITHMETIC[target], line) for loop in loops for line in loop):
            failures.append(f"{name}, {case}: no inner loop computes on whole registers")
        for found_on_stack in stack_accesses(lines):
            failures.append(f"{name}, {case}: touches the stack {len(found_on_stack)} times: {found_on_stack[0]}")
    print("\n".join(failures))
    return f"{len(failures)} failures in {len(found)} kernels" if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
