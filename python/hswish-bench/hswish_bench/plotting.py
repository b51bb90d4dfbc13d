"""The picture of the note: h-swish beside swish, and their difference."""

import numpy as np


def hard_swish(x):
    """x * relu6(x + 3) / 6"""
    x = np.asarray(x)
    return x * np.clip(x + 3, 0, 6) / 6


def swish(x):
    """x * sigmoid(x)"""
    x = np.asarray(x)
    return x / (1 + np.exp(-x))


def plot(path=None, low=-6.0, high=6.0):
    """Draws h-swish beside swish and, below, their difference. Returns the
    matplotlib figure, or writes it to `path` (.png, .svg, .pdf) and returns
    that. Needs matplotlib: `pip install hswish[plot]`."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("hswish.plot needs matplotlib: pip install matplotlib") from error

    x = np.linspace(low, high, 1201)
    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    above.plot(x, hard_swish(x), label="h-swish: x · ReLU6(x + 3) / 6", color="C0")
    above.plot(x, swish(x), label="swish: x · sigmoid(x)", color="C1", linestyle="--")
    below.plot(x, hard_swish(x) - swish(x), label="h-swish − swish", color="C2")
    for axes in (above, below):
        for kink in (-3, 3):
            axes.axvline(kink, color="grey", linewidth=0.6, linestyle=":")
        axes.axhline(0, color="grey", linewidth=0.6)
        axes.legend(loc="upper left")
    below.set_xlabel("x")
    if path is None:
        return figure
    figure.savefig(path)
    return path
