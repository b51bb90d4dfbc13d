# RUN: %python %s
# REQUIRES: numpy
"""Elementwise ops that nothing absorbs give the promised bits at every size.

Functions that are nothing but an activation, a gradient or a product with a
broadcast gate are compiled for each x86 level that runs here; sizes are, and are
not, multiples of any vector, up to one that is written past the caches.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np

SIZES = (1, 29, 64, 127, 1029)
LARGE = 400_003


def relu6(t):
    return np.minimum(np.maximum(t, t.dtype.type(0)), t.dtype.type(6))


def hard_swish(x):
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    T = wide.dtype.type
    return (wide * (relu6(wide + T(3)) * T(1 / 6))).astype(x.dtype)


def hard_swish_grad(x):
    T = x.dtype.type
    line = x * T(1 / 3) + T(0.5)
    return x * np.where(x <= -3, T(0), np.where(x >= 3, T(1), line))


UNARY = """func.func @net(%x: tensor<{n}x{t}>) -> tensor<{n}x{t}> {{
  %0 = hswish.{op} : tensor<{n}x{t}>
  return %0 : tensor<{n}x{t}>
}}"""
ID = "affine_map<(n, h, w, c) -> (n, h, w, c)>"
GATE = """func.func @net(%x: tensor<1x5x3x{n}xf32>, %g: tensor<1x1x1x{n}xf32>) -> tensor<1x5x3x{n}xf32> {{
  %e = tensor.empty() : tensor<1x5x3x{n}xf32>
  %0 = linalg.generic {{indexing_maps = [{id}, affine_map<(n, h, w, c) -> (n, 0, 0, c)>, {id}],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%x, %g : tensor<1x5x3x{n}xf32>, tensor<1x1x1x{n}xf32>) outs(%e : tensor<1x5x3x{n}xf32>) {{
  ^bb0(%a: f32, %b: f32, %out: f32):
    %y = arith.mulf %a, %b : f32
    linalg.yield %y : f32
  }} -> tensor<1x5x3x{n}xf32>
  return %0 : tensor<1x5x3x{n}xf32>
}}"""
TYPES = {"f32": np.float32, "f64": np.float64, "f16": np.float16}


def cases():
    """(source, inputs, what comes out)"""
    rng = np.random.default_rng(3)
    for n in SIZES:
        for t in TYPES:
            x = rng.uniform(-5, 5, n).astype(TYPES[t])
            yield UNARY.format(n=n, t=t, op="hard_swish %x"), [x], hard_swish(x)
        x = rng.uniform(-5, 5, n).astype(np.float32)
        yield UNARY.format(n=n, t="f32", op="hard_swish_grad %x, %x"), [x], hard_swish_grad(x)
        yield UNARY.format(n=n, t="f32", op="relu6 %x"), [x], relu6(x)
    for n in (1, 8, 13, 72):
        x, g = rng.normal(size=(1, 5, 3, n)), rng.normal(size=(1, 1, 1, n))
        x, g = x.astype(np.float32), g.astype(np.float32)
        yield GATE.format(n=n, id=ID), [x, g], x * g
    x = rng.uniform(-5, 5, LARGE).astype(np.float32)
    yield UNARY.format(n=LARGE, t="f32", op="hard_swish %x"), [x], hard_swish(x)


TARGET = """module attributes {{hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "{cpu}",
    vector_bits = {bits}, registers = 16, l1 = 32768, l2 = 524288, l3 = 1048576>}} {{
{source}
}}"""


def targets():
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    if os.uname().machine == "x86_64":
        for cpu, bits, needs in [("x86-64-v3", 256, "fma"), ("x86-64-v4", 512, "avx512vl")]:
            if needs in flags:
                yield cpu, bits


def run(source, inputs, folder):
    model = os.path.join(folder, "net.mlir")
    with open(model, "w") as file:
        file.write(source)
    files = []
    for i, x in enumerate(inputs):
        path = os.path.join(folder, f"in{i}.npy")
        np.save(path, x)
        files += ["--input", path]
    command = ["hswish-run", model, *files, "--output-dir", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{source}\n{result.stderr}")
    return np.load(os.path.join(folder, "0.npy"))


def main():
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for cpu, bits in targets():
            for source, inputs, want in cases():
                got = run(TARGET.format(cpu=cpu, bits=bits, source=source), inputs, folder)
                if got.tobytes() != want.tobytes():
                    i = np.argmin(got == want)
                    sys.exit(f"{cpu}: {np.sum(got != want)} differ, first {i}: {got.flat[i]!r}, "
                             f"want {want.flat[i]!r}\n{source}")
                checked += 1
    print(f"{checked} combinations agree bit by bit")


main()
