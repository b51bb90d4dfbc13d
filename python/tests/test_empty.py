"""Tensors with a dimension of size 0 at run time, beside ONNX Runtime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

from onnx import TensorProto, helper, numpy_helper

import hswish
from hswish_bench import reference

ONES = {name: np.ones(shape, np.float32) for name, shape in {"w": (4, 3, 3, 3), "b": (4,), "k": (0, 4)}.items()}


def node(op, inputs, **attributes):
    return helper.make_node(op, inputs.split(), [], **attributes)


def integers(*values):
    return {"i": np.array(values, np.int64)}


# The shapes of the inputs, a chain of nodes, and constants.
CASES = {
    "activation": ([(2, 0, 3)], [node("HardSwish", "x")], {}),
    "convolution": (
        [(0, 3, 8, 8)],
        [node("Conv", "x w", pads=[1] * 4), node("HardSwish", "."), node("GlobalAveragePool", ".")],
        {},
    ),
    "matmul": ([(0, 3), (3, 4)], [node("Gemm", "x z b")], {}),
    "matmul of nothing": ([(2, 0)], [node("Gemm", "x k b")], {}),
    "batch matmul": ([(5, 0, 3), (5, 3, 4)], [node("MatMul", "x z")], {}),
    "sum of nothing": ([(0, 3)], [node("ReduceSum", "x i", keepdims=0)], integers(0)),
    "softmax": ([(0, 3)], [node("Softmax", "x")], {}),
    "concatenation": ([(0, 3), (2, 3)], [node("Concat", "x z", axis=0)], {}),
    "padding": ([(0, 3)], [node("Pad", "x i")], integers(1, 0, 0, 1)),
    "slice": ([(4, 6)], [node("Slice", "x i i"), node("Transpose", ".", perm=[1, 0])], integers(2)),
    "repetition": ([(2, 3)], [node("Tile", "x i"), node("Relu", ".")], integers(0, 2)),
    "pooling": ([(0, 3, 8, 8)], [node("MaxPool", "x", kernel_shape=[2, 2], pads=[1] * 4)], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_computes_nothing(name, tmp_path):
    shapes, nodes, constants = CASES[name]
    last = None
    for index, one in enumerate(nodes):
        inputs = [last if name == "." else name for name in one.input]
        one.ClearField("input")
        one.input.extend(inputs)
        last = "y" if one is nodes[-1] else f"t{index}"
        one.output[:] = [last]
    weights = {key: value for key, value in {**ONES, **constants}.items() if any(key in n.input for n in nodes)}
    graph = helper.make_graph(
        nodes,
        "empty",
        [helper.make_tensor_value_info("xz"[i], TensorProto.FLOAT, shape) for i, shape in enumerate(shapes)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    path = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), path)
    inputs = {"xz"[i]: np.ones(shape, np.float32) for i, shape in enumerate(shapes)}
    (expected,) = reference.session(path).run(None, inputs)
    # A size of 0 in a file is an open one: the arrays say that it is meant.
    got = hswish.compile(path, shapes={key: value.shape for key, value in inputs.items()})(**inputs)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-6)
