# REQUIRES: onnx
# RUN: %python %s %hswish_tools_dir %t

"""Concatenations of all kinds: parts that others read, that belong to several, that are joined
themselves, repeated, constant, given or returned; in borders, and changed afterwards. Compared with
NumPy. Whatever is computed in the place of a part must be there when it is read."""

import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

bin, folder = sys.argv[1], sys.argv[2]
os.makedirs(folder, exist_ok=True)


class Graph:
    """A graph and the values of its tensors."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.values, self.inputs, self.constants = [], {}, [], []

    def add(self, op, names, value, **attributes):
        name = f"v{len(self.values)}"
        self.nodes.append(helper.make_node(op, names, [name], **attributes))
        self.values[name] = value
        return name

    def given(self, shape, isConstant=False):
        name = f"v{len(self.values)}"
        self.values[name] = self.random.normal(size=shape).astype(np.float32)
        (self.constants if isConstant else self.inputs).append(name)
        return name

    def unary(self, x):
        if self.random.integers(2):
            return self.add("Relu", [x], np.maximum(self.values[x], 0))
        return self.add("Neg", [x], -self.values[x])

    def scale(self, x):
        number = self.given([], isConstant=True)
        return self.add("Mul", [x, number], self.values[x] * self.values[number])

    def conv(self, x, size=1):
        """A depthwise or pointwise convolution."""
        v = self.values[x].astype(np.float64)
        channels = v.shape[1]
        shape = [channels, 1, size, size] if size > 1 else [3, channels, 1, 1]
        w = self.given(shape, isConstant=True)
        k = self.values[w].astype(np.float64)
        if size == 1:
            return self.add("Conv", [x, w], np.einsum("nchw,oc->nohw", v, k[:, :, 0, 0]))
        padded = np.pad(v, [(0, 0), (0, 0), (size // 2,) * 2, (size // 2,) * 2])
        out = sum(
            padded[:, :, i : i + v.shape[2], j : j + v.shape[3]] * k[:, 0, i, j][None, :, None, None]
            for i in range(size)
            for j in range(size)
        )
        pads = {"pads": [size // 2] * 4, "group": channels}
        return self.add("Conv", [x, w], out, **pads)

    def dense(self, x, size=3):
        """An ordinary convolution of padded images."""
        v = self.values[x].astype(np.float64)
        w = self.given([2, v.shape[1], size, size], isConstant=True)
        k = self.values[w].astype(np.float64)
        padded = np.pad(v, [(0, 0), (0, 0), (1, 1), (1, 1)])
        out = sum(
            np.einsum("nchw,oc->nohw", padded[:, :, i : i + v.shape[2], j : j + v.shape[3]], k[:, :, i, j])
            for i in range(size)
            for j in range(size)
        )
        return self.add("Conv", [x, w], out, pads=[1, 1, 1, 1])

    def join(self, names, axis=1):
        value = np.concatenate([self.values[n] for n in names], axis)
        return self.add("Concat", names, value, axis=axis)


def make(seed):
    """A random graph of images 1xCx6x5 and some of its tensors as outputs."""
    g = Graph(seed)
    pool = [g.given([1, int(g.random.integers(1, 5)), 6, 5]) for _ in range(2)]
    pool.append(g.given([1, 2, 6, 5], isConstant=True))
    for _ in range(int(g.random.integers(4, 14))):
        kind = g.random.integers(8)
        x = pool[int(g.random.integers(len(pool)))]
        if kind < 3:
            count = int(g.random.integers(1, 5))
            names = [pool[int(i)] for i in g.random.integers(len(pool), size=count)]
            if sum(g.values[n].shape[1] for n in names) > 60:
                continue
            pool.append(g.join(names))
        elif kind == 3:
            pool.append(g.unary(x))
        elif kind == 4:
            pool.append(g.scale(x))
        elif kind == 5:
            pool.append(g.conv(x))
        elif kind == 6:
            pool.append(g.conv(x, size=3))
        else:
            pool.append(g.dense(x))
    computed = [n for n in pool if n not in g.inputs and n not in g.constants]
    outputs = [n for n in computed[:-1] if g.random.integers(4) == 0] + computed[-1:]
    return g, list(dict.fromkeys(outputs))


def run(seed, options):
    g, outputs = make(seed)
    if not outputs:
        return
    infos = [helper.make_tensor_value_info(n, 1, g.values[n].shape) for n in g.inputs]
    results = [helper.make_tensor_value_info(n, 1, None) for n in outputs]
    tensors = [numpy_helper.from_array(g.values[n], n) for n in g.constants]
    graph = helper.make_graph(g.nodes, "g", infos, results, tensors)
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = os.path.join(folder, "net.onnx")
    onnx.save(net, path)
    command = [os.path.join(bin, "hswish-run"), path, "--output-dir", folder, *options]
    for name in g.inputs:
        np.save(os.path.join(folder, name), g.values[name])
        command += ["--input", f"{name}={folder}/{name}.npy"]
    subprocess.run(command, check=True, capture_output=True)
    for i, name in enumerate(outputs):
        got, want = np.load(os.path.join(folder, f"{i}.npy")), g.values[name]
        error = np.abs(got - want).max() / max(np.abs(want).max(), 1e-30)
        assert got.shape == want.shape and error < 1e-5, f"seed {seed}, {options}: {name}: {error}"


seeds = range(int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else range(40)
for seed in seeds:
    run(seed, [["--no-kernels"], ["--threads=2"], []][seed % 3])
