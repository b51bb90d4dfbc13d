# REQUIRES: onnx
# RUN: env PYTHONPATH=%hswish_src_root/test/Import/Inputs %python %s %t hswish-run
"""What the importer makes of sizes, positions and borders, against NumPy and fractions.

Many nodes a model, each an output, so that few models are compiled.
"""

import itertools
import os
import subprocess
import sys
from fractions import Fraction
from math import ceil, floor

import numpy as np
from make import directory, node, save, value
from onnx import TensorProto

RUN = sys.argv[2]
F32 = np.float32


def run(name, nodes, x, wanted, weights=None, **options):
    """Compares all outputs of a model of `nodes` on x, tolerance 1e-6 of the range."""
    save(name, nodes, {"x": x.shape}, [n.output[0] for n in nodes], weights, **options)
    np.save(f"{directory}/{name}.npy", x)
    subprocess.run([RUN, f"{directory}/{name}.onnx", f"{directory}/{name}.npy",
                    "--output-dir", f"{directory}/{name}"], check=True,
                   stdout=subprocess.DEVNULL)
    for i, (n, want) in enumerate(zip(nodes, wanted)):
        got = np.load(f"{directory}/{name}/{i}.npy")
        want = np.asarray(want)
        assert got.shape == want.shape, (name, str(n), got.shape, want.shape)
        error = np.abs(got.astype(float) - want).max(initial=0)
        assert error <= 1e-6 * np.abs(want).max(initial=1e-30), (name, str(n), got, want)


# Resize, nearest: positions are fractions, so ties are ties.
def origin(mode, o, scale, n, out):
    half = Fraction(1, 2)
    if mode == "align_corners":
        return Fraction(o * (n - 1), out - 1) if out > 1 else Fraction(0)
    if mode == "asymmetric":
        return o / scale
    centre = (o + half) / scale
    if mode == "tf_half_pixel_for_nn":
        return centre
    if mode == "pytorch_half_pixel" and out == 1:
        return Fraction(0)
    if mode == "half_pixel_symmetric":
        return Fraction(n, 2) * (1 - Fraction(out) / (scale * n)) + centre - half
    return centre - half


ROUND = {"floor": floor, "ceil": ceil,
         "round_prefer_floor": lambda x: ceil(x - Fraction(1, 2)),
         "round_prefer_ceil": lambda x: floor(x + Fraction(1, 2))}
COORDINATES = ["asymmetric", "align_corners", "half_pixel", "pytorch_half_pixel",
               "half_pixel_symmetric"]


def resize(n, sizes, scales):
    x = np.arange(n, dtype=F32).reshape(1, 1, 1, n)
    nodes, wanted, weights = [], [], {}
    for mode, (rounding, f) in itertools.product(COORDINATES, ROUND.items()):
        for kind, number in [("z", s) for s in sizes] + [("s", s) for s in scales]:
            scale = Fraction(number, n) if kind == "z" else number
            out = number if kind == "z" else floor(n * number)
            operand = f"{kind}{number}".replace("/", "_")
            weights[operand] = (np.array([1, 1, 1, number]) if kind == "z"
                                else np.array([1, 1, 1, float(number)], F32))
            nodes.append(node("Resize", "x", f"y{len(nodes)}", mode="nearest",
                              nearest_mode=rounding, coordinate_transformation_mode=mode))
            nodes[-1].input.extend(["", operand] if kind == "s" else ["", "", operand])
            wanted.append(x[..., [min(max(f(origin(mode, o, scale, n, out)), 0), n - 1)
                                  for o in range(out)]])
    run(f"resize{n}", nodes, x, wanted, weights, opset=19)


# 0.3 and 1/3 are no floats: the fraction that is meant decides.
resize(20, [6, 8, 12, 30, 50], [Fraction(3, 10), Fraction(1, 4), Fraction(5, 2)])
resize(9, [2, 3, 6, 12, 21], [Fraction(1, 3), Fraction(2, 3), Fraction(7, 3)])
resize(1, [1, 4], [Fraction(3)])


# Slice: all clamps, forwards and backwards, of constants and at run time.
def element(start, end, step, n):
    """The specification: a start below 0 is clamped, also where it goes backwards."""
    start, end = (p + n if p < 0 else p for p in (start, end))
    if step > 0:
        return range(min(max(start, 0), n), min(max(end, 0), n), step)
    return range(min(max(start, 0), n - 1), min(max(end, -1), n - 1), step)


BIG = 2**63 - 1
x = np.arange(5, dtype=F32)
nodes, wanted, weights = [], [], {"k": x}
positions = [-BIG - 1, -50, -6, -5, -1, 0, 2, 4, 5, 50, 2**31 - 1, BIG]
for i, (start, end) in enumerate(itertools.product(positions, positions)):
    step = [1, 2, BIG, -1, -2, -BIG - 1][i * 7 % 6]
    weights |= {f"a{i}": np.array([start]), f"b{i}": np.array([end]), f"d{i}": np.array([step])}
    weights["c"] = np.array([0])
    chosen = x[list(element(start, end, step, 5))]
    if len(chosen):  # results without elements are none of a model
        for data in "xk":
            nodes.append(node("Slice", f"{data} a{i} b{i} c d{i}", f"{data}{i}y"))
            wanted.append(chosen)
run("slice", nodes, x, wanted, weights)

# Poolings that end behind the image.
x = np.random.default_rng(0).normal(size=(1, 2, 1, 7)).astype(F32)
nodes, wanted = [], []
for kernel, stride, pads in [(10, 10, (0, 0)), (10, 10, (2, 3)), (9, 4, (1, 0)),
                             (5, 4, (2, 0)), (8, 2, (0, 0)), (3, 3, (0, 1))]:
    before, after = pads
    steps = -((kernel - 7 - before - after) // stride) + 1
    steps -= (steps - 1) * stride >= 7 + before
    windows = [range(max(i * stride, 0), min(i * stride + kernel, 7 + before + after))
               for i in range(steps)]
    inside = [[p - before for p in w if 0 <= p - before < 7] for w in windows]
    results = {
        "MaxPool": [x[..., i].max(-1) for i in inside],
        "AveragePool": [x[..., i].astype(float).mean(-1) for i in inside],
        "AveragePool+": [x[..., i].astype(float).sum(-1) / len(w)
                         for i, w in zip(inside, windows)],
    }
    for op, columns in results.items():
        extra = {"count_include_pad": 1} if op.endswith("+") else {}
        nodes.append(node(op.rstrip("+"), "x", f"y{len(nodes)}", kernel_shape=[1, kernel],
                          strides=[1, stride], pads=[0, before, 0, after], ceil_mode=1,
                          **extra))
        wanted.append(np.stack(columns, -1))
run("pool", nodes, x, wanted)

# One window as large as its strides, of an image that is averaged row by row.
x = np.random.default_rng(1).normal(size=(1, 256, 7, 7)).astype(F32)
nodes = [node("AveragePool", "x", f"y{s}", kernel_shape=[7, 7], strides=[s, s])
         for s in (1, 2, 7, 9)]
run("global", nodes, x, [x.astype(float).mean((2, 3), keepdims=True)] * 4)

# ConvTranspose: the larger half of an odd padding comes first, except in SAME_UPPER.
x = np.random.default_rng(2).normal(size=(1, 1, 1, 4)).astype(F32)
w = np.array([[[[1, 2, 4]]]], F32)
full = np.zeros(9)
for i in range(4):
    full[2 * i:2 * i + 3] += x[0, 0, 0, i] * w[0, 0, 0].astype(float)
nodes, wanted = [], []
for size, pad in itertools.product([6, 7, 8, 9], ["", "NOTSET", "SAME_UPPER", "SAME_LOWER"]):
    total = 9 - size
    first = total // 2 if pad == "SAME_UPPER" else total - total // 2
    nodes.append(node("ConvTranspose", "x w", f"y{len(nodes)}", strides=[1, 2],
                      output_shape=[1, size], **({"auto_pad": pad} if pad else {})))
    wanted.append(full[first:first + size].reshape(1, 1, 1, size))
run("transposed", nodes, x, wanted, {"w": w})

# Blocks to channels in either order are what channels to blocks undoes.
x = np.arange(2 * 3 * 4 * 6, dtype=F32).reshape(2, 3, 4, 6)
blocks = x.reshape(2, 3, 2, 2, 3, 2)
nodes = [node("SpaceToDepth", "x", mode.lower(), blocksize=2, mode=mode)
         for mode in ("DCR", "CRD")]
run("blocks", nodes, x, [blocks.transpose(0, 3, 5, 1, 2, 4).reshape(2, 12, 2, 3),
                         blocks.transpose(0, 1, 3, 5, 2, 4).reshape(2, 12, 2, 3)], opset=28)
