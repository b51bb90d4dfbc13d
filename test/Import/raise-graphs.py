# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-translate --import-onnx %t/function.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=FUNCTION
# RUN: hswish-translate --import-onnx %t/amp.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=AMP
# RUN: hswish-translate --import-onnx %t/wide.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=WIDE
# RUN: hswish-translate --import-onnx %t/layout.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=LAYOUT
# RUN: hswish-translate --import-onnx %t/open.onnx --shape x=2x8x3x5 | hswish-opt --hswish-raise | FileCheck %s --check-prefix=OPEN
# RUN: hswish-translate --import-onnx %t/outputs.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=OUTPUTS
# RUN: hswish-translate --import-onnx %t/squeeze.onnx | hswish-opt --hswish-raise | FileCheck %s --check-prefix=SQUEEZE
# RUN: hswish-compile --explain %t/misses.onnx --emit=mlir -o /dev/null 2>&1 | FileCheck %s --check-prefix=MISSES
# RUN: hswish-translate --import-onnx %t/quantised.onnx | hswish-opt --hswish-raise --canonicalize | FileCheck %s --check-prefix=QUANTISED
# RUN: hswish-compile --explain %t/truncated.onnx --emit=mlir -o /dev/null 2>&1 | FileCheck %s --check-prefix=TRUNCATED
"""What surrounds a spelling in real graphs: functions, casts, layouts, other users."""

import numpy as np
from make import node, save, value
from onnx import TensorProto, helper

WEIGHTS = {"c0": np.float32(0), "c3": np.float32(3), "c6": np.float32(6)}
HALVES = {name: w.astype(np.float16) for name, w in WEIGHTS.items()}
F16, F32 = TensorProto.FLOAT16, TensorProto.FLOAT


def half(*names):
    return [value(name, [8], F16) for name in names]


# P24: a function that holds a spelling and takes its constants.
# FUNCTION: %[[Y:.*]] = hswish.hard_swish %arg0 accuracy<torch>
# FUNCTION-NEXT: return %[[Y]]
body = [
    helper.make_node("Add", ["a", "three"], ["b"]),
    helper.make_node("Clip", ["b", "low", "high"], ["c"]),
    helper.make_node("Mul", ["a", "c"], ["d"]),
    helper.make_node("Div", ["d", "high"], ["e"]),
]
inner = helper.make_function("local", "inner", ["a", "low", "three", "high"], ["e"], body,
                             [helper.make_opsetid("", 13)])
outer = helper.make_function(
    "local", "outer", ["a", "low", "three", "high"], ["e"],
    [helper.make_node("inner", ["a", "low", "three", "high"], ["e"], domain="local")],
    [helper.make_opsetid("local", 1)])
save("function", [helper.make_node("outer", ["x", "c0", "c3", "c6"], ["y"], domain="local")],
     {"x": [8]}, ["y"], WEIGHTS, functions=[inner, outer], domains=["local"])

# P23: mixed precision clamps in f32 what it adds in f16.
# AMP: %[[X:.*]] = arith.extf %arg0
# AMP: hswish.hard_swish %[[X]]
save("amp", [
    node("Add", "x c3", "a"), node("Cast", "a", "w", to=F32), node("Clip", "w c0 c6", "b"),
    node("Cast", "b", "n", to=F16), node("Mul", "x n", "m"), node("Div", "m h6", "y"),
], half("x"), half("y"), {**WEIGHTS, "c3": HALVES["c3"], "h6": HALVES["c6"]})

# Everything in f32 between two casts.
# WIDE: %[[X:.*]] = arith.extf %arg0
# WIDE: hswish.hard_swish %[[X]] accuracy<torch>
save("wide", [
    node("Cast", "x", "w", to=F32), node("Add", "w c3", "a"), node("Clip", "a c0 c6", "b"),
    node("Mul", "w b", "m"), node("Div", "m c6", "d"), node("Cast", "d", "y", to=F16),
], half("x"), half("y"), WEIGHTS)

# The gate in another layout.
# LAYOUT: hswish.hard_swish %arg0 accuracy<torch>
save("layout", [
    node("Add", "x c3", "a"), node("Transpose", "a", "t", perm=[0, 2, 3, 1]),
    node("Clip", "t c0 c6", "b"), node("Transpose", "b", "u", perm=[0, 3, 1, 2]),
    node("Mul", "x u", "m"), node("Div", "m c6", "y"),
], {"x": [2, 8, 3, 5]}, ["y"], WEIGHTS)

# OPEN: hswish.hard_swish %arg0 accuracy<torch> : tensor<2x8x3x5xf32>
save("open", [
    node("Add", "x c3", "a"), node("Clip", "a c0 c6", "b"), node("Mul", "x b", "m"),
    node("Div", "m c6", "y"),
], {"x": ["n", 8, "h", "w"]}, ["y"], WEIGHTS)

# An inner link is an output, too; x goes elsewhere.
# OUTPUTS: %[[INNER:.*]] = arith.minimumf
# OUTPUTS: %[[Y:.*]] = hswish.hard_swish %arg0 accuracy<torch>
# OUTPUTS: %[[Z:.*]] = arith.addf %[[Y]], %arg0
# OUTPUTS: return %[[INNER]], %[[Z]]
save("outputs", [
    node("Add", "x c3", "a"), node("Clip", "a c0 c6", "b"), node("Mul", "x b", "m"),
    node("Div", "m c6", "d"), node("Add", "d x", "y"),
], {"x": [8]}, ["b", "y"], WEIGHTS)

# The gate of a squeeze-and-excite block is no h-swish, of two users neither.
# SQUEEZE: %[[GATE:.*]] = hswish.hard_sigmoid %arg1 accuracy<torch> : tensor<1x8x1x1xf32>
# SQUEEZE-NOT: hard_swish
# SQUEEZE: arith.mulf
save("squeeze", [
    node("Add", "s c3", "a"), node("Clip", "a c0 c6", "b"), node("Div", "b c6", "g"),
    node("Mul", "x g", "y"), node("Mul", "g z", "w"),
], {"x": [1, 8, 4, 4], "s": [1, 8, 1, 1], "z": [1, 8, 4, 4]}, ["y", "w"], WEIGHTS)

# MISSES-DAG: node 'channels' (Div): like h-swish, but a constant is no splat
# MISSES-DAG: node 'narrow' (Div): like h-swish, but one path is computed in 16 bits, another in 32
# MISSES-DAG: node 'grows' (Div): like h-swish, but {{.*}}shape
# MISSES-DAG: node 'integers.2' (Clip): like h-swish, but its elements are integers
# MISSES-DAG: node 'other' (Div): like h-swish, but the other factor is not what is clamped
# MISSES-NOT: hswish.hard_swish
save("misses", [
    node("Add", "x channel3", "a1"), node("Clip", "a1 c0 c6", "b1"), node("Mul", "x b1", "m1"),
    node("Div", "m1 c6", "channels"),
    node("Cast", "x", "n", to=F16), node("Cast", "n", "w", to=F32), node("Add", "w c3", "a2"),
    node("Clip", "a2 c0 c6", "b2"), node("Mul", "x b2", "m2"), node("Div", "m2 c6", "narrow"),
    node("Add", "x wide3", "a3"), node("Clip", "a3 c0 c6", "b3"), node("Mul", "x b3", "m3"),
    node("Div", "m3 c6", "grows"),
    node("Add", "x c3", "a4"), node("Clip", "a4 c0 c6", "b4"), node("Mul", "z b4", "m4"),
    node("Div", "m4 c6", "other"),
    node("Add", "i i3", "integers.1"), node("Clip", "integers.1 i0 i6", "integers.2"),
    node("Mul", "i integers.2", "integers.3"), node("Div", "integers.3 i6", "integers"),
], [value("x", [1, 2, 3, 3]), value("z", [1, 2, 3, 3]), value("i", [8], TensorProto.INT32)],
     [*(value(n, None) for n in ("channels", "narrow", "grows", "other")),
      value("integers", [8], TensorProto.INT32)],
     {**WEIGHTS, **{f"i{n}": np.int32(n) for n in (0, 3, 6)}, "channel3": np.array([3, 2], np.float32).reshape(1, 2, 1, 1),
      "wide3": np.full((4, 2, 3, 3), 3, np.float32)})

# P21: pairs after the sum, after the product, or both. A quantiser of the range
# [0, 6] clamps, so exporters leave the Clip out.
# QUANTISED-COUNT-4: hswish.hard_swish %arg0 :
# QUANTISED: return
# TRUNCATED-DAG: node 'low' (Div): like h-swish, but a quantised range of 0.000 to 5.000 truncates 0.000 to 6.000
# TRUNCATED-DAG: node 'product' (Div): like h-swish, but a quantised range of 0.000 to 6.000 truncates
QUANTISERS = {"s6": 6 / 255, "s5": 5 / 255, "s8": 16 / 255, "s24": 40 / 255}
ZEROS = {"z": np.uint8(0), "z8": np.uint8(128), "z24": np.uint8(26)}


def pair(x, scale, zero, name):
    return [node("QuantizeLinear", f"{x} {scale} {zero}", f"{name}q"),
            node("DequantizeLinear", f"{name}q {scale} {zero}", name)]


def spelt(name, add=None, clip=True, product=None):
    """x * relu6(x + 3) / 6 with pairs of these parameters."""
    n = [f"{name}{i}" for i in range(5)]
    nodes = [node("Add", "x c3", n[0])]
    nodes += pair(n[0], *add, n[1]) if add else [node("Identity", n[0], n[1])]
    nodes += [node("Clip", f"{n[1]} c0 c6", n[2])] if clip else [node("Identity", n[1], n[2])]
    nodes += [node("Mul", f"x {n[2]}", n[3])]
    nodes += pair(n[3], *product, n[4]) if product else [node("Identity", n[3], n[4])]
    return [*nodes, node("Div", f"{n[4]} c6", name)]


PARAMETERS = {**WEIGHTS, **ZEROS, **{n: np.float32(s) for n, s in QUANTISERS.items()}}
save("quantised", [
    *spelt("sum", add=("s8", "z8")), *spelt("times", product=("s24", "z24")),
    *spelt("both", add=("s6", "z"), product=("s24", "z24")), *spelt("saturated", add=("s6", "z"), clip=False),
], {"x": [8]}, ["sum", "times", "both", "saturated"], PARAMETERS)
save("truncated", [
    *spelt("low", add=("s5", "z")), *spelt("product", product=("s6", "z")),
], {"x": [8]}, ["low", "product"], PARAMETERS)
