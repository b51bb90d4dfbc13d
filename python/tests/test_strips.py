"""Chains of convolutions that are computed strip by strip, against ONNX Runtime:
strides, filters, batches, borders and residuals where strips could go wrong."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper
from tools import run_tool

import hswish
from hswish_bench import reference


def chain(path, batch, size, kernel, stride, pads, residual):
    """expand -> depthwise -> project on an image, with h-swish between; with
    `residual`, what the first one makes is added to what the last one makes."""
    random = np.random.default_rng(7)
    nodes, weights = [], []

    def conv(x, y, channels_in, channels, kernel, groups=1, **attributes):
        shape = (channels, channels_in // groups, kernel, kernel)
        data = random.standard_normal(shape) / np.sqrt(shape[1] * kernel**2)
        weights.append(numpy_helper.from_array(data.astype(np.float32), f"{y}_w"))
        nodes.append(helper.make_node("Conv", [x, f"{y}_w"], [y], group=groups, **attributes))

    def activation(x, y):
        nodes.append(helper.make_node("HardSwish", [x], [y]))

    conv("x", "a", 16, 64, 1)
    activation("a", "b")
    conv("b", "c", 64, 64, kernel, 64, strides=[stride, stride], pads=pads)
    activation("c", "d")
    conv("d", "e", 64, 64, 1)
    if residual:
        nodes.append(helper.make_node("Add", ["e", "b"], ["y"]))
    else:
        nodes.append(helper.make_node("Identity", ["e"], ["y"]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "chain",
        [value("x", TensorProto.FLOAT, (batch, 16, *size))],
        [value("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


@pytest.mark.parametrize(
    "batch, size, kernel, stride, pads, residual",
    [
        (1, (56, 56), 3, 1, [1, 1, 1, 1], False),
        (1, (56, 56), 3, 1, [1, 1, 1, 1], True),
        (2, (56, 56), 3, 2, [1, 1, 1, 1], False),
        (1, (56, 60), 5, 1, [2, 2, 2, 2], True),
        (3, (60, 56), 5, 2, [2, 2, 2, 2], False),
        (1, (61, 64), 3, 1, [0, 0, 1, 1], False),
        (1, (63, 47), 3, 2, [0, 1, 1, 0], False),
        (2, (64, 64), 7, 1, [3, 3, 3, 3], True),
    ],
)
def test_strips(tmp_path, batch, size, kernel, stride, pads, residual):
    path = tmp_path / "chain.onnx"
    chain(path, batch, size, kernel, stride, pads, residual)
    loops = run_tool("hswish-compile", path, "--emit=mlir", "--stage=codegen", "--target=x86-64-v3", "-o", "-")
    assert "_for_" in loops.stdout, "no chain was found"
    inputs = reference.make_inputs(path, {})
    expected = reference.session(path).run(None, inputs)[0]
    actual = hswish.compile(path)(inputs["x"])
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-6 * np.ptp(expected))
