"""Conversions of f16 and bf16, with and without an instruction for them."""

import numpy as np
import pytest

pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import hswish

TARGETS = ["x86-64-v2", "x86-64-v3"]
EXTENSION = """
module attributes {{hswish.model = "net"}} {{
  func.func @net(%x: tensor<{n}x{source}>) -> tensor<{n}x{result}> {{
    %0 = arith.{op} %x : tensor<{n}x{source}> to tensor<{n}x{result}>
    return %0 : tensor<{n}x{result}>
  }}
}}
"""


def convert(values, source, result, target, tmp_path):
    """What the compiled model makes of `values`, as bits."""
    names = ["bf16", "f16", "f32", "f64"]
    op = "extf" if names.index(source) < names.index(result) else "truncf"
    path = tmp_path / "net.mlir"
    path.write_text(EXTENSION.format(n=values.size, source=source, result=result, op=op))
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
    noise = rng.integers(0, 1 << 32, 1 << 16, dtype=np.uint32).view(np.float32).astype(dtype)
    points = np.concatenate([exact, middles])
    return np.concatenate(
        [points, np.nextafter(points, dtype(np.inf)), np.nextafter(points, dtype(-np.inf)), noise]
        + [np.array([np.inf, -np.inf, np.nan], dtype)]
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("result", ["f32", "f64"])
def test_all_halves_are_widened(target, result, tmp_path):
    got = convert(halves(), "f16", result, target, tmp_path)
    assert_same(got, halves().astype(got.dtype))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", ["f32", "f64"])
def test_rounds_once_to_halves(target, source, tmp_path):
    values = around_halves({"f32": np.float32, "f64": np.float64}[source])
    with np.errstate(over="ignore", invalid="ignore"):
        expected = values.astype(np.float16)
    assert_same(convert(values, source, "f16", target, tmp_path), expected)
