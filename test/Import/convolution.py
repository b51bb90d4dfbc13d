# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-translate --import-onnx %t/conv.onnx | FileCheck %s --check-prefix=CONV
# RUN: hswish-translate --import-onnx %t/same.onnx | FileCheck %s --check-prefix=SAME
# RUN: hswish-translate --import-onnx %t/line.onnx | FileCheck %s --check-prefix=LINE
# RUN: hswish-translate --import-onnx %t/fused.onnx | FileCheck %s --check-prefix=FUSED
# RUN: hswish-translate --import-onnx %t/blocks.onnx | FileCheck %s --check-prefix=BLOCKS
# RUN: hswish-translate --import-onnx %t/spread.onnx | FileCheck %s --check-prefix=SPREAD
from make import node, ramp, save

# CONV: #[[$CHANNEL:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
# CONV: module attributes {hswish.model = "conv"}
# CONV-LABEL: func.func @conv(
# CONV-SAME: %[[X:.*]]: tensor<1x2x9x8xf32> {hswish.name = "x"}) -> (tensor<1x4x5x4xf32> {hswish.name = "y"})
# CONV-DAG: %[[BIAS:.*]] = arith.constant dense<{{.*}}> : tensor<4xf32>
# CONV-DAG: %[[FILTER:.*]] = arith.constant dense<{{.*}}0.0{{0*}}e+00, 9.0{{0*}}e+00, 1.8{{0*}}e+01, 2.7{{.*}}> : tensor<3x3x1x4xf32>
# CONV-DAG: %[[IMAGE:.*]] = linalg.transpose ins(%[[X]] : {{.*}}) outs({{.*}}) permutation = [0, 2, 3, 1]
# CONV: %[[OUT:.*]] = hswish.conv_2d ins(%[[IMAGE]], %[[FILTER]] :
# CONV-SAME: epilogue(%[[BIAS]] : tensor<4xf32>)
# CONV-SAME: epilogue_maps = [#[[$CHANNEL]]]
# CONV-SAME: groups = 2
# CONV-SAME: pads = array<i64: 1, 1, 1, 1>
# CONV-SAME: strides = array<i64: 2, 2>
# CONV: ^bb0(%[[ACC:.*]]: f32, %[[TERM:.*]]: f32):
# CONV: %[[SUM:.*]] = arith.addf %[[ACC]], %[[TERM]]
# CONV: hswish.yield %[[SUM]]
# CONV: %[[Y:.*]] = linalg.transpose ins(%[[OUT]] : tensor<1x5x4x4xf32>) {{.*}} permutation = [0, 3, 1, 2]
# CONV: return %[[Y]]
save("conv", [node("Conv", "x w b", "y", group=2, strides=[2, 2], pads=[1, 1, 1, 1],
                   kernel_shape=[3, 3])],
     {"x": [1, 2, 9, 8]}, {"y": [1, 4, 5, 4]},
     {"w": ramp(4, 1, 3, 3), "b": ramp(4)})

# The odd pixel of padding goes last.
# SAME: hswish.conv_2d
# SAME-SAME: pads = array<i64: 0, 0, 1, 1>
# SAME: -> tensor<1x4x4x4xf32>
save("same", [node("Conv", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])],
     {"x": [1, 2, 8, 8]}, ["y"], {"w": ramp(4, 2, 3, 3)})

# A convolution of lines is one of images of height 1.
# LINE: tensor.expand_shape {{.*}} : tensor<1x2x9xf32> into tensor<1x2x1x9xf32>
# LINE: hswish.conv_2d
# LINE-SAME: dilations = array<i64: 1, 2>
# LINE-SAME: pads = array<i64: 0, 1, 0, 2>
# LINE: tensor.collapse_shape {{.*}} into tensor<1x4x8xf32>
save("line", [node("Conv", "x w", "y", dilations=[2], pads=[1, 2])],
     {"x": [1, 2, 9]}, ["y"], {"w": ramp(4, 2, 3)})

# FUSED: %[[OUT:.*]] = linalg.transpose {{.*}} permutation = [0, 3, 1, 2]
# FUSED: %[[SUM:.*]] = arith.addf %[[OUT]], %arg1
# FUSED: %[[LOW:.*]] = arith.maximumf %[[SUM]], %{{.*}}
# FUSED: %[[Y:.*]] = arith.minimumf %[[LOW]], %{{.*}}
# FUSED: return %[[Y]]
save("fused", [node("FusedConv", "x w b z", "y", domain="com.microsoft",
                    activation="Clip", activation_params=[0.0, 6.0])],
     {"x": [1, 2, 4, 4], "z": [1, 4, 4, 4]}, ["y"],
     {"w": ramp(4, 2, 1, 1), "b": ramp(4)}, domains=["com.microsoft"])

# A kernel as large as the stride: pixels become blocks.
# BLOCKS: hswish.conv_2d {{.*}} tensor<1x3x3x2xf32>, tensor<1x1x2x20xf32>
# BLOCKS: tensor.expand_shape {{.*}} into tensor<1x3x3x2x2x5xf32>
# BLOCKS: linalg.transpose {{.*}} permutation = [0, 1, 3, 2, 4, 5]
# BLOCKS: tensor.collapse_shape {{.*}} into tensor<1x6x6x5xf32>
save("blocks", [node("ConvTranspose", "x w b", "y", strides=[2, 2])],
     {"x": [1, 2, 3, 3]}, {"y": [1, 5, 6, 6]}, {"w": ramp(2, 5, 2, 2), "b": ramp(5)})

# SPREAD: tensor.insert_slice {{.*}}[0, 0, 0, 0] [1, 3, 3, 2] [1, 2, 2, 1] : tensor<1x3x3x2xf32> into tensor<1x5x5x2xf32>
# SPREAD: hswish.conv_2d {{.*}} tensor<1x5x5x2xf32>, tensor<3x3x2x5xf32>
# SPREAD-SAME: pads = array<i64: 1, 1, 2, 2>
# SPREAD: -> tensor<1x6x6x5xf32>
save("spread", [node("ConvTranspose", "x w", "y", strides=[2, 2], pads=[1, 1, 1, 1],
                     output_padding=[1, 1])],
     {"x": [1, 2, 3, 3]}, {"y": [1, 5, 6, 6]}, {"w": ramp(2, 5, 3, 3)})
