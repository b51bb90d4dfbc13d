# RUN: env PYTHONPATH=%S/../Import/Inputs %python %s %t
# REQUIRES: onnx
"""Softmax, norms and reductions of long rows, as ONNX has them, against NumPy in float64.

Each bound is a part of the expected range: what a chain of additions in f32 loses is
ten to a thousand times as much.
"""

import os
import subprocess
import sys

import numpy as np
from make import directory, node, save

rng = np.random.default_rng(2)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def standardize(x, axes, epsilon=1e-5):
    centred = x - x.mean(axes, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axes, keepdims=True) + epsilon)


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def reduction(op, function, x, axis=-1):
    """opset 13: axes are attributes of all but ReduceSum."""
    nodes = [node("ReduceSum", "x axes", "y", keepdims=1)] if op == "ReduceSum" else [node(op, "x", "y", axes=[axis], keepdims=1)]
    constants = {"axes": np.array([axis])} if op == "ReduceSum" else {}
    return nodes, x, constants, function(x.astype(np.float64), axis), 1e-6


def equal(*shape):
    return np.full(shape, 0.1, np.float32)


def cases():
    """name: nodes, input, constants, what is right, bound"""
    likely = np.full((4, 18385), -8, np.float32) + normal(4, 18385) / 4
    likely[:, 5] = 6
    yield "softmax", [node("Softmax", "x", "y", axis=-1)], likely, {}, softmax(likely.astype(np.float64)), 1e-6
    yield "softmax_first", [node("Softmax", "x", "y", axis=0)], likely.T, {}, softmax(likely.astype(np.float64)).T, 1e-6
    yield "log_softmax", [node("LogSoftmax", "x", "y", axis=-1)], likely, {}, np.log(softmax(likely.astype(np.float64))), 1e-6

    many, wide = equal(3, 100000), equal(100000, 5)
    keep = lambda f: lambda x, axis: f(x, axis=axis, keepdims=True)
    for op, function in {
        "ReduceSum": keep(np.sum),
        "ReduceMean": keep(np.mean),
        "ReduceL1": keep(lambda x, **k: np.abs(x).sum(**k)),
        "ReduceL2": keep(lambda x, **k: np.sqrt((x * x).sum(**k))),
        "ReduceSumSquare": keep(lambda x, **k: (x * x).sum(**k)),
        "ReduceLogSum": keep(lambda x, **k: np.log(x.sum(**k))),
        "ReduceLogSumExp": keep(lambda x, **k: np.log(np.exp(x).sum(**k))),
    }.items():
        yield op, *reduction(op, function, many)
        yield op + "_first", *reduction(op, function, wide, 0)

    near = (100 + 0.01 * rng.uniform(-1, 1, (7, 768))).astype(np.float32)
    ones, zeros = np.ones(768, np.float32), np.zeros(768, np.float32)
    yield ("layer_norm", [node("LayerNormalization", "x s b", "y", axis=-1)], near, {"s": ones, "b": zeros},
           standardize(near.astype(np.float64), -1), 1e-6)
    # ReduceMean gives an f32, whose last place is that much of the deviation.
    spelt = [node("ReduceMean", "x", "m", axes=[-1]), node("Sub", "x m", "c"), node("Pow", "c two", "q"),
             node("ReduceMean", "q", "v", axes=[-1]), node("Add", "v e", "w"), node("Sqrt", "w", "d"), node("Div", "c d", "y")]
    constants = {"two": np.array(2, np.float32), "e": np.array(1e-5, np.float32)}
    yield "layer_norm_spelt", spelt, near, constants, standardize(near.astype(np.float64), -1), 6e-4

    image = normal(2, 8, 120, 130) + 10
    eight = {"s": np.ones(8, np.float32), "b": np.zeros(8, np.float32)}
    yield ("instance_norm", [node("InstanceNormalization", "x s b", "y")], image, eight,
           standardize(image.astype(np.float64), (2, 3)), 1e-6)
    groups = image.reshape(2, 4, -1)
    nodes = [node("Reshape", "x four", "g"), node("InstanceNormalization", "g s b", "n"), node("Reshape", "n back", "y")]
    constants = {"four": np.array([2, 4, -1]), "back": np.array(image.shape), "s": eight["s"][:4], "b": eight["b"][:4]}
    yield "group_norm", nodes, image, constants, standardize(groups.astype(np.float64), 2).reshape(image.shape), 1e-6

    for name, shape in ("large", (1, 2, 1000, 1000)), ("flat", (1, 2, 1000003)), ("narrow", (1, 3, 4001, 1)):
        yield f"average_{name}", [node("GlobalAveragePool", "x", "y")], equal(*shape), {}, np.full((*shape[:2], *[1] * len(shape[2:])), np.float64(np.float32(0.1))), 5e-5


def run(name, options):
    command = ["hswish-run", f"{directory}/{name}.onnx", f"{directory}/x.npy", "--output-dir", directory, *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr[:2000]}")
    return np.load(os.path.join(directory, "0.npy"))


failures = 0
for name, nodes, x, constants, want, bound in cases():
    save(name, nodes, {"x": list(x.shape)}, ["y"], constants, opset=17 if "layer_norm" == name else 13)
    np.save(f"{directory}/x.npy", np.ascontiguousarray(x))
    results = [run(name, options) for options in ([], ["--threads=2"], ["--no-kernels"])]
    for got in results:
        error = np.abs(got - want).max() / max(np.ptp(want), np.abs(want).max())
        if got.shape != want.shape or not error < bound:
            print(f"{name}: off by {error:.2g} of the range, {bound:.2g} is allowed", file=sys.stderr)
            failures += 1
    if results[0].tobytes() != results[1].tobytes():
        print(f"{name}: other bits with two threads", file=sys.stderr)
        failures += 1
sys.exit(bool(failures))
