// The dialect and its passes in upstream's mlir-opt.

// RUN: mlir-opt %s --load-dialect-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --load-pass-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --pass-pipeline="builtin.module(convert-hswish-to-arith)" | FileCheck %s
// RUN: mlir-opt %s --load-dialect-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --load-pass-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --pass-pipeline="builtin.module(hswish-codegen,hswish-to-llvm)" \
// RUN:   | FileCheck %s --check-prefix=LLVM

// Two MLIRs in one process would be trouble: the plugin brings none.
// RUN: llvm-nm -C --defined-only %hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   | FileCheck %s --check-prefix=SYMBOLS

// SYMBOLS-NOT: T mlir::Operation::

// CHECK-LABEL: func.func @f
// CHECK-NOT: hswish.relu6
// CHECK: arith.select

// LLVM: llvm.func @f_run(
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = hswish.relu6 %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
