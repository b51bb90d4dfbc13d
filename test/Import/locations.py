# What is said of an op names the file, the node and its operator.
# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t
# RUN: hswish-compile --explain %t/miss.onnx -o %t/miss.mlir 2>&1 | FileCheck %s
# RUN: hswish-compile %t/miss.onnx -o %t/miss.mlir 2>&1 | count 0
# RUN: hswish-translate --import-onnx --mlir-print-debuginfo %t/miss.onnx -o %t/miss.mlir
# RUN: hswish-opt %t/miss.mlir --hswish-raise=explain -o /dev/null 2>&1 | FileCheck %s --check-prefix=OPT
from make import node, ramp, save
from onnx import helper

# Nodes without a name go by their output, those of functions by the call, too.
# CHECK-DAG: hswish-compile: remark: {{.*}}miss.onnx: node 'scaled' (Mul): like h-swish, but slope 0.2 is not 1/6
# CHECK-DAG: hswish-compile: remark: {{.*}}miss.onnx: node 'block/fifth' (Div): like h-swish, but divides by 5, not 6
# OPT: miss.onnx:0:0: remark: node 'scaled' (Mul): like h-swish, but slope 0.2 is not 1/6
body = [
    helper.make_node("Add", ["a", "three"], ["shifted"]),
    helper.make_node("Clip", ["shifted", "zero", "six"], ["clipped"]),
    helper.make_node("Mul", ["a", "clipped"], ["product"]),
    helper.make_node("Div", ["product", "five"], ["b"], "fifth"),
]
block = helper.make_function("local", "block", ["a", "zero", "three", "five", "six"], ["b"], body,
                             [helper.make_opsetid("", 14)])
save("miss", [
    helper.make_node("HardSigmoid", ["x"], ["gate"], alpha=0.2),
    helper.make_node("Mul", ["x", "gate"], ["scaled"]),
    node("block", "scaled zero three five six", "block", domain="local"),
], {"x": [4]}, ["block"], {n: ramp(8)[i] for n, i in zip(("zero", "three", "five", "six"), (0, 3, 5, 6))},
     functions=[block], domains=["local"], opset=14)
