# REQUIRES: onnx
# RUN: %python %s %hswish_tools_dir %t

"""How the time that a compilation takes grows with the model.

Each kind of graph is compiled with n, 2n and 4n of what it has many of. What is compared is how
often the time of the first goes into that of the last, without what the compiler takes for next to
nothing: 4 if it grows with the model, 16 if with its square. Seconds are never compared: it is user
time, but machines differ. `--largest=65536` takes other sizes, `--kinds=concat,split` some kinds.
"""

import argparse
import os
import resource
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Of linear growth, with tables of logarithmic depth and noise of a shared machine.
LIMIT = 4 * 1.6
SHAPE = [1, 4, 2, 2]
OPERATORS = ["Mul", "Add", "Sub", "Div"]


def node(op, inputs, output, **attributes):
    outputs = output if isinstance(output, list) else [output]
    return helper.make_node(op, inputs, outputs, **attributes)


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, outputs, weights=None, inputs=None):
    tensors = [numpy_helper.from_array(np.asarray(w), k) for k, w in (weights or {}).items()]
    inputs = [value(k, s) for k, s in (inputs or {"x": SHAPE}).items()]
    graph = helper.make_graph(nodes, "g", inputs, [value(y, None) for y in outputs], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def number(i):
    return np.float32(1 + i % 97 / 97)


def weights(n, *shape):
    random = np.random.default_rng(0)
    return {f"w{i}": random.normal(size=shape).astype(np.float32) for i in range(n)}


def branches(n):
    """Products of one tensor, and the numbers."""
    nodes = [node("Mul", ["x", f"c{i}"], f"y{i}") for i in range(n)]
    return nodes, {f"c{i}": np.float32(i + 2) for i in range(n)}


def elementwise(n):
    nodes = [node(OPERATORS[i % 4], [f"v{i}", f"c{i % 7}"], f"v{i + 1}") for i in range(n)]
    nodes.append(node("Identity", ["x"], "v0"))
    return model(nodes, [f"v{n}"], {f"c{i}": number(i) for i in range(7)})


def concat(n):
    nodes, numbers = branches(n)
    join = node("Concat", [f"y{i}" for i in range(n)], "y", axis=1)
    return model([*nodes, join], ["y"], numbers)


def concat_of_inputs(n):
    names = [f"x{i}" for i in range(n)]
    return model([node("Concat", names, "y", axis=1)], ["y"], None, dict.fromkeys(names, SHAPE))


def dense(n):
    """Each layer reads what all layers before it made, joined one by one."""
    nodes = [node("Identity", ["x"], "v0")]
    for i in range(n):
        # Filters for a part keep the arithmetic from growing with the square.
        nodes.append(node("Slice", [f"v{i}", "from", "to", "axis"], f"s{i}"))
        nodes.append(node("Conv", [f"s{i}", "w"], f"g{i}"))
        nodes.append(node("Concat", [f"g{i}", f"v{i}"], f"v{i + 1}", axis=1))
    numbers = {"from": np.array([0]), "to": np.array([4]), "axis": np.array([1])}
    return model(nodes, [f"v{n}"], {**numbers, "w": weights(1, 1, 4, 1, 1)["w0"]})


def inputs(n):
    names = [f"x{i}" for i in range(n)]
    return model([node("Sum", names, "y")], ["y"], None, dict.fromkeys(names, SHAPE))


def outputs(n):
    nodes, numbers = branches(n)
    return model(nodes, [f"y{i}" for i in range(n)], numbers)


def constants(n):
    nodes = [node("Add", [f"v{i}", f"w{i}"], f"v{i + 1}") for i in range(n)]
    return model([*nodes, node("Identity", ["x"], "v0")], [f"v{n}"], weights(n, *SHAPE))


def lrn(n):
    size = n | 1
    return model([node("LRN", ["x"], "y", size=size)], ["y"], None, {"x": [1, n, 2, 2]})


def split(n):
    parts = [f"s{i}" for i in range(n)]
    nodes = [node("Split", ["x"], parts, axis=1)]
    nodes += [node("Relu", [part], f"r{i}") for i, part in enumerate(parts)]
    nodes.append(node("Sum", [f"r{i}" for i in range(n)], "y"))
    return model(nodes, ["y"], None, {"x": [1, n, 2, 2]})


def tree(n):
    nodes, numbers = branches(n)
    level = [f"y{i}" for i in range(n)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2])
        sums = [node("Add", [a, b], f"{a}_{len(level)}") for a, b in pairs]
        level = [s.output[0] for s in sums] + level[len(level) - len(level) % 2 :]
        nodes += sums
    return model(nodes, level, numbers)


def convolutions(n):
    nodes = [node("Conv", ["x", f"w{i}"], f"y{i}") for i in range(n)]
    nodes.append(node("Sum", [f"y{i}" for i in range(n)], "y"))
    return model(nodes, ["y"], weights(n, 4, 4, 1, 1))


def residual(n):
    nodes = [node("Identity", ["x"], "v0")]
    for i in range(n):
        nodes.append(node("Conv", [f"v{i}", f"w{i}"], f"a{i}"))
        nodes.append(node("HardSwish", [f"a{i}"], f"b{i}"))
        nodes.append(node("Add", [f"b{i}", f"v{i}"], f"v{i + 1}"))
    return model(nodes, [f"v{n}"], weights(n, 4, 4, 1, 1))


def moves(n):
    nodes = [node("Identity", ["x"], "v0")]
    for i in range(n):
        nodes.append(node("Transpose", [f"v{i}"], f"t{i}", perm=[0, 2, 3, 1]))
        nodes.append(node("Reshape", [f"t{i}", "shape"], f"r{i}"))
        nodes.append(node("Relu", [f"r{i}"], f"v{i + 1}"))
    return model(nodes, [f"v{n}"], {"shape": np.array(SHAPE)})


def pools(n):
    nodes = [node("Identity", ["x"], "v0")]
    window = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes += [node("MaxPool", [f"v{i}"], f"v{i + 1}", **window) for i in range(n)]
    return model(nodes, [f"v{n}"])


# The kinds, and how large they are at first.
KINDS = {
    elementwise: 250, concat: 200, concat_of_inputs: 400, dense: 100, inputs: 400, outputs: 150,
    constants: 400, lrn: 150, split: 400, tree: 300, convolutions: 200, residual: 200, moves: 150,
    pools: 200,
}  # fmt: skip


def measure(compiler, folder, kind, n):
    path = os.path.join(folder, f"{kind.__name__}.onnx")
    onnx.save(kind(n), path)
    command = [compiler, path, "-o", os.path.join(folder, "net.so"), "--no-header"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def grows(compiler, folder, kind, n, tries=3):
    """The least growth of some tries, one if that is good."""
    least = float("inf")
    for _ in range(tries):
        fixed = measure(compiler, folder, kind, 4)
        times = [measure(compiler, folder, kind, m) for m in (n, 2 * n, 4 * n)]
        growth = (times[2] - fixed) / max(times[0] - fixed, 0.01)
        shown = ", ".join(f"{t:.2f}" for t in times)
        print(f"{kind.__name__:18} {n:6} to {4 * n:6}: {growth:5.1f} ({shown} s)", flush=True)
        least = min(least, growth)
        if least <= LIMIT:
            break
    return least


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("folder")
    parser.add_argument("--largest", type=int, help="the number of nodes in the end")
    parser.add_argument("--kinds", help="names with commas between")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    compiler = os.path.join(options.bin, "hswish-compile")
    failed = []
    for kind, n in KINDS.items():
        if options.kinds and kind.__name__ not in options.kinds.split(","):
            continue
        n = options.largest // 4 if options.largest else n
        if grows(compiler, options.folder, kind, n) > LIMIT:
            failed.append(kind.__name__)
    sys.exit(f"more than linear: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
