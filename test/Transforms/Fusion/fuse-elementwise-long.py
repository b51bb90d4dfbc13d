# RUN: %python %s > %t.mlir
# RUN: hswish-opt %t.mlir --hswish-fuse-elementwise | FileCheck %s
# RUN: hswish-opt %t.mlir --hswish-fuse-elementwise --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC

# Of a chain of 200 operations no body becomes longer than 64.
# CHECK-COUNT-4: linalg.generic
# CHECK-NOT: linalg.generic

# Nor does the list of where an op comes from: each constant that moves into a body
# adds its own and those of the other operands, and so on along the chain.
# LOC-NOT: fused[{{((#loc[0-9]*, ){64,})}}
# LOC: = loc(fused[
# LOC-NOT: fused[{{((#loc[0-9]*, ){64,})}}
TYPE = "tensor<8xf32>"
print(f"func.func @chain(%0: {TYPE}) -> {TYPE} {{")
print(f"  %c = arith.constant dense<1.5> : {TYPE}")
for i in range(200):
    print(f"  %{i + 1} = arith.mulf %{i}, %c : {TYPE}")
print(f"  return %200 : {TYPE}\n}}")
