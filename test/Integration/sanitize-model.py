# REQUIRES: onnx, host-x86_64
# RUN: %python %s %t.onnx
# RUN: env HSWISH_BIN=%hswish_tools_dir LLVM_BIN=%llvm_tools_dir %hswish_src_root/tools/sanitize-model %t.onnx | FileCheck %s
# RUN: env HSWISH_BIN=%hswish_tools_dir LLVM_BIN=%llvm_tools_dir %hswish_src_root/tools/sanitize-model %t.onnx --threads=2 --target=x86-64-v2 | FileCheck %s
# RUN: env SHORT=1 HSWISH_BIN=%hswish_tools_dir LLVM_BIN=%llvm_tools_dir not %hswish_src_root/tools/sanitize-model %t.onnx 2>&1 | FileCheck %s --check-prefix=SHORT
"""The sanitizer over our own code: silent on a small network of odd sizes, and not
silent when an output is a byte too short."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# CHECK: three runs, nothing found
# SHORT: AddressSanitizer: heap-buffer-overflow
rng = np.random.default_rng(0)
shapes = {"first": (17, 5, 3, 3), "depthwise": (17, 1, 5, 5), "last": (9, 17, 1, 1), "matrix": (9, 11)}
weights = [numpy_helper.from_array(rng.normal(size=s).astype(np.float32), n) for n, s in shapes.items()]
nodes = [
    helper.make_node("Conv", ["x", "first"], ["a"], pads=[1, 1, 1, 1], strides=[2, 1]),
    helper.make_node("HardSwish", ["a"], ["b"]),
    helper.make_node("Conv", ["b", "depthwise"], ["c"], pads=[2, 2, 2, 2], group=17),
    helper.make_node("MaxPool", ["c"], ["d"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    helper.make_node("Conv", ["d", "last"], ["e"]),
    helper.make_node("Transpose", ["e"], ["f"], perm=[0, 2, 3, 1]),
    helper.make_node("MatMul", ["f", "matrix"], ["g"]),
    helper.make_node("Softmax", ["g"], ["y"], axis=-1),
]
info = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes, "odd", [info("x", TensorProto.FLOAT, [1, 5, 13, 11])], [info("y", TensorProto.FLOAT, None)], weights
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
