# No inner loop of a whole network touches the stack: chains of convolutions by
# strips, kernels that fetch coming weights, gates, borders.

# REQUIRES: onnx
# RUN: mkdir -p %t/large %t/small
# RUN: env PYTHONPATH=%hswish_src_root/python/hswish-bench %python -m hswish_bench.networks mobilenet_v3_large -o %t/large/net.onnx
# RUN: %python %s hswish-compile x86-64-v4 %t/large/net.onnx
# RUN: %python %s hswish-compile x86-64-v3 %t/large/net.onnx
# RUN: %python %s hswish-compile x86-64-v2 %t/large/net.onnx
# RUN: %python %s hswish-compile aarch64 %t/large/net.onnx
# RUN: env PYTHONPATH=%hswish_src_root/python/hswish-bench %python -m hswish_bench.networks mobilenet_v3_small -o %t/small/net.onnx
# RUN: %python %s hswish-compile x86-64-v3 %t/small/net.onnx --threads=2

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "Inputs"))
from assembly import compile_file, functions, inner_loops, stack_accesses  # noqa: E402


def main(compiler, target, path, *options):
    assembly = compile_file(compiler, target, path, *options)
    found = list(functions(assembly, r"net_\w+_\d+"))
    failures = [
        f"{name}: touches the stack {len(lines)} times: {lines[0]}"
        for name, function in found
        for lines in stack_accesses(function)
    ]
    # What this test is for must be there.
    if "large" in path and not any(re.match(r"net_(for|parallel)_", name) for name, _ in found):
        failures.append("no chain of convolutions")
    loops = [line for _, lines in found for loop in inner_loops(lines) for line in loop]
    if not any(re.match(r"(prefetch|prfm)", line) for line in loops):
        failures.append("no loop fetches weights")
    print("\n".join(failures))
    return f"{len(failures)} failures in {len(found)} kernels" if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
