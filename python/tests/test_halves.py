"""Conversions of f16 and bf16, with and without an instruction for them."""

import numpy as np
import pytest

pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import hswish

TARGETS = ["x86-64-v2", "x86-64-v3"]
WIDEN = """
module attributes {{hswish.model = "net"}} {{
  func.func @net(%x: tensor<{n}xf16>) -> tensor<{n}x{wide}> {{
    %0 = arith.extf %x : tensor<{n}xf16> to tensor<{n}x{wide}>
    return %0 : tensor<{n}x{wide}>
  }}
}}
"""
# Bits as the result: a function that looks at them is not computed in f32.
ROUND = """
module attributes {{hswish.model = "net"}} {{
  func.func @net(%x: tensor<{n}x{wide}>) -> tensor<{n}xi16> {{
    %0 = arith.truncf %x : tensor<{n}x{wide}> to tensor<{n}x{half}>
    %1 = arith.bitcast %0 : tensor<{n}x{half}> to tensor<{n}xi16>
    return %1 : tensor<{n}xi16>
  }}
}}
"""


def compute(text, values, target, tmp_path, **types):
    path = tmp_path / "net.mlir"
    path.write_text(text.format(n=values.size, **types))
    hswish.compile(path, tmp_path / "net.so", target=target)
    return hswish.load(tmp_path / "net.so")(values)


def bits(array):
    """Equal for equal bits, and for all quiet NaN."""
    unsigned = array.view(f"u{array.itemsize}")
    nan = array != array
    return np.where(nan, 0, unsigned), nan


def assert_same(got, expected):
    np.testing.assert_array_equal(bits(got)[1], bits(expected)[1])
    np.testing.assert_array_equal(bits(got)[0], bits(expected)[0])


def halves():
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def around_halves(dtype):
    """All halves, the middles between them, what is next to these, and noise."""
    exact = halves()[np.isfinite(halves())].astype(dtype)
    ordered = np.unique(np.append(exact, [dtype(65536), dtype(-65536)]))
    middles = (ordered[1:] + ordered[:-1]) / dtype(2)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(1 << 16).astype(dtype)
    points = np.concatenate([exact, middles])
    return np.concatenate(
        [points, np.nextafter(points, dtype(np.inf)), np.nextafter(points, dtype(-np.inf)), noise]
        + [np.array([np.inf, -np.inf, np.nan], dtype)]
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("wide", ["f32", "f64"])
def test_all_halves_are_widened(target, wide, tmp_path):
    got = compute(WIDEN, halves(), target, tmp_path, wide=wide)
    assert_same(got, halves().astype(got.dtype))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("wide", ["f32", "f64"])
def test_rounds_once_to_halves(target, wide, tmp_path):
    values = around_halves({"f32": np.float32, "f64": np.float64}[wide])
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16)
    got = compute(ROUND, values, target, tmp_path, wide=wide, half="f16")
    assert_same(got.view(np.float16), expected)


@pytest.mark.parametrize("target", TARGETS)
def test_rounds_to_bfloat16(target, tmp_path):
    patterns = np.arange(1 << 16, dtype=np.uint32) << 16
    offsets = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    values = (patterns[:, None] + offsets).ravel().view(np.float32)
    # To the nearest, ties to even.
    number = values.view(np.uint32).astype(np.uint64)
    expected = ((number + 0x7FFF + ((number >> 16) & 1)) >> 16).astype(np.uint16)
    got = compute(ROUND, values, target, tmp_path, wide="f32", half="bf16").view(np.uint16)
    nan = np.isnan(values)
    np.testing.assert_array_equal(got[~nan], expected[~nan])
    assert (got[nan] & 0x7FFF > 0x7F80).all()
