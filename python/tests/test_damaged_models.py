"""Damaged models: every one of them is refused with a message, or compiled."""

import os
import random
import resource
import signal

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import mutations
from onnx import TensorProto, helper, numpy_helper

from hswish import _compiler
from hswish_bench.networks import make

MUTATIONS = 220  # of each model
MEMORY = 4 << 30


def zoo():
    """One model of many operators: what the generated networks don't use."""
    nodes, weights = [], {}

    def constant(values, kind=np.int64):
        name = f"c{len(weights)}"
        weights[name] = np.asarray(values, kind)
        return name

    def add(op, inputs, outputs=1, **attributes):
        results = [f"{op.lower()}_{len(nodes)}_{i}" for i in range(outputs)]
        nodes.append(helper.make_node(op, inputs, results, name=results[0], **attributes))
        return results[0] if outputs == 1 else results

    x = add("ConvTranspose", ["x", constant(np.ones((4, 2, 3, 3)), np.float32)], strides=[2, 2], group=2, pads=[1] * 4)
    x = add("MaxPool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], ceil_mode=1)
    x = add("Resize", [x, "", constant([1, 1, 2, 2], np.float32)], mode="linear")
    x = add("AveragePool", [x], kernel_shape=[2, 2], auto_pad="SAME_UPPER")
    x = add("Pad", [x, constant([0, 0, 1, 1, 0, 0, 2, 0]), constant(0.5, np.float32)], mode="constant")
    x = add("Slice", [x, constant([0, 9]), constant([99, 0]), constant([2, 3]), constant([2, -1])])
    x = add("Transpose", [x], perm=[0, 2, 3, 1])
    a, b = add("Split", [x, constant([3, 1])], 2, axis=3)
    x = add("Concat", [b, a], axis=-1)
    shape = add("Shape", [x])
    n = add("Gather", [shape, constant([0])], axis=0)
    x = add("Reshape", [x, add("Concat", [n, constant([-1, 4])], axis=0)])
    x = add("LayerNormalization", [x, constant([1, 2, 3, 4], np.float32)], axis=-1, epsilon=1e-5)
    y = add("ReduceMean", [x], axes=[1], keepdims=1)
    x = add("Softmax", [add("MatMul", [x, add("Transpose", [x], perm=[0, 2, 1])])], axis=-1)
    x = add("Where", [add("Greater", [x, constant(0.01, np.float32)]), x, constant(0, np.float32)])
    x = add("Squeeze", [add("ArgMax", [x], axis=2), constant([2])])
    x = add("Add", [add("Cast", [x], to=TensorProto.FLOAT), add("ReduceMax", [y], keepdims=0)])
    x = add("Clip", [x, constant(-1, np.float32), constant(6, np.float32)])
    x = add("Tile", [add("Unsqueeze", [x, constant([0])]), constant([2, 1, 3])])
    graph = helper.make_graph(
        [*nodes, helper.make_node("Identity", [x], ["y"])],
        "zoo",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 7, 9])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


MODELS = {"tiny": lambda: make("tiny_v3"), "zoo": zoo}


def compile_apart(path, output):
    """Compiles in a process of its own, with limits; gives the error message
    (empty if there was none) or raises if it crashed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        signal.signal(signal.SIGABRT, signal.SIG_DFL)
        status = 3
        try:
            _compiler.compile_file(str(path), str(output), "x86-64-v3", [], "", "", None)
            status = 0
        except _compiler.CompileError as error:
            os.write(writer, str(error).encode(errors="replace")[:60000])
            status = 1
        finally:
            os._exit(status)
    os.close(writer)
    message = b""
    while chunk := os.read(reader, 65536):
        message += chunk
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        raise AssertionError(f"killed by {signal.Signals(os.WTERMSIG(status)).name}")
    assert os.WEXITSTATUS(status) in (0, 1), "an error that is none of the compiler's"
    assert bool(message) == (os.WEXITSTATUS(status) == 1), "failed without a message"
    return message.decode(errors="replace")


@pytest.mark.parametrize("name", MODELS)
def test_damaged_models_are_refused_or_compiled(name, tmp_path):
    data = MODELS[name]().SerializeToString()
    path, output = tmp_path / "net.onnx", tmp_path / "net.mlir"
    path.write_bytes(data)
    assert compile_apart(path, output) == ""
    refused = 0
    for seed in range(MUTATIONS):
        damaged, description = mutations.mutate(data, random.Random(seed))
        path.write_bytes(damaged)
        output.unlink(missing_ok=True)
        try:
            message = compile_apart(path, output)
            if message:
                assert message.startswith(f"{path}: "), message
            assert sorted(tmp_path.iterdir()) == sorted([path] if message else [path, output])
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {description}: {error}") from error
        refused += bool(message)
    # Most changes matter, but not every one.
    assert MUTATIONS / 4 < refused < MUTATIONS
