# REQUIRES: onnx, onnxruntime, hswish-python, host-x86_64
# RUN: env PYTHON=%python HSWISH_PYTHON_PATH=%hswish_obj_root/python \
# RUN:   %hswish_src_root/tools/fuzz-graphs --seed 1 --count 80 --no-reduce | FileCheck %s
# CHECK: 80 graphs
# CHECK-NOT: differs
# About a minute of random graphs, always the same ones. More: tools/fuzz-graphs --help.
