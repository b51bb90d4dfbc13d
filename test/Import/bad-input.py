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
# UNKNOWN-NEXT: node 'c' (Relu): attribute 'slope' is not one of version 13 of the operator
# UNKNOWN-NEXT: node 'y' (DynamicQuantizeLinear): integer arithmetic of quantised networks is not supported
# RUN: not hswish-translate --import-onnx %t/opset.onnx 2>&1 | FileCheck %s --check-prefix=OPSET
# OPSET: {{opset.onnx.*}}: error: operator set 1000 is not known: versions 1 to {{[0-9]+}} are
# RUN: not hswish-translate --import-onnx %t/old.onnx 2>&1 | FileCheck %s --check-prefix=OLD
# OLD: {{old.onnx.*}}: error: node 'y' (Add): version 6 of the operator, that of operator set 6, is not supported
# RUN: not hswish-translate --import-onnx %t/removed.onnx 2>&1 | FileCheck %s --check-prefix=REMOVED
# REMOVED: {{removed.onnx.*}}: error: node 'y' (Upsample): version 10 of the operator, that of operator set 13, is not supported
# RUN: not hswish-translate --import-onnx %t/malformed.onnx 2>&1 | FileCheck %s --check-prefix=MALFORMED
# MALFORMED: {{malformed.onnx.*}}: error: 7 nodes cannot be imported:
# MALFORMED-NEXT: node 'a' (Concat): attribute 'axis' is missing
# MALFORMED-NEXT: node 'b' (HardSwish): the operator is not in operator set 13: it came with 14
# MALFORMED-NEXT: node 'c' (Add): has 1 inputs, but takes at least 2
# MALFORMED-NEXT: node 'd' (Relu): has 2 inputs, but takes at most 1
# MALFORMED-NEXT: node 'e' (Relu): has 2 outputs, but gives at most 1
# MALFORMED-NEXT: node 'f' (Add): input 0 is missing
# MALFORMED-NEXT: node 'y' (Transpose): attribute 'perm' must be of type INTS
# RUN: not hswish-translate --import-onnx %t/types.onnx 2>&1 | FileCheck %s --check-prefix=TYPES
# TYPES: {{types.onnx.*}}: error: node 'a' (Add): inputs 0 and 1 have elements of different types: f32 and i64
# TYPES: {{types.onnx.*}}: error: node 'b' (Sqrt): input 0 has elements of type i64, which version 13 of the operator does not take
# RUN: not hswish-translate --import-onnx %t/group.onnx 2>&1 | FileCheck %s --check-prefix=GROUP
# GROUP: {{group.onnx.*}}: error: node 'y' (ConvTranspose): weights of shape 1x1x3x3 cannot be those of 0 groups
# RUN: not hswish-translate --import-onnx %t/groups.onnx 2>&1 | FileCheck %s --check-prefix=GROUPS
# GROUPS: {{groups.onnx.*}}: error: node 'y' (ConvTranspose): weights of shape 1x1x3x3 do not fit an input of 1 channels in 2 groups
# RUN: not hswish-translate --import-onnx %t/gather.onnx 2>&1 | FileCheck %s --check-prefix=GATHER
# GATHER: {{gather.onnx.*}}: error: node 'y' (Gather): index -4 is out of range: dimension 1 has the size 3
# RUN: not hswish-translate --import-onnx %t/pad.onnx 2>&1 | FileCheck %s --check-prefix=PAD
# PAD: {{pad.onnx.*}}: error: node 'y' (Pad): cannot pad by 1099511627776: no tensor may have more than 2147483648 elements
# RUN: not hswish-translate --import-onnx %t/edge.onnx 2>&1 | FileCheck %s --check-prefix=EDGE
# EDGE: {{edge.onnx.*}}: error: node 'y' (Pad): mode 'edge' cannot make a dimension of more than 16777216 elements
# RUN: not hswish-translate --import-onnx %t/resize.onnx 2>&1 | FileCheck %s --check-prefix=RESIZE
# RESIZE: {{resize.onnx.*}}: error: node 'y' (Resize): cannot resize a dimension to 268435456 elements: the limit is 16777216
# RUN: not hswish-translate --import-onnx %t/split.onnx 2>&1 | FileCheck %s --check-prefix=SPLIT
# SPLIT: {{split.onnx.*}}: error: node 'y' (Split): must have either the sizes of the parts or num_outputs
# RUN: not hswish-translate --import-onnx %t/bytes.onnx 2>&1 | FileCheck %s --check-prefix=BYTES
# BYTES: {{bytes.onnx.*}}: error: node 'y' (Add): input '\xFFw' is not defined
# RUN: not hswish-translate --import-onnx %t/lfs.onnx 2>&1 | FileCheck %s --check-prefix=LFS
# LFS: {{lfs.onnx.*}}: error: not an ONNX model but a pointer of Git LFS to a model that was not fetched: run git lfs pull
# RUN: not hswish-translate --import-onnx %t/html.onnx 2>&1 | FileCheck %s --check-prefix=HTML
# HTML: {{html.onnx.*}}: error: not an ONNX model but a page of HTML: the download failed
# RUN: not hswish-translate --import-onnx %t/prototext.onnx 2>&1 | FileCheck %s --check-prefix=PROTOTEXT
# PROTOTEXT: {{prototext.onnx.*}}: error: not an ONNX model but the text of an ONNX model: store it in binary form
# RUN: not hswish-translate --import-onnx %t/lite.onnx 2>&1 | FileCheck %s --check-prefix=LITE
# LITE: {{lite.onnx.*}}: error: not an ONNX model but a model of TensorFlow Lite: export it to ONNX
# RUN: not hswish-translate --import-onnx %t/absent.onnx 2>&1 | FileCheck %s --check-prefix=ABSENT
# ABSENT: {{absent.onnx.*}}: error: cannot open external data 'weights.bin': No such file or directory
# RUN: not hswish-translate --import-onnx %t/shapes.onnx 2>&1 | FileCheck %s --check-prefix=SHAPES
# SHAPES: {{shapes.onnx.*}}: error: node 'y' (Add): shapes 1x3 and 1x4 cannot be broadcast to each other
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
save("opset", [node("Relu", "x", "y")], X, ["y"], opset=1000)
save("old", [node("Relu", "x", "a"), node("Add", "x a", "y")], X, ["y"], opset=6)
save("removed", [node("Upsample", "x s", "y")], X, ["y"], {"s": ramp(2)})
save("malformed", [node("Concat", "x", "a"), node("HardSwish", "a", "b"), node("Add", "b", "c"),
                   node("Relu", "c x", "d"), node("Relu", "d", "e unused"),
                   helper.make_node("Add", ["", "e"], ["f"], name="f"),
                   node("Transpose", "f", "y", perm=1)], X, ["y"])
save("types", [node("Add", "x i", "a"), node("Sqrt", "i", "b")], X, ["a", "b"],
     {"i": np.array([1])})
for name, group in [("group", 0), ("groups", 2)]:
    save(name, [node("ConvTranspose", "x w", "y", group=group)], {"x": [1, 1, 4, 4]}, ["y"],
         {"w": ramp(1, 1, 3, 3)})
save("gather", [node("Gather", "x i", "y", axis=1)], X, ["y"], {"i": np.array([1, -4])})
save("pad", [node("Pad", "x p", "y")], X, ["y"], {"p": np.array([0, 1 << 40, 0, 0])})
save("edge", [node("Pad", "x p", "y", mode="edge")], X, ["y"],
     {"p": np.array([0, 0, 0, 1 << 28])})
save("resize", [helper.make_node("Resize", ["x", "", "", "s"], ["y"], name="y")], X, ["y"],
     {"s": np.array([1, 1 << 28])})
save("split", [node("Split", "x", "y", axis=1)], X, ["y"], opset=18)
write("bytes", make([node("Add", "x ?w", "y")], X, ["y"]).SerializeToString().replace(
    b"?w", b"\xffw"))
write("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
write("html", b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>")
write("prototext", str(make([node("Relu", "x", "y")], X, ["y"])).encode())
write("lite", b"\x1c\0\0\0TFL3" + bytes(32))
save("shapes", [node("Add", "x w", "y")], X, ["y"], {"w": ramp(1, 4)})
save("negative", [node("Relu", "x", "y")], {"x": [1, -3]}, ["y"])
save("pads", [node("Conv", "x w", "y", pads=[0, 0, 1 << 40, 0])], {"x": [1, 1, 4, 4]}, ["y"],
     {"w": ramp(1, 1, 3, 3)})
save("huge", [node("Relu", "x", "y")], {"x": [1 << 20, 1 << 20]}, ["y"])
save("expand", [node("Expand", "x s", "y")], {"x": [1, 1]}, ["y"],
     {"s": np.array([1 << 20, 1 << 20])})
save("attribute", [node("Flatten", "x", "y", axis="one")], X, ["y"])

model = make([node("Add", "x w", "y")], X, ["y"], {"w": ramp(3, 3)})
model.graph.initializer[0].raw_data = bytes(8)
write("short", model.SerializeToString())

weight = model.graph.initializer[0]
weight.ClearField("raw_data")
weight.data_location = TensorProto.EXTERNAL
weight.external_data.add(key="location", value="../secret")
write("outside", model.SerializeToString())
weight.external_data[0].value = "weights.bin"
write("absent", model.SerializeToString())

model = make([node("Relu", "x", "y")], X, ["y"])
model.graph.input.append(model.graph.input[0])
write("inputs", model.SerializeToString())

loop = helper.make_function("local", "f", ["a"], ["b"],
                            [helper.make_node("f", ["a"], ["b"], domain="local")],
                            [helper.make_opsetid("local", 1)])
save("recursion", [node("f", "x", "y", domain="local")], X, ["y"], functions=[loop],
     domains=["local"])
