# RUN: %python %s hswish-run %t
# REQUIRES: numpy
"""What .mlir files of other compilers hold, beside what NumPy computes.

Functions that call others, one of several public functions, constants in
globals, integers rescaled as TOSA defines, windows that stop early.
"""

import os
import subprocess
import sys

import numpy as np

runner, folder = sys.argv[1:3]
rng = np.random.default_rng(12)

CALLS = """
func.func private @act(%x: tensor<1024xf32>) -> tensor<1024xf32> {
  %0 = hswish.relu6 %x : tensor<1024xf32>
  return %0 : tensor<1024xf32>
}
func.func @f(%x: tensor<1024xf32>) -> tensor<1024xf32> {
  %0 = call @act(%x) : (tensor<1024xf32>) -> tensor<1024xf32>
  %1 = arith.subf %x, %0 : tensor<1024xf32>
  %2 = call @act(%1) : (tensor<1024xf32>) -> tensor<1024xf32>
  return %2 : tensor<1024xf32>
}
"""
PUBLIC = """
func.func @double(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = arith.addf %x, %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = call @double(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = call @double(%0) : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}
"""
GLOBAL = """
ml_program.global private mutable @seed(dense<0> : tensor<i64>) : tensor<i64>
ml_program.global private @w(dense<[1.0, -2.0, 3.0, 0.5]> : tensor<4xf32>) : tensor<4xf32>
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = ml_program.global_load_const @w : tensor<4xf32>
  %0 = arith.mulf %x, %w : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
WINDOW = """
func.func @f(%x: tensor<1x8x8x1xf32>, %w: tensor<3x3x1x1xf32>) -> tensor<1x2x2x1xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x2x1xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %0 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x8x8x1xf32>, tensor<3x3x1x1xf32>) outs(%i : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %0 : tensor<1x2x2x1xf32>
}
"""


def run(text, inputs, *options):
    os.makedirs(folder, exist_ok=True)
    path, output = os.path.join(folder, "net.mlir"), os.path.join(folder, "y.npy")
    with open(path, "w") as file:
        file.write(text)
    sources = []
    for i, x in enumerate(inputs):
        sources.append(os.path.join(folder, f"x{i}.npy"))
        np.save(sources[-1], x)
    command = [runner, path, *sources, "--output", output, *options]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return np.load(output)


def rescale(code, bits, multiplier, shift, zero, new_zero, rounding):
    """TOSA's RESCALE of one code, in Python's integers."""
    value = code - zero
    offset = 1 << (shift - 1)
    if rounding == "DOUBLE_ROUND" and shift > 31:
        offset += 1 << 30 if value >= 0 else -(1 << 30)
    result = ((value * multiplier + offset) >> shift) + new_zero
    return max(-(1 << (bits - 1)), min((1 << (bits - 1)) - 1, result))


def test_rescale(source, target, multipliers, shifts, zero, new_zero, rounding, scale32):
    channels, per_channel = len(multipliers), len(multipliers) > 1
    bits = int(source[1:])
    low, high = (-(1 << 24), 1 << 24) if bits == 32 else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    x = rng.integers(low, high + 1, (61, channels)).astype(f"int{bits}")
    x[0], x[1] = low, high
    size = "i32" if scale32 else "i16"
    t, u, c = f"tensor<61x{channels}x{source}>", f"tensor<61x{channels}x{target}>", channels
    text = f"""
func.func @q(%x: {t}) -> {u} {{
  %m = "tosa.const"() <{{values = dense<{multipliers}> : tensor<{c}x{size}>}}> : () -> tensor<{c}x{size}>
  %s = "tosa.const"() <{{values = dense<{shifts}> : tensor<{c}xi8>}}> : () -> tensor<{c}xi8>
  %zi = "tosa.const"() <{{values = dense<{zero}> : tensor<1x{source}>}}> : () -> tensor<1x{source}>
  %zo = "tosa.const"() <{{values = dense<{new_zero}> : tensor<1x{target}>}}> : () -> tensor<1x{target}>
  %0 = tosa.rescale %x, %m, %s, %zi, %zo {{input_unsigned = false, output_unsigned = false,
      per_channel = {str(per_channel).lower()}, rounding_mode = {rounding}, scale32 = {str(scale32).lower()}}}
      : ({t}, tensor<{c}x{size}>, tensor<{c}xi8>, tensor<1x{source}>, tensor<1x{target}>) -> {u}
  return %0 : {u}
}}
"""
    y = run(text, [x])
    bits = int(target[1:])
    want = [
        [rescale(int(v), bits, m, s, zero, new_zero, rounding) for v, m, s in zip(row, multipliers, shifts)]
        for row in x
    ]
    assert y.dtype == f"int{bits}" and (y == want).all(), f"{source} to {target}: {y[y != want]}"


def main():
    x = (10 * rng.standard_normal(1024)).astype(np.float32)
    assert (run(CALLS, [x]) == np.clip(x - np.clip(x, 0, 6), 0, 6)).all()
    x = rng.standard_normal(8).astype(np.float32)
    assert (run(PUBLIC, [x], "--entry=main") == 4 * x).all()
    assert (run(PUBLIC, [x], "--entry=double") == 2 * x).all()
    x = rng.standard_normal(4).astype(np.float32)
    assert (run(GLOBAL, [x]) == x * np.float32([1, -2, 3, 0.5])).all()
    x, w = rng.integers(-4, 5, (1, 8, 8, 1)), rng.integers(-4, 5, (3, 3, 1, 1))
    views = np.lib.stride_tricks.sliding_window_view(x[0, :, :, 0], (3, 3))[:2, :2]
    want = (views * w[:, :, 0, 0]).sum((2, 3))
    assert (run(WINDOW, [x.astype(np.float32), w.astype(np.float32)])[0, :, :, 0] == want).all()

    test_rescale("i32", "i8", [1431655765], [32], 0, 3, "DOUBLE_ROUND", True)
    test_rescale("i32", "i8", [1431655765], [32], 0, 3, "SINGLE_ROUND", True)
    test_rescale("i8", "i32", [1073741824], [11], -5, 0, "SINGLE_ROUND", True)
    test_rescale("i8", "i8", [1073741824, 1503238553, 2147483647], [30, 33, 36], 7, -9, "DOUBLE_ROUND", True)
    test_rescale("i16", "i8", [19661], [20], 0, 1, "SINGLE_ROUND", False)


main()
