"""Networks in every spelling become the same fused ops."""

import re

import pytest

onnx = pytest.importorskip("onnx")

from tools import run_tool

from hswish_bench.networks import SPELLINGS, make


def fuse(tmp_path, **options):
    """The activations and loops of a fused network, and all remarks."""
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", **options), path)
    result = run_tool("hswish-compile", "--explain", path, "--emit=mlir", "-o", "-")
    text = result.stdout
    counts = {op: text.count(op) for op in ("hswish.hard_swish", "hswish.hard_sigmoid", "linalg.generic")}
    return counts, re.findall(r"like h-\w+, but .*", result.stderr)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    counts, _ = fuse(tmp_path_factory.mktemp("op"), hard_swish="op")
    assert counts["hswish.hard_swish"] > 5
    return counts


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_raised(spelling, expected, tmp_path):
    found, remarks = fuse(tmp_path, hard_swish=spelling)
    assert found == expected
    assert not remarks


@pytest.mark.parametrize("spelling", ["op", "add_clip_mul_div", "add_clip_scale_mul", "unscaled"])
def test_half_precision(spelling, expected, tmp_path):
    found, remarks = fuse(tmp_path, hard_swish=spelling, dtype="float16")
    # The border's two casts are loops of their own.
    assert found == {**expected, "linalg.generic": found["linalg.generic"]}
    assert not remarks
