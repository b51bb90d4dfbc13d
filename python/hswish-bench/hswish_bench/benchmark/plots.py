"""Pictures: bars against peers, a roofline of the layers, what activations cost."""

import pathlib

from . import report

_COLORS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#222222"]
_KINDS = {"stem": "o", "pointwise": "s", "depthwise": "^", "gemv": "D"}


def _figure(width, height):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height), layout="constrained")


def _save(figure, path):
    from matplotlib import pyplot

    figure.savefig(path)
    pyplot.close(figure)


def bars(rows, path, key="median_ms", unit="ms"):
    """A group of bars for each case, one bar a runtime."""
    names, cases = report.runtimes(rows), report.group(rows)
    figure, axes = _figure(max(6, 0.25 * len(names) * len(cases) + 3), 4)
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        heights = [found.get(name, {}).get(key, 0) for found in cases.values()]
        places = [x + (i - (len(names) - 1) / 2) * width for x in range(len(cases))]
        axes.bar(places, heights, width, label=name, color=_COLORS[i % len(_COLORS)])
    axes.set_xticks(
        range(len(cases)), cases, rotation=30 if len(cases) > 3 else 0, ha="right" if len(cases) > 3 else "center"
    )
    axes.set_ylabel(unit)
    axes.legend()
    _save(figure, path)


def layer_bars(rows, path):
    """How much longer the best peer takes, layer by layer."""
    cases = report.group(rows)
    pairs = [(case, report.best_peer(found), found.get("hswish", {})) for case, found in cases.items()]
    pairs = [(case, peer["median_ms"] / own["median_ms"]) for case, peer, own in pairs if peer and "median_ms" in own]
    figure, axes = _figure(8, 0.2 * len(pairs) + 1)
    axes.barh(
        [p[0] for p in pairs], [p[1] for p in pairs], color=["#4477aa" if p[1] >= 1 else "#ee6677" for p in pairs]
    )
    axes.axvline(1, color="#222222", linewidth=1)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel("time of the best peer / hswish")
    _save(figure, path)


def roofline(rows, path, machine):
    """Speed of each layer over its multiply-adds a byte, below what the machine
    was measured to do."""
    own = [row for row in rows if report.is_ours(row["runtime"]) and "gflops" in row]
    figure, axes = _figure(7, 5)
    intensity = lambda row: 2 * row["multiply_adds"] / row["bytes"]
    for i, (kind, marker) in enumerate(_KINDS.items()):
        points = [row for row in own if row["kind"] == kind]
        axes.plot(
            [intensity(row) for row in points],
            [row["gflops"] for row in points],
            marker,
            label=kind,
            color=_COLORS[i],
            markersize=5,
        )
    peak, bandwidth = machine["gflops"], machine["gigabytes_per_second"]
    low = min([intensity(row) for row in own] + [peak / bandwidth / 10]) / 2
    high = max([intensity(row) for row in own] + [peak / bandwidth * 2]) * 2
    ends = [low, peak / bandwidth, high]
    axes.plot(ends, [low * bandwidth, peak, peak], color="#222222", linewidth=1, label="measured limits (memory, FMA)")
    axes.set(xscale="log", yscale="log", xlabel="FLOP a byte", ylabel="GFLOP/s")
    axes.legend()
    _save(figure, path)


def bandwidths(rows, path):
    """GB/s over the size, one line a runtime; h-swish alone."""
    rows = [row for row in rows if row["case"].startswith("h-swish") and "median_ms" in row]
    figure, axes = _figure(7, 4)
    for i, name in enumerate(report.runtimes(rows)):
        points = [row for row in rows if row["runtime"] == name]
        axes.plot(
            [row["size"] for row in points],
            [row["gigabytes_per_second"] for row in points],
            marker="o",
            markersize=3,
            label=name,
            color=_COLORS[i % len(_COLORS)],
        )
    axes.set(xscale="log", yscale="log", xlabel="bytes of input", ylabel="GB/s read and written")
    axes.legend()
    _save(figure, path)


def draw(mode, rows, folder, machine, name=None):
    """The pictures of a mode, as SVG files in `folder`. `name`: of bars of times, if
    not the mode's."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if mode == "layers":
        for network in dict.fromkeys(row["network"] for row in rows):
            own = [row for row in rows if row["network"] == network]
            layer_bars(own, folder / f"layers-{network}.svg")
            roofline(own, folder / f"roofline-{network}.svg", machine)
    elif mode == "elementwise":
        bandwidths(rows, folder / "elementwise.svg")
    elif mode == "activations":
        bars(rows, folder / "activations.svg", "layers_ms", "ms, summed over the layers that h-swish is fused into")
    elif mode == "instructions":
        networks = [row for row in rows if row.get("kind") == "network"]
        bars(networks, folder / "instructions.svg", "instructions", "AArch64 instructions of a run")
    else:
        bars(rows, folder / f"{name or mode}.svg")
