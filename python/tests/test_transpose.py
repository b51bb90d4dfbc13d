"""Planes to pixels and back, against NumPy, for every target that runs here:
few channels are shuffled in registers, and widths leave a tail."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import helper

import hswish


@pytest.mark.parametrize("target", ["x86-64-v2", "x86-64-v3", "host"])
@pytest.mark.parametrize("element", [np.float32, np.float16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_transpose(tmp_path, channels, element, target):
    shapes = [(2, channels, 3, width) for width in (1, 7, 16, 37)]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(element))
    nodes, inputs, outputs, values = [], [], [], []
    for i, shape in enumerate(shapes):
        pixels = [shape[axis] for axis in (0, 2, 3, 1)]
        nodes.append(helper.make_node("Transpose", [f"x{i}"], [f"y{i}"], perm=[0, 2, 3, 1]))
        inputs.append(helper.make_tensor_value_info(f"x{i}", kind, shape))
        outputs.append(helper.make_tensor_value_info(f"y{i}", kind, pixels))
        values.append(np.arange(np.prod(shape)).reshape(shape).astype(element))
    graph = helper.make_graph(nodes, "transpose", inputs, outputs)
    path = tmp_path / "transpose.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    library = hswish.compile(path, tmp_path / "transpose.so", target=target)
    results = hswish.load(library)(*values)
    for value, result in zip(values, results, strict=True):
        np.testing.assert_array_equal(result, value.transpose(0, 2, 3, 1))
