"""Tables in Markdown."""

import statistics

from .peers import ours


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def group(rows):
    """case -> runtime -> row, in order."""
    cases = {}
    for row in rows:
        cases.setdefault(row["case"], {})[row["runtime"]] = row
    return cases


def runtimes(rows):
    return list(dict.fromkeys(row["runtime"] for row in rows))


def is_ours(runtime):
    return runtime.split()[0] == ours.NAME


def best_peer(found, cost="median_ms"):
    """The cheapest row that is neither ours nor a mere copy, or None."""
    peers = [row for name, row in found.items() if not is_ours(name) and name != "copy" and cost in row]
    return min(peers, key=lambda row: row[cost], default=None)


def _cell(row, digits=2):
    if row is None:
        return ""
    if "median_ms" not in row:
        return row["status"].split(":")[0]
    return f"{row['median_ms']:.{digits}f} ±{100 * row['spread']:.0f}%"


def _advantage(found, name):
    """How much longer the best peer takes."""
    peer, own = best_peer(found), found.get(name)
    if peer is None or own is None or "median_ms" not in own:
        return ""
    return f"{peer['median_ms'] / own['median_ms']:.2f}"


def times_table(rows):
    """One line a case: milliseconds of all, and how far ahead ours are."""
    names = runtimes(rows)
    own = [name for name in names if is_ours(name)]
    header = ["ms", *names, *[f"best peer / {name}" for name in own]]
    speeds = any("gflops" in row for row in rows)  # Nobody knows the operations of whole files.
    if speeds:
        header += ["GFLOP/s", "of peak"]
    body = []
    for case, found in group(rows).items():
        line = [case, *[_cell(found.get(name)) for name in names], *[_advantage(found, name) for name in own]]
        first = found.get(own[0], {}) if own else {}
        if speeds:
            line += [f"{first['gflops']:.0f}", f"{100 * first['of_peak']:.0f} %"] if "gflops" in first else ["", ""]
        body.append(line)
    if len(body) > 2:
        means = [_geometric_mean(line[1 + len(names) + i] for line in body) for i in range(len(own))]
        body.append(["geometric mean", *[""] * len(names), *means, *[""] * 2 * speeds])
    return markdown(header, body)


def _geometric_mean(cells):
    ratios = [float(cell) for cell in cells if cell]
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else ""


def layers_table(rows):
    """One line a layer, in µs, with what its speed is of the machine's."""
    names = runtimes(rows)
    header = ["layer", "times", *[f"{name}, µs" for name in names], "best peer / hswish", "GFLOP/s", "of peak"]
    body = []
    for case, found in group(rows).items():
        line = [case, str(next(iter(found.values())).get("count", ""))]
        for name in names:
            row = found.get(name)
            line.append(f"{1e3 * row['median_ms']:.1f}" if row and "median_ms" in row else _cell(row))
        own = found.get(ours.NAME, {})
        line.append(_advantage(found, ours.NAME))
        line += [f"{own['gflops']:.0f}", f"{100 * own['of_peak']:.0f} %"] if "gflops" in own else ["", ""]
        body.append(line)
    return markdown(header, [*body, _sum_of_layers(rows, names)])


def _sum_of_layers(rows, names):
    """All layers of the network one after the other; of the peers, too, the best
    for each layer glued together."""
    cases = group(rows)

    def total(pick):
        found = [pick(case) for case in cases.values()]
        if not all(row and "median_ms" in row for row in found):
            return None
        return sum(row["count"] * row["median_ms"] for row in found)

    sums = [total(lambda found, name=name: found.get(name)) for name in names]
    own, glued = total(lambda found: found.get(ours.NAME)), total(best_peer)
    line = ["sum", "", *[f"{1e3 * ms:.0f}" if ms else "" for ms in sums]]
    line.append(f"{glued / own:.2f}" if own and glued else "")
    operations = sum(2e-6 * row["count"] * row["multiply_adds"] for row in rows if row["runtime"] == ours.NAME and own)
    first = next((row for row in rows if row.get("of_peak")), None)
    if not own or not first:
        return [*line, "", ""]
    peak = first["gflops"] / first["of_peak"]
    return [*line, f"{operations / own:.0f}", f"{100 * operations / own / peak:.0f} %"]


def ratios_table(rows):
    """One line a case: microseconds of all, and how often the first one's time
    the others take."""
    names = runtimes(rows)
    body = []
    for case, found in group(rows).items():
        line = [case]
        for name in names:
            row = found.get(name)
            line.append(f"{1e3 * row['median_ms']:.1f}" if row and "median_ms" in row else _cell(row))
        for name in names[1:]:
            ratio = found.get(name, {}).get("ratio")
            line.append(f"{ratio:.2f}" if ratio else "")
        body.append(line)
    return markdown(["µs", *names, *[f"{name} / {names[0]}" for name in names[1:]]], body)


def bandwidth_table(rows):
    names = runtimes(rows)
    header = ["size", *names, "hswish / copy"]
    body = []
    for case, found in group(rows).items():
        line = [case.rpartition(", ")[2]]
        for name in names:
            row = found.get(name, {})
            line.append(f"{row['gigabytes_per_second']:.1f}" if "median_ms" in row else _cell(row or None))
        own, copy = found.get(ours.NAME, {}), found.get("copy", {})
        both = "median_ms" in own and "median_ms" in copy
        line.append(f"{copy['median_ms'] / own['median_ms']:.2f}" if both else "")
        body.append(line)
    return markdown(header, body)


def describe_machine(machine):
    return (
        f"{machine['cpu']}, {machine['caches']}; of one core, measured: {machine['gflops']:.0f} GFLOP/s of f32 "
        f"multiply-adds, {machine['gigabytes_per_second']:.1f} GB/s read from memory"
    )
