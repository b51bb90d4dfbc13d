# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/Inputs %python %s %t

# The shapes of inputs: what the file leaves open is bound by name.
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
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape x=1x3x-1x8 2>&1 | FileCheck %s --check-prefix=SYNTAX
# SYNTAX: error: --shape: 'x=1x3x-1x8' is no NAME=1x3x224x224
# RUN: not hswish-translate --import-onnx %t/open.onnx --shape x=1x3x0x8 2>&1 | FileCheck %s --check-prefix=ZERO-SIZE
# ZERO-SIZE: --shape x=1x3x0x8 is empty
# RUN: hswish-translate --import-onnx %t/zero.onnx --shape x=0x3 | FileCheck %s --check-prefix=MEANT
# MEANT: tensor<0x3xf32>

# A name is one size, wherever it stands; what means "unknown" is no name.
# RUN: hswish-translate --import-onnx %t/two.onnx --shape b=4x5 | FileCheck %s --check-prefix=TWO
# TWO: func.func @two(%arg0: tensor<4x3xf32> {{.*}}, %arg1: tensor<4x5xf32>
# RUN: not hswish-translate --import-onnx %t/two.onnx --shape a=2x3 --shape b=4x5 2>&1 | FileCheck %s --check-prefix=CONTRADICTION
# CONTRADICTION: error: --shape b=4x5 contradicts dimension 0 of the input, which is 2, as all that are called 'n'
# RUN: hswish-translate --import-onnx %t/unknown.onnx --shape x=2x3x4x5x6x7x8 | FileCheck %s --check-prefix=UNKNOWN
# UNKNOWN: func.func @unknown(%arg0: tensor<2x3x4x5x6x7x8xf32>
# RUN: not hswish-translate --import-onnx %t/unknown.onnx 2>&1 | FileCheck %s --check-prefix=UNBOUND
# UNBOUND: error: dimension 1 of input 'x' is open ('?'): bind it with --shape x=1x?x?x?x?x?x?

# What a file says of other shapes is a comment.
# RUN: hswish-translate --import-onnx %t/stale.onnx 2>&1 | FileCheck %s --check-prefix=STALE
# STALE: {{stale.onnx.*}}: warning: the file declares 'a' to have the shape 2x3, but it is 1x3; so it does with 1 more
# STALE: return %{{.*}} : tensor<1x3xf32>

# Files say it, too.
# RUN: %python -c "import numpy; numpy.save('%t/x', numpy.ones((2, 3, 4, 6), 'f')); numpy.save('%t/a', numpy.ones((2, 3), 'f')); numpy.save('%t/b', numpy.ones((4, 5), 'f'))"
# RUN: hswish-run %t/open.onnx --input %t/x.npy | FileCheck %s --check-prefix=FILE
# FILE: y: float32 2x3x4x6
# RUN: not hswish-run %t/two.onnx --input b=%t/b.npy --input a=%t/a.npy 2>&1 | FileCheck %s --check-prefix=FILES
# FILES: two.onnx: '{{.*}}b.npy' of shape 4x5 for input 'b' contradicts dimension 0 of the input, which is 2, as all that are called 'n'
# RUN: %python -c "import numpy; numpy.save('%t/e', numpy.ones((0, 3), 'f'))"
# RUN: hswish-run %t/zero.onnx --input %t/e.npy | FileCheck %s --check-prefix=EMPTY
# EMPTY: y: float32 0x3
# RUN: hswish-run %t/zero.onnx --input %t/a.npy | FileCheck %s --check-prefix=ZERO
# ZERO: y: float32 2x3
# RUN: not hswish-run %t/two.onnx --input %t/e.npy --input %t/b.npy 2>&1 | FileCheck %s --check-prefix=NOTHING
# NOTHING: two.onnx: '{{.*}}e.npy' of shape 0x3 for input 'a' is empty
# RUN: not hswish-run %t/open.onnx --input %t/a.npy 2>&1 | FileCheck %s --check-prefix=FILE-RANK
# FILE-RANK: open.onnx: '{{.*}}a.npy' of shape 2x3 for input 'x' has 2 dimensions, but the input has 4
from make import node, save

save("open", [node("Relu", "x", "y")], {"x": ["n", 3, "h", "w"]}, ["y"])
save("two", [node("Relu", "a", "y"), node("Relu", "b", "z")], {"a": ["n", 3], "b": ["n", 5]},
     ["y", "z"])
save("zero", [node("Relu", "x", "y")], {"x": [0, 3]}, ["y"])
save("unknown", [node("Relu", "x", "y")],
     {"x": ["?", "?", "None", "None", -1, 0, "unk__7"]}, ["y"])
save("stale", [node("Relu", "x", "a"), node("Exp", "a", "y")], {"x": [1, 3]}, {"y": []},
     info={"a": [2, 3]})
