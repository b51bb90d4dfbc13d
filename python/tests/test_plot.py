"""The picture can be drawn, and shows the right functions."""

import sys

import numpy as np
import pytest

import hswish
from hswish_bench.plotting import hard_swish, swish


def test_functions():
    np.testing.assert_allclose(hard_swish([-4.0, -3.0, 0.0, 1.0, 3.0, 5.0]), [0, 0, 0, 4 / 6, 3, 5])
    np.testing.assert_allclose(swish([0.0, 1.0]), [0, 0.7310586])
    x = np.linspace(-10, 10, 1001)
    assert np.abs(hard_swish(x) - swish(x)).max() < 0.15


def test_draws(tmp_path):
    pytest.importorskip("matplotlib")
    figure = hswish.plot()
    assert [len(axes.get_legend().get_texts()) for axes in figure.axes] == [2, 1]
    hswish.plot(tmp_path / "hswish.png")
    assert (tmp_path / "hswish.png").stat().st_size > 10000


def test_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "hswish_bench.plotting", None)
    with pytest.raises(ImportError, match=r"pip install 'hswish\[plot\]'"):
        hswish.plot()
