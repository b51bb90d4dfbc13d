"""Mode `instructions`: how many AArch64 instructions a run takes, under qemu.

Where there is no such machine this takes the place of times: the networks, and
each of their distinct layers, by our library and by other runtimes' packages for
AArch64. One run after a warm-up counts, on one thread. What a runtime takes for a
call is counted with a model that does next to nothing, and taken off the layers.
"""

import sys
from dataclasses import dataclass, replace

from ..networks import NETWORKS
from . import models, report, timing
from .compare import best_layouts, describe_failure
from .emulation import emulator as emulation
from .emulation import runners
from .peers import load, ours

TITLE = "Instructions on AArch64"
HELP = "AArch64 instructions of the networks and their layers, under qemu"

# Modules of the peers whose packages for AArch64 run under the emulator.
_PEERS = ["onnx_runtime", "open_vino", "litert"]


@dataclass
class _Part:
    """A case that is part of a network's table."""

    network: str
    case: models.Case
    jobs: dict  # layout -> Job


def run(context):
    missing = emulation.missing_tools()
    if missing:
        raise SystemExit(f"instructions: needs {', '.join(missing)}")
    emulator = emulation.Emulator(context.folder)
    parts = list(_parts(context))
    rows = _our_rows(parts, emulator, context)
    for name, module in _wanted_peers(context).items():
        rows += _peer_rows(parts, name, module, emulator, context)
    timing.progress("")
    rows = _without_calls(_in_order(parts, rows))
    for row in rows:
        if row["status"] != "ok":
            print(f"{row['case']}: {row['runtime']}: {row['status']}", file=sys.stderr)
    return rows


def _wanted_peers(context):
    """Modules by name. None without an AArch64 Python to run them."""
    modules = {load(module).NAME: module for module in _PEERS}
    wanted = {name: module for name, module in modules.items() if context.wanted is None or name in context.wanted}
    if wanted and not runners.have_peers():
        print(
            f"no AArch64 Python in {runners.peers_folder()}, left out: {', '.join(wanted)}; tools/aarch64-peers"
            " fetches it and them",
            file=sys.stderr,
        )
        return {}
    return wanted


def _parts(context):
    label = 1  # 0 is for rehearsals.
    for network, case in _cases(context):
        part = _Part(network, case, {})
        for layout, path in case.paths.items():
            timing.progress(f"{case.name}: expected answers")
            part.jobs[layout] = runners.Job.make(label, path, context.folder, case.shapes, case.picture)
            label += 1
        yield part


def _cases(context):
    """Each with its network's name."""
    for case in models.calls(context.folder):
        yield "", case
    for name in context.models:
        for case in models.networks([name], context.folder, context.spellings):
            yield name, replace(case, kind="network")
        if name in NETWORKS:
            for case in models.layers(name, context.folder):
                yield name, case


def _row(part, layout, name, version, tolerance, count=None, status="ok"):
    case, job = part.case, part.jobs[layout]
    row = {"case": case.name, "network": part.network, "kind": case.kind, "count": case.count}
    row |= {"multiply_adds": case.multiply_adds, "runtime": name, "version": version, "layout": layout}
    row["status"] = status
    if status == "ok":
        row["error"] = job.take_error()
        row["status"] = "ok" if row["error"] <= tolerance else "wrong"
    if row["status"] == "ok":
        row["instructions"] = count
    return row


def _our_rows(parts, emulator, context):
    rows = []
    for name, settings in context.variants(context.settings).items():
        settings = replace(settings, target="aarch64" if settings.target == "host" else settings.target)
        for part in parts:
            for layout, job in part.jobs.items():
                timing.progress(f"{part.case.name}: {name} {layout}")
                count, status = None, "ok"
                try:
                    count = runners.run_ours(emulator, job, settings)
                except RuntimeError as error:
                    status = describe_failure(error)
                rows.append(_row(part, layout, name, ours.version(), context.tolerance, count, status))
    return rows


def _peer_rows(parts, name, module, emulator, context):
    places = {job.label: (part, layout) for part in parts for layout, job in part.jobs.items()}
    jobs = [job for part in parts for job in part.jobs.values()]
    timing.progress(f"{name} starts")
    version, counts, statuses = runners.run_peer(
        emulator, module, jobs, lambda label: timing.progress(f"{places[label][0].case.name}: {name}")
    )
    if version is None:
        print(f"{name}: not installed in {runners.peers_folder()}, left out", file=sys.stderr)
        return []
    return [
        _row(part, layout, name, version, context.tolerance, counts.get(label), statuses[label])
        for label, (part, layout) in places.items()
    ]


def _in_order(parts, rows):
    """Case by case, each runtime in the layout that it likes best."""
    found = {}
    for row in rows:
        found.setdefault((row["network"], row["case"]), []).append(row)
    keys = [(part.network, part.case.name) for part in parts]
    return [row for key in keys for row in best_layouts(found[key], "instructions")]


def _without_calls(rows):
    calls = {(row["runtime"], row["layout"] == "NC"): row for row in rows if row["kind"] == "call"}
    for row in rows:
        if row["kind"] not in ("call", "network") and "instructions" in row:
            call = calls[row["runtime"], row["layout"] == "NC"].get("instructions", 0)
            row["counted"] = row["instructions"]
            row["instructions"] = row["counted"] - call
    return rows


# The report.


def conditions(context, rows):
    versions = {row["runtime"]: row["version"] for row in rows}
    missing = [name for name in (load(module).NAME for module in _PEERS) if name not in versions]
    return (
        f"qemu-aarch64 {emulation.Emulator.version()}, `-cpu {emulation.CPU}`, one thread. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + (f"; left out: {', '.join(missing)}" if missing else "")
        + ". Executed instructions of a run"
    )


def table(rows):
    networks = [name for name in dict.fromkeys(row["network"] for row in rows) if name]
    parts = [_totals(rows, networks)]
    for network in networks:
        layers = [row for row in rows if row["network"] == network and row["kind"] != "network"]
        if layers:
            parts.append(f"**{network}**\n\n{_layers(layers)}")
    return "\n".join(parts)


def _line(title, found, names, unit, digits):
    """`found`: runtime -> row. With how many times as many the best peer takes, and
    ours for each multiply-add of four numbers."""
    cells = [title]
    for name in names:
        row = found.get(name)
        known = row and "instructions" in row
        cells.append(
            f"{row['instructions'] / unit:.{digits}f}" if known else row["status"].split(":")[0] if row else ""
        )
    own, peer = found.get(ours.NAME, {}), report.best_peer(found, "instructions")
    known = own.get("instructions")
    # Less than nothing: no more than a call, whose count varies by some hundred.
    cells.append(f"{peer['instructions'] / known:.2f}" if known and peer and peer["instructions"] > 0 else "")
    steps = own.get("multiply_adds", 0) / 4
    cells.append(f"{known / steps:.2f}" if known and steps else "")
    return cells


def _header(first, names):
    return [first, *names, f"best peer / {ours.NAME}", f"{ours.NAME}, of a multiply-add of 4"]


def _totals(rows, networks):
    names = report.runtimes(rows)
    body = []
    for network in networks:
        own = [row for row in rows if row["network"] == network]
        for case, found in report.group(row for row in own if row["kind"] == "network").items():
            body.append(_line(f"**{case}**", found, names, 1e6, 1))
        layers = [row for row in own if row["kind"] != "network"]
        if layers:
            body.append(_line("its layers, alone", _sums(layers), names, 1e6, 1))
        for kind in dict.fromkeys(row["kind"] for row in layers):
            body.append(_line(kind, _sums([row for row in layers if row["kind"] == kind]), names, 1e6, 2))
    for case, found in report.group(row for row in rows if row["kind"] == "call").items():
        body.append(_line(case, found, names, 1e6, 4))
    return report.markdown(_header("million instructions", names), body)


def _sums(layers):
    """runtime -> the sum of its rows, each as often as the network has the layer."""
    found = {}
    for name in report.runtimes(layers):
        own = [row for row in layers if row["runtime"] == name]
        bad = next((row for row in own if "instructions" not in row), None)
        found[name] = bad or {
            key: sum(row["count"] * row[key] for row in own) for key in ("instructions", "multiply_adds")
        }
    return found


def _layers(rows):
    names = report.runtimes(rows)
    body = []
    for case, found in report.group(rows).items():
        title, *cells = _line(case, found, names, 1e3, 1)
        body.append([title, str(next(iter(found.values()))["count"]), *cells])
    first, *rest = _header("thousand instructions", names)
    return report.markdown([first, "times", *rest], body)
