# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t %hswish_tools_dir
import os
import resource
import subprocess
import sys

import numpy as np
from make import directory, make, node, save, value, write
from onnx import TensorProto, helper

# Files of a few hundred bytes that ask for much memory are compiled, or refused in one sentence with
# the node's name, in an address space that is hardly larger than the compiler's own.
ADDRESS_SPACE = 1500 << 20
X = {"x": [1]}


def compile(name, *options):
    path = os.path.join(directory, name + ".onnx")
    size = os.path.getsize(path)
    assert size < 1000, f"{name}: {size} bytes"
    output = os.path.join(directory, "net.o")
    command = [os.path.join(sys.argv[2], "hswish-compile"), path, "-o", output, "--no-header", *options]

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, timeout=120)


def refused(name, why, *options):
    done = compile(name, *options)
    assert done.returncode == 1, f"{name}: status {done.returncode}: {done.stderr[-500:]}"
    assert f"{name}.onnx: " in done.stderr and why in done.stderr, f"{name}: {done.stderr}"
    assert len(done.stderr.splitlines()) == 1, f"{name}: {done.stderr}"


def compiled(name, *options):
    done = compile(name, *options)
    assert done.returncode == 0, f"{name}: status {done.returncode}: {done.stderr[-500:]}"


def filled(name, shape, number=1.0):
    """A node that fills a shape."""
    tensor = helper.make_tensor("n", TensorProto.FLOAT, [1], [number])
    return [node("Constant", "", name + "_shape", value_ints=shape),
            node("ConstantOfShape", name + "_shape", name, value=tensor)]


def ints(name, *values):
    return node("Constant", "", name, value_ints=list(values))


# Above the limit of one model: by the node that asks for it.
save("tile", [ints("n", 1 << 30), node("Tile", "x n", "y")], X, ["y"])
refused("tile", "node 'y' (Tile): output 0 of shape 1073741824 takes 4.3 GB, more than the limit of 2.1 GB (--max-memory)")
save("expand", [ints("n", 1 << 15, 1 << 15), node("Expand", "x n", "y")], X, ["y"])
refused("expand", "node 'y' (Expand)")
save("fill", [*filled("f", [1 << 30]), node("Mul", "f x", "y")], X, ["y"])
refused("fill", "node 'f' (ConstantOfShape)")
save("gather", [*filled("f", [1 << 20]), node("Cast", "f", "i", to=TensorProto.INT64),
                node("Gather", "x2 i", "y")], {"x2": [4, 1 << 10]}, ["y"])
refused("gather", "node 'y' (Gather)")
save("pad", [ints("p", 0, 1 << 30), node("Pad", "x p", "y")], X, ["y"])
refused("pad", "node 'y' (Pad)")
save("edge", [ints("p", 0, 1 << 28), node("Pad", "x p", "y", mode="edge")], X, ["y"])
refused("edge", "node 'y' (Pad)")
save("transposed", [node("ConvTranspose", "x3 w", "y", strides=[4000, 4000])],
     {"x3": [1, 1, 9, 9]}, ["y"], {"w": np.ones([1, 1, 1, 1], np.float32)})
refused("transposed", "node 'y' (ConvTranspose)")
save("resize", [helper.make_node("Resize", ["x3", "", "s"], ["y"], name="y", mode="linear"),
                node("Constant", "", "s", value_floats=[1.0, 1.0, 30000.0, 30000.0])],
     {"x3": [1, 1, 2, 2]}, ["y"])
refused("resize", "node 'y' (Resize)")
save("range", [helper.make_node("Range", ["a", "b", "c"], ["r"], name="r"),
               node("Constant", "", "a", value_float=0.0), node("Constant", "", "b", value_float=1e9),
               node("Constant", "", "c", value_float=1.0), node("Mul", "r x", "y")], X, ["y"])
refused("range", "node 'r' (Range): the range is too long")
save("inputs", [node("Relu", "x", "y")], {"x": [1 << 30]}, ["y"])
refused("inputs", "input 'x' of shape 1073741824 takes 4.3 GB")


# Constants of constants: each not much, together without end.
def doubled(times):
    nodes = [helper.make_node("Range", ["a", "b", "c"], ["d0"], name="d0"),
             node("Constant", "", "a", value_float=0.0), node("Constant", "", "b", value_float=65536.0),
             node("Constant", "", "c", value_float=1.0)]
    nodes += [node("Concat", f"d{i} d{i}", f"d{i + 1}", axis=0) for i in range(times)]
    return [*nodes, node("Mul", f"d{times} x", "y")]


save("small", doubled(4), X, ["y"])
compiled("small")
write("concat", make(doubled(13), X, ["y"]).SerializeToString())
refused("concat", "(--max-memory)")
nodes = [*filled("f0", [1 << 22])]
nodes += [node("Neg", f"f{i}", f"f{i + 1}") for i in range(8)]
save("chain", [*nodes, node("Mul", "f8 x", "y")], X, ["y"])
compiled("chain")

# The sum of what lives at once, and how to have more.
parts = [node("Exp" if i == 0 else "Relu", f"e{i - 1}" if i else "x", f"e{i}") for i in range(3)]
save("sum", [*parts, node("MatMul", "a b", "y")], {"x": [1], "a": [1 << 13, 16], "b": [16, 1 << 13]}, ["y"])
refused("sum", "takes", "--max-memory=100M")
compiled("sum", "--max-memory=300M")
done = compile("sum", "--max-memory=much")
assert done.returncode == 1 and "--max-memory=much: expected a size like 800M or 4G" in done.stderr, done.stderr
