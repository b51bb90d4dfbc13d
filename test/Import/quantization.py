# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-translate --import-onnx %t/pair.onnx | hswish-opt --canonicalize | FileCheck %s --check-prefix=PAIR
# RUN: hswish-translate --import-onnx %t/codes.onnx | FileCheck %s --check-prefix=CODES
# RUN: hswish-translate --import-onnx %t/weights.onnx | FileCheck %s --check-prefix=WEIGHTS
# RUN: hswish-translate --import-onnx %t/folded.onnx | FileCheck %s --check-prefix=FOLDED
# RUN: hswish-translate --import-onnx %t/dead.onnx | FileCheck %s --check-prefix=DEAD
# RUN: hswish-translate --import-onnx %t/blocked.onnx | FileCheck %s --check-prefix=BLOCKED
# RUN: hswish-translate --import-onnx %t/casts.onnx | FileCheck %s --check-prefix=CASTS
# RUN: hswish-translate --import-onnx %t/narrow.onnx | FileCheck %s --check-prefix=NARROW
# RUN: not hswish-translate --import-onnx %t/scale.onnx 2>&1 | FileCheck %s --check-prefix=SCALE
# RUN: not hswish-translate --import-onnx %t/zero.onnx 2>&1 | FileCheck %s --check-prefix=ZERO
# RUN: not hswish-translate --import-onnx %t/zeros.onnx 2>&1 | FileCheck %s --check-prefix=MANY
# RUN: not hswish-translate --import-onnx %t/axis.onnx 2>&1 | FileCheck %s --check-prefix=AXIS
# RUN: not hswish-translate --import-onnx %t/blocks.onnx 2>&1 | FileCheck %s --check-prefix=BLOCKS
# RUN: not hswish-translate --import-onnx %t/negative.onnx 2>&1 | FileCheck %s --check-prefix=NEGATIVE
# RUN: not hswish-translate --import-onnx %t/range.onnx 2>&1 | FileCheck %s --check-prefix=RANGE
# RUN: not hswish-translate --import-onnx %t/codes4.onnx 2>&1 | FileCheck %s --check-prefix=CODES4
# RUN: not hswish-translate --import-onnx %t/clash.onnx 2>&1 | FileCheck %s --check-prefix=CLASH
# RUN: not hswish-translate --import-onnx %t/integer.onnx 2>&1 | FileCheck %s --check-prefix=INTEGER
import numpy as np
from make import node, save, value
from onnx import TensorProto

P = {"s": np.float32(0.5), "z": np.int8(3), "u": np.uint8(3), "nan": np.float32(np.nan),
     "numbers": np.float32([-1000, -0.25, 0.75, np.nan, 1000]), "zero": np.float32([0.5, 0]),
     "s12": np.float32([[1, 10], [2, -20]]), "w23": np.int8([[1, 2, 3], [4, 5, 6]]),
     "h": np.float16(0.1), "half_step": np.float32(0.1),
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

# Constants are quantised at import: rounded to even, saturated; NaN is the least.
# FOLDED{LITERAL}: dense<[-128, 3, 5, -128, 127]> : tensor<5xi8>
save("folded", [node("QuantizeLinear", "numbers s z", "q"), node("Identity", "x", "y")],
     {"x": [2]}, [value("q", [5], TensorProto.INT8), "y"], P)

# A dead channel has zeros, at import and at run time.
# DEAD{LITERAL}: dense<[[5.000000e-01], [0.000000e+00]]>
# DEAD: arith.mulf
# DEAD{LITERAL}: dense<[[1.000000e+00, 2.000000e+00], [0.000000e+00, 0.000000e+00]]>
save("dead", [node("DequantizeLinear", "w zero", "v", axis=0), node("DequantizeLinear", "c zero", "y", axis=0)],
     [value("c", [2, 2], TensorProto.INT8)], ["v", "y"], P)

# Scales of blocks of two along axis 1, the last one shorter; they may be negative.
# BLOCKED{LITERAL}: dense<[[[1.000000e+00], [1.000000e+01]], [[2.000000e+00], [-2.000000e+01]]]>
# BLOCKED: tensor.extract_slice %{{.*}}[0, 0] [2, 3] [1, 1]
# BLOCKED: arith.mulf
# BLOCKED{LITERAL}: dense<[[1.000000e+00, 2.000000e+00, 3.000000e+01], [8.000000e+00, 1.000000e+01, -1.200000e+02]]>
save("blocked", [node("DequantizeLinear", "w23 s12", "v", block_size=2),
                 node("DequantizeLinear", "c s12", "y", block_size=2)],
     [value("c", [2, 3], TensorProto.INT8)], ["v", "y"], P, opset=21)

# A type of its own for codes without a zero point.
# CASTS: arith.fptosi {{.*}} to tensor<2x2xi16>
save("casts", [node("QuantizeLinear", "x s", "q", output_dtype=TensorProto.INT16)],
     {"x": [2, 2]}, [value("q", [2, 2], TensorProto.INT16)], P, opset=21)

# Neither codes nor scales are rounded to halves on the way.
# NARROW: arith.sitofp %{{.*}} : tensor<2x2xi32> to tensor<2x2xf32>
# NARROW: arith.mulf
# NARROW: arith.truncf
save("narrow", [node("DequantizeLinear", "c h", "y")], [value("c", [2, 2], TensorProto.INT32)],
     [value("y", [2, 2], TensorProto.FLOAT16)], P, opset=19)

# SCALE: error: node 'q' (QuantizeLinear): the scale nan is no finite number
save("scale", [node("QuantizeLinear", "x nan z", "q")], {"x": [2, 2]}, ["q"], P)
# ZERO: error: node 'y' (DequantizeLinear): inputs 0 and 2 have elements of different types: ui8 and i8
save("zero", [node("QuantizeLinear", "x s u", "q"), node("DequantizeLinear", "q s z", "y")],
     {"x": [2, 2]}, ["y"], P)
# MANY: error: node 'q' (QuantizeLinear): there are 2 zero points for 1 scales
save("zeros", [node("QuantizeLinear", "x s z2", "q")], {"x": [2, 2]}, ["q"], P)
# AXIS: error: node 'q' (QuantizeLinear): scales of shape 2 do not fit dimension 1 of shape 2x3
save("axis", [node("QuantizeLinear", "x s2 z2", "q")], {"x": [2, 3]}, ["q"], P)
# BLOCKS: error: node 'q' (QuantizeLinear): scales of shape scalar do not fit dimension 1 of shape 2x2 in blocks of 2
save("blocks", [node("QuantizeLinear", "x s z", "q", block_size=2)], {"x": [2, 2]}, ["q"], P, opset=21)
# NEGATIVE: error: node 'q' (QuantizeLinear): the block size -2 is negative
save("negative", [node("QuantizeLinear", "x s z", "q", block_size=-2)], {"x": [2, 2]}, ["q"], P, opset=21)
# RANGE: error: node 'q' (QuantizeLinear): axis 2 is not one of a tensor of 2 dimensions
save("range", [node("QuantizeLinear", "x s2 z2", "q", axis=2)], {"x": [2, 2]}, ["q"], P)
# CODES4: error: node 'q' (QuantizeLinear): codes of type i4 are not supported
save("codes4", [node("QuantizeLinear", "x s", "q", output_dtype=TensorProto.INT4)], {"x": [2, 2]}, ["q"], P, opset=21)
# CLASH: error: node 'q' (QuantizeLinear): the zero point is of type i8, the codes of type ui8
save("clash", [node("QuantizeLinear", "x s z", "q", output_dtype=TensorProto.UINT8)], {"x": [2, 2]}, ["q"], P, opset=21)
# INTEGER: error: node 'y' (MatMulInteger): integer arithmetic of quantised networks is not supported
save("integer", [node("MatMulInteger", "x w", "y")], [value("x", [2, 2], TensorProto.INT8)], ["y"], P)
