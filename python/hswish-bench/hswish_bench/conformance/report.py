"""The findings as a table, as JSON and as a picture."""

import json

COLUMNS = [
    "implementation",
    "type",
    "op",
    "max ULP",
    "at x",
    "not nearest",
    "y ≠ x above 3",
    "below -3",
    "-inf",
    "NaN",
    "subnormals",
    "all parts",
    "in place",
]


def share(value):
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{100 * value:.1f} %" if value >= 0.001 else f"{100 * value:.1e} %"


def row(result):
    identity = "overflows" if result.infinite else share(result.share_not_identity)
    nan = "lost" if result.numbers_of_nan else result.nan_payload
    return [
        result.implementation,
        result.dtype + ("" if result.is_complete else " (sample)"),
        result.op,
        f"{result.max_ulp:.6f}" if result.max_ulp <= 0.5 else f"{result.max_ulp:.4g}",
        f"{result.worst_x:.9g}",
        share(result.share_not_nearest),
        identity,
        result.below_minus_3,
        result.values["-inf"],
        nan,
        f"{result.subnormals_flushed} flushed" if result.subnormals_flushed else "kept",
        result.parts,
        result.in_place,
    ] + ([] if result.keeps_promise else ["BREAKS ITS PROMISE"])


def table(results, markdown=False, columns=COLUMNS, row=row):
    """Aligned columns, or a Markdown table."""
    rows = [columns, *map(row, results)]
    if markdown:
        lines = ["| " + " | ".join(cells) + " |" for cells in rows]
        return "\n".join([lines[0], "|" + "---|" * len(columns), *lines[1:]]) + "\n"
    widths = [max(len(cells[i]) for cells in rows if i < len(cells)) for i in range(max(map(len, rows)))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() + "\n" for cells in rows)


def write_json(results, path):
    with open(path, "w") as file:
        json.dump([result.as_dict() for result in results], file, indent=1)
        file.write("\n")


def plot(results, path, op="hard_swish", dtype="f32"):
    """The largest error over x, a line for each implementation."""
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    from .sweep import HIGH, LOW

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    axes.set_prop_cycle(color=colormaps["tab20"].colors)
    for result in results:
        if (result.op, result.dtype) != (op, dtype):
            continue
        profile = np.asarray(result.profile)
        x = np.linspace(LOW, HIGH, len(profile), endpoint=False)
        axes.step(x, np.maximum(profile, 1e-2), where="post", linewidth=0.9, label=result.implementation)
    axes.set_yscale("log")
    axes.axhline(0.5, color="grey", linestyle=":", linewidth=0.8)
    axes.set_xlabel("x")
    axes.set_ylabel("largest error, units of the last place")
    axes.set_title(f"{op}, {dtype}: distance from the real number (dotted: the nearest float)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize="small", ncols=2)
    figure.savefig(path, dpi=120)
