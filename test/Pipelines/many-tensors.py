# A model of more tensors than C promises parameters takes arrays of pointers:
# from C, for one target and several, in one thread and two, and from Python.

# REQUIRES: onnx, host-x86_64
# RUN: rm -rf %t && mkdir %t
# RUN: %python %s %t %llvm_tools_dir/clang

import pathlib
import subprocess
import sys

import onnx
from onnx import TensorProto, helper

folder, clang = pathlib.Path(sys.argv[1]), sys.argv[2]

PROGRAM = """
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

static float x[INPUTS][4], y[OUTPUTS][4];

int main(void) {
  const void *in[INPUTS];
  void *out[OUTPUTS];
  void *workspace = aligned_alloc(HSWISH_WORKSPACE_ALIGNMENT, (net_workspace_size() + 63) / 64 * 64 + 64);
  float sum = 0;
  for (int i = 0; i < INPUTS; ++i) {
    x[i][3] = i % 7;
    sum += i % 7;
    in[i] = x[i];
  }
  for (int i = 0; i < OUTPUTS; ++i)
    out[i] = y[i];
  if (net_run(in, out, workspace) != HSWISH_OK)
    return 1;
  for (int i = 0; i < OUTPUTS; ++i)
    if (y[i][3] != sum * (i + 2))
      return 2;
  y[0][3] = 0;
  if (net_info()->invoke(in, out, workspace) != HSWISH_OK || y[0][3] != sum * 2)
    return 3;
  in[INPUTS - 1] = NULL;
  if (net_run(in, out, workspace) != HSWISH_NULL_POINTER)
    return 4;
  in[INPUTS - 1] = x[0];
  out[OUTPUTS - 1] = NULL;
  if (net_run(in, out, workspace) != HSWISH_NULL_POINTER || net_run(NULL, out, workspace) != HSWISH_NULL_POINTER)
    return 5;
  out[OUTPUTS - 1] = y[0];
  if (net_run(in, out, (char *)workspace + 4) != HSWISH_MISALIGNED_WORKSPACE)
    return 6;
  return 0;
}
"""


def write(path, inputs, outputs):
    """The outputs are multiples of the sum of all inputs."""
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [4])
    ins, outs = [f"x{i}" for i in range(inputs)], [f"y{i}" for i in range(outputs)]
    factors = [helper.make_tensor(f"c{i}", TensorProto.FLOAT, [], [i + 2]) for i in range(outputs)]
    nodes = [helper.make_node("Sum", ins, ["s"])]
    nodes += [helper.make_node("Mul", ["s", f"c{i}"], [y]) for i, y in enumerate(outs)]
    graph = helper.make_graph(nodes, "g", [value(x) for x in ins], [value(y) for y in outs], factors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


for inputs, outputs in ((125, 2), (1, 126), (200, 3), (3, 200)):
    write(folder / "net.onnx", inputs, outputs)
    for options in ([], ["--target=x86-64-v2,x86-64-v3"], ["--threads=2"], ["--profile"]):
        subprocess.run(["hswish-compile", "net.onnx", "-o", "net.a", *options], cwd=folder, check=True)
        assert "net_run(const void *const *inputs, void *const *outputs, void *workspace);" in (
            folder / "net.h"
        ).read_text()
        (folder / "main.c").write_text(f"#define INPUTS {inputs}\n#define OUTPUTS {outputs}\n{PROGRAM}")
        command = [clang, "-std=c11", "-Wall", "-Werror", "main.c", "net.a", "-o", "main", "-lm", "-lpthread"]
        subprocess.run(command, cwd=folder, check=True)
        status = subprocess.run([folder / "main"], check=False).returncode
        assert status == 0, (inputs, outputs, options, status)

# One tensor less, and each is a parameter.
write(folder / "net.onnx", 124, 2)
subprocess.run(["hswish-compile", "net.onnx", "-o", "net.so"], cwd=folder, check=True)
assert "const float *in_x123, float *out_y0, float *out_y1, void *workspace);" in (folder / "net.h").read_text()
