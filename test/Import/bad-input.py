# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t

# Every bad file gives exit status 1 and one message with the file's name.
# RUN: not hswish-translate --import-onnx %t/missing.onnx 2>&1 | FileCheck %s --check-prefix=MISSING
# MISSING: No such file or directory
# RUN: not hswish-translate --import-onnx %t/empty.onnx 2>&1 | FileCheck %s --check-prefix=EMPTY
# EMPTY: {{empty.onnx.*}}: error: the file is empty
# RUN: not hswish-translate --import-onnx %t/text.onnx 2>&1 | FileCheck %s --check-prefix=TEXT
# TEXT-NOT: libprotobuf
# TEXT: {{text.onnx.*}}: error: not an ONNX model
# RUN: not hswish-translate --import-onnx %t/truncated.onnx 2>&1 | FileCheck %s --check-prefix=TRUNCATED
# TRUNCATED: {{truncated.onnx.*}}: error: not an ONNX model, or truncated or damaged
# RUN: not hswish-translate --import-onnx %t/cycle.onnx 2>&1 | FileCheck %s --check-prefix=CYCLE
# CYCLE: {{cycle.onnx.*}}: error: the graph has a cycle through node '{{[ab]}}' (Add)
# RUN: not hswish-translate --import-onnx %t/undefined.onnx 2>&1 | FileCheck %s --check-prefix=UNDEFINED
# UNDEFINED: {{undefined.onnx.*}}: error: node 'y' (Add): input 'weight' is not defined
# RUN: not hswish-translate --import-onnx %t/twice.onnx 2>&1 | FileCheck %s --check-prefix=TWICE
# TWICE: {{twice.onnx.*}}: error: node 'y' (Exp): 'y' is defined more than once
# RUN: not hswish-translate --import-onnx %t/newline.onnx 2>&1 | FileCheck %s --check-prefix=NEWLINE
# NEWLINE: {{newline.onnx.*}}: error: node 'first\nsecond\x1B' (Add): input 'a\tb' is not defined
# RUN: not hswish-translate --import-onnx %t/inputs.onnx 2>&1 | FileCheck %s --check-prefix=INPUTS
# INPUTS: {{inputs.onnx.*}}: error: input 'x' is defined more than once
# RUN: not hswish-translate --import-onnx %t/unknown.onnx 2>&1 | FileCheck %s --check-prefix=UNKNOWN
# UNKNOWN: {{unknown.onnx.*}}: error: 4 nodes cannot be imported:
# UNKNOWN-NEXT: node 'a' (Foo): the operator is not supported
# UNKNOWN-NEXT: node 'b' (com.acme.Relu): the operator is not supported
# UNKNOWN-NEXT: node 'c' (Relu): attribute 'slope' is not supported
# UNKNOWN-NEXT: node 'y' (DynamicQuantizeLinear): integer arithmetic of quantised networks is not supported
# RUN: not hswish-translate --import-onnx %t/opset.onnx 2>&1 | FileCheck %s --check-prefix=OPSET
# OPSET: {{opset.onnx.*}}: error: operator set 6 is not supported: versions 7 to 22 are
# RUN: not hswish-translate --import-onnx %t/shapes.onnx 2>&1 | FileCheck %s --check-prefix=SHAPES
# SHAPES: {{shapes.onnx.*}}: error: node 'y' (Add): shapes 1x3 and 1x4 cannot be broadcast to each other
# RUN: not hswish-translate --import-onnx %t/declared.onnx 2>&1 | FileCheck %s --check-prefix=DECLARED
# DECLARED: {{declared.onnx.*}}: error: the file declares 'y' to have the shape 1x4, but it is 1x3
# RUN: not hswish-translate --import-onnx %t/negative.onnx 2>&1 | FileCheck %s --check-prefix=NEGATIVE
# NEGATIVE: {{negative.onnx.*}}: error: dimension 1 of input 'x' is negative: -3
# RUN: not hswish-translate --import-onnx %t/pads.onnx 2>&1 | FileCheck %s --check-prefix=PADS
# PADS: {{pads.onnx.*}}: error: node 'y' (Conv): pads must be 4 numbers from 0 to 2147483647
# RUN: not hswish-translate --import-onnx %t/huge.onnx 2>&1 | FileCheck %s --check-prefix=HUGE
# HUGE: {{huge.onnx.*}}: error: input 'x' has the shape 1048576x1048576, which is above the limit
# RUN: not hswish-translate --import-onnx %t/expand.onnx 2>&1 | FileCheck %s --check-prefix=EXPAND
# EXPAND: {{expand.onnx.*}}: error: node 'y' (Expand): the result would have the shape 1048576x1048576
# RUN: not hswish-translate --import-onnx %t/short.onnx 2>&1 | FileCheck %s --check-prefix=SHORT
# SHORT: {{short.onnx.*}}: error: tensor 'w' of shape 3x3 needs 36 bytes but has 8
# RUN: not hswish-translate --import-onnx %t/outside.onnx 2>&1 | FileCheck %s --check-prefix=OUTSIDE
# OUTSIDE: {{outside.onnx.*}}: error: external data '../secret' lies outside of the model's folder
# RUN: not hswish-translate --import-onnx %t/attribute.onnx 2>&1 | FileCheck %s --check-prefix=ATTRIBUTE
# ATTRIBUTE: {{attribute.onnx.*}}: error: node 'y' (Flatten): attribute 'axis' must be of type INT
# RUN: not hswish-translate --import-onnx %t/recursion.onnx 2>&1 | FileCheck %s --check-prefix=RECURSION
# RECURSION: {{recursion.onnx.*}}: error: {{.*}}functions call each other more than 64 deep

# The shapes of inputs.
# RUN: hswish-translate --import-onnx %t/open.onnx --shape x=1x3x8x8 | FileCheck %s --check-prefix=BOUND
# BOUND: func.func @open(%arg0: tensor<1x3x8x8xf32>
# RUN: not hswish-translate --import-onnx %t/open.onnx 2>&1 | FileCheck %s --check-prefix=OPEN
# OPEN: {{open.onnx.*}}: error: dimension 2 of input 'x' is open ('h'): bind it with --shape x=1x3x?x?
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape z=1 2>&1 | FileCheck %s --check-prefix=NAME
# NAME: error: --shape names 'z', but the model's inputs are 'x'
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape x=1x3 2>&1 | FileCheck %s --check-prefix=RANK
# RANK: error: --shape x=1x3 has 2 dimensions, but the input has 4
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape x=1x4x8x8 2>&1 | FileCheck %s --check-prefix=FIXED
# FIXED: error: --shape x=1x4x8x8 contradicts dimension 1 of the input, which is 3
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape x=1x3x0x8 2>&1 | FileCheck %s --check-prefix=SYNTAX
# SYNTAX: error: --shape: 'x=1x3x0x8' is no NAME=1x3x224x224 with positive sizes
import numpy as np
from make import make, node, ramp, save, write
from onnx import TensorProto, helper

X = {"x": [1, 3]}
write("empty", b"")
write("text", b"This is not a model, but some text that is long enough.")
write("truncated", make([node("Add", "x w", "y")], X, ["y"],
                        {"w": ramp(1, 3)}).SerializeToString()[:-9])
save("cycle", [node("Add", "x b", "a"), node("Add", "x a", "b")], X, ["b"])
save("undefined", [node("Add", "x weight", "y")], X, ["y"])
save("newline", [helper.make_node("Add", ["x", "a\tb"], ["y"], name="first\nsecond\x1b")], X, ["y"])
save("twice", [node("Relu", "x", "y"), node("Exp", "x", "y")], X, ["y"])
save("unknown", [node("Foo", "x", "a"), node("Relu", "a", "b", domain="com.acme"),
                 node("Relu", "b", "c", slope=1.0), node("DynamicQuantizeLinear", "c", "y")],
     X, ["y"], {"s": ramp(1)}, domains=["com.acme"])
save("opset", [node("Relu", "x", "y")], X, ["y"], opset=6)
save("shapes", [node("Add", "x w", "y")], X, ["y"], {"w": ramp(1, 4)})
save("declared", [node("Relu", "x", "y")], X, {"y": [1, 4]})
save("negative", [node("Relu", "x", "y")], {"x": [1, -3]}, ["y"])
save("pads", [node("Conv", "x w", "y", pads=[0, 0, 1 << 40, 0])], {"x": [1, 1, 4, 4]}, ["y"],
     {"w": ramp(1, 1, 3, 3)})
save("huge", [node("Relu", "x", "y")], {"x": [1 << 20, 1 << 20]}, ["y"])
save("expand", [node("Expand", "x s", "y")], {"x": [1, 1]}, ["y"],
     {"s": np.array([1 << 20, 1 << 20])})
save("attribute", [node("Flatten", "x", "y", axis="one")], X, ["y"])
save("open", [node("Relu", "x", "y")], {"x": ["n", 3, "h", "w"]}, ["y"])

model = make([node("Add", "x w", "y")], X, ["y"], {"w": ramp(3, 3)})
model.graph.initializer[0].raw_data = bytes(8)
write("short", model.SerializeToString())

weight = model.graph.initializer[0]
weight.ClearField("raw_data")
weight.data_location = TensorProto.EXTERNAL
weight.external_data.add(key="location", value="../secret")
write("outside", model.SerializeToString())

model = make([node("Relu", "x", "y")], X, ["y"])
model.graph.input.append(model.graph.input[0])
write("inputs", model.SerializeToString())

loop = helper.make_function("local", "f", ["a"], ["b"],
                            [helper.make_node("f", ["a"], ["b"], domain="local")],
                            [helper.make_opsetid("local", 1)])
save("recursion", [node("f", "x", "y", domain="local")], X, ["y"], functions=[loop],
     domains=["local"])
