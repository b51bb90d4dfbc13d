# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-translate --import-onnx %t/pair.onnx | hswish-opt --canonicalize | FileCheck %s --check-prefix=PAIR
# RUN: hswish-translate --import-onnx %t/codes.onnx | FileCheck %s --check-prefix=CODES
# RUN: hswish-translate --import-onnx %t/weights.onnx | FileCheck %s --check-prefix=WEIGHTS
# RUN: not hswish-translate --import-onnx %t/scale.onnx 2>&1 | FileCheck %s --check-prefix=SCALE
# RUN: not hswish-translate --import-onnx %t/zero.onnx 2>&1 | FileCheck %s --check-prefix=ZERO
# RUN: not hswish-translate --import-onnx %t/zeros.onnx 2>&1 | FileCheck %s --check-prefix=MANY
# RUN: not hswish-translate --import-onnx %t/axis.onnx 2>&1 | FileCheck %s --check-prefix=AXIS
# RUN: not hswish-translate --import-onnx %t/blocks.onnx 2>&1 | FileCheck %s --check-prefix=BLOCKS
# RUN: not hswish-translate --import-onnx %t/integer.onnx 2>&1 | FileCheck %s --check-prefix=INTEGER
import numpy as np
from make import node, save, value
from onnx import TensorProto

P = {"s": np.float32(0.5), "z": np.int8(3), "u": np.uint8(3), "minus": np.float32(-1),
     "s2": np.float32([0.5, 2]), "z2": np.int8([0, 1]), "w": np.int8([[2, 4], [3, 5]])}

# Between a pair the codes stay floats.
# PAIR: %[[STEPS:.*]] = arith.divf %arg0
# PAIR: %[[ROUND:.*]] = math.roundeven %[[STEPS]]
# PAIR: %[[CODE:.*]] = arith.addf %[[ROUND]]
# PAIR: %[[LOW:.*]] = arith.maxnumf %[[CODE]]
# PAIR: %[[HIGH:.*]] = arith.minnumf %[[LOW]]
# PAIR-NOT: arith.fpto
# PAIR: %[[DIFFERENCE:.*]] = arith.subf %[[HIGH]]
# PAIR: arith.mulf %[[DIFFERENCE]]
save("pair", [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "y")],
     {"x": [2, 2]}, ["y"], P)

# CODES: arith.fptosi %{{.*}} : tensor<2x2xf32> to tensor<2x2xi8>
# CODES: arith.sitofp %{{.*}} : tensor<2x2xi8> to tensor<2x2xf32>
save("codes", [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "c s z", "y")],
     [value("x", [2, 2]), value("c", [2, 2], TensorProto.INT8)],
     [value("q", [2, 2], TensorProto.INT8), value("y", [2, 2])], P)

# Weights are constant, per axis: [[1, 2], [(3 - 1) * 2, (5 - 1) * 2]].
# WEIGHTS{LITERAL}: dense<[[1.000000e+00, 2.000000e+00], [4.000000e+00, 8.000000e+00]]>
save("weights", [node("DequantizeLinear", "w s2 z2", "v", axis=0), node("Add", "x v", "y")],
     {"x": [2, 2]}, ["y"], P)

# SCALE: error: node 'q' (QuantizeLinear): the scale {{.*}} is no positive number
save("scale", [node("QuantizeLinear", "x minus z", "q")], {"x": [2, 2]}, ["q"], P)
# ZERO: error: node 'y' (DequantizeLinear): inputs 0 and 2 have elements of different types: ui8 and i8
save("zero", [node("QuantizeLinear", "x s u", "q"), node("DequantizeLinear", "q s z", "y")],
     {"x": [2, 2]}, ["y"], P)
# MANY: error: node 'q' (QuantizeLinear): there are 2 zero points for 1 scales
save("zeros", [node("QuantizeLinear", "x s z2", "q")], {"x": [2, 2]}, ["q"], P)
# AXIS: error: node 'q' (QuantizeLinear): scales of shape 2 do not fit dimension 1 of shape 2x3
save("axis", [node("QuantizeLinear", "x s2 z2", "q")], {"x": [2, 3]}, ["q"], P)
# BLOCKS: error: node 'q' (QuantizeLinear): blocked quantisation is not supported
save("blocks", [node("QuantizeLinear", "x s z", "q", block_size=2)], {"x": [2, 2]}, ["q"], P, opset=21)
# INTEGER: error: node 'y' (MatMulInteger): integer arithmetic of quantised networks is not supported
save("integer", [node("MatMulInteger", "x w", "y")], [value("x", [2, 2], TensorProto.INT8)], ["y"], P)
