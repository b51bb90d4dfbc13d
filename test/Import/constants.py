# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-translate --import-onnx %t/tail.onnx | FileCheck %s --check-prefix=TAIL
# RUN: hswish-translate --import-onnx %t/forms.onnx | FileCheck %s --check-prefix=FORMS
# RUN: hswish-translate --import-onnx %t/half.onnx | FileCheck %s --check-prefix=HALF
# RUN: hswish-translate --import-onnx %t/call.onnx --mlir-print-debuginfo | FileCheck %s --check-prefix=CALL
# RUN: hswish-translate --import-onnx %t/external.onnx | FileCheck %s --check-prefix=EXTERNAL
import os

import numpy as np
from make import directory, make, node, ramp, save, value, write
from onnx import TensorProto, helper

# Arithmetic on shapes leaves no trace: Reshape(x, [Shape(x)[0], 2 * 3]).
# TAIL-LABEL: func.func @tail(
# TAIL-SAME: %[[X:.*]]: tensor<4x2x3xf32>
# TAIL-NEXT: %[[Y:.*]] = tensor.collapse_shape %[[X]] {{.*}} into tensor<4x6xf32>
# TAIL-NEXT: return %[[Y]]
save("tail", [
    node("Shape", "x", "s"), node("Slice", "s zero one", "n"),
    node("Gather", "s last", "w"), node("Mul", "w two", "m"),
    node("Unsqueeze", "m zero", "mm"), node("Cast", "mm", "mi", to=TensorProto.INT32),
    node("Cast", "mi", "ml", to=TensorProto.INT64),
    node("Concat", "n ml", "t", axis=0), node("Reshape", "x t", "y"),
], {"x": [4, 2, 3]}, {"y": [4, 6]},
    {"zero": np.array([0]), "one": np.array([1]), "last": np.array(-1),
     "two": np.array(2)})

# Every form of Constant, and float arithmetic on constants: 2 + (1 - 3) * 0.5.
# FORMS: arith.constant dense<1.0{{0*}}e+00> : tensor<2xf32>
# FORMS-NEXT: arith.addf
# FORMS-NEXT: return
save("forms", [
    node("Constant", "", "a", value_float=1.0), node("Constant", "", "b", value_floats=[3.0]),
    node("Constant", "", "i", value_int=2), node("Cast", "i", "c", to=TensorProto.FLOAT),
    node("Constant", "", "h", value=helper.make_tensor("h", TensorProto.FLOAT16, [1], [0.5])),
    node("Cast", "h", "d", to=TensorProto.FLOAT), node("Sub", "a b", "e"),
    node("Mul", "e d", "f"), node("Add", "c f", "g"), node("Add", "x g", "y"),
], {"x": [2]}, ["y"])

# f16 is computed in f32; a cast to it rounds.
# HALF-LABEL: func.func @half(
# HALF-SAME: %[[X:.*]]: tensor<2xf16> {{.*}} -> (tensor<2xf16>
# HALF: %[[WIDE:.*]] = arith.extf %[[X]] : tensor<2xf16> to tensor<2xf32>
# HALF: %[[SUM:.*]] = arith.addf %[[WIDE]], %{{.*}} : tensor<2xf32>
# HALF: %[[Y:.*]] = arith.truncf %[[SUM]] : tensor<2xf32> to tensor<2xf16>
# HALF: return %[[Y]]
save("half", [node("Add", "x w", "y")], [value("x", [2], TensorProto.FLOAT16)],
     [value("y", [2], TensorProto.FLOAT16)], {"w": ramp(2, kind=np.float16)})

# A function of the model is inlined, its attributes bound; nodes are sorted.
# CALL: hswish.hard_swish %{{.*}} loc(#[[$LOC:.*]])
# CALL: arith.mulf
# CALL: #[[$NAME:.*]] = loc("block/act"(#{{.*}}))
# CALL: #[[$LOC]] = loc(fused<"HardSwish">[#[[$NAME]]])
body = [helper.make_node("LeakyRelu", ["h"], ["b"], "leak"),
        helper.make_node("HardSwish", ["a"], ["h"], "act")]
body[0].attribute.add(name="alpha", ref_attr_name="slope", type=1)
block = helper.make_function("local", "block", ["a"], ["b"], body,
                             [helper.make_opsetid("", 14)], ["slope"])
save("call", [helper.make_node("block", ["x"], ["y"], "block", domain="local", slope=0.25)],
     {"x": [4]}, ["y"], functions=[block], domains=["local"], opset=14)

# EXTERNAL: arith.constant dense<[2.0{{0*}}e+00, 3.0{{0*}}e+00]> : tensor<2xf32>
model = make([node("Add", "x w", "y")], {"x": [2]}, ["y"], {"w": ramp(2)})
weight = model.graph.initializer[0]
weight.ClearField("raw_data")
weight.data_location = TensorProto.EXTERNAL
for key, text in {"location": "weights.bin", "offset": "8", "length": "8"}.items():
    weight.external_data.add(key=key, value=text)
write("external", model.SerializeToString())
ramp(8).tofile(os.path.join(directory, "weights.bin"))
