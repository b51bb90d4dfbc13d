# RUN: %python %s | hswish-opt --hswish-fuse-elementwise | FileCheck %s

# Of a chain of 200 operations no body becomes longer than 64.
# CHECK-COUNT-4: linalg.generic
# CHECK-NOT: linalg.generic
TYPE = "tensor<8xf32>"
print(f"func.func @chain(%0: {TYPE}) -> {TYPE} {{")
for i in range(200):
    print(f"  %{i + 1} = math.exp %{i} : {TYPE}")
print(f"  return %200 : {TYPE}\n}}")
