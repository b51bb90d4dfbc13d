"""One case, every runtime: prepared, checked, timed in turns."""

import sys

import numpy as np

from hswish.memory import empty

from .. import reference
from . import timing
from .peers import ours

# Threads of a runtime wait for its next run awake, up to some 50 ms: in the way
# of the next runtime.
_PAUSE = 0.1
# By this part of the output's range: half precision has eleven bits, and a hundred layers round.
_TOLERANCE_OF_F16 = 1e-3


def prepare_all(case, variants, peers, settings, tolerance):
    """Runners by (runtime, layout) and, for all that was tried, a row that says
    how far its answer is off or why there is none. `variants`: name -> settings
    of our own. A runtime whose answer is wrong is not timed."""
    runners, rows = {}, []
    for layout, path in case.paths.items():
        inputs = reference.make_inputs(path, case.shapes, case.picture)
        inputs = {name: _aligned(array) for name, array in inputs.items()}
        expected = reference.session(path).run(None, inputs)
        candidates = [(name, ours, own) for name, own in variants.items()]
        candidates += [(name, peer, settings) for name, peer in peers.items()]
        for name, peer, options in candidates:
            timing.progress(f"{case.name}: preparing {name} {layout}")
            row = {"case": case.name, "runtime": name, "layout": layout}
            rows.append(row)
            try:
                runner = peer.prepare(path, inputs, options)
                runner.run()
                answers = [np.array(answer) for answer in runner.read()]
                row["error"] = max(map(reference.relative_error, answers, expected))
            except Exception as error:  # of a stranger's program: whatever it is, it is reported
                row["status"] = describe_failure(error)
                continue
            row |= runner.notes
            allowed = max(tolerance, _TOLERANCE_OF_F16) if options.weights == "f16" else tolerance
            row["status"] = "ok" if row["error"] <= allowed else "wrong"
            if row["status"] == "ok":
                runners[name, layout] = runner
    timing.progress("")
    return runners, rows


def _aligned(array):
    result = empty(array.shape, array.dtype)
    result[:] = array
    return result


def describe_failure(error):
    """The status of a runtime that refused a model: the first line of what it says."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"failed: {type(error).__name__}: {lines[0][:200] if lines else ''}"


def compare(case, context, settings=None, extra=()):
    """Rows of all runtimes on `case`, each in its best layout. `extra`: rows of
    functions that need no check, by name."""
    settings = settings or context.settings
    runners, rows = prepare_all(case, context.variants(settings), context.peers, settings, context.tolerance)
    for name, runner in dict(extra).items():
        runners[name, ""] = runner
        rows.append({"case": case.name, "runtime": name, "layout": "", "error": 0.0, "status": "ok"})
    runs = {key: runner.run for key, runner in runners.items()}
    pause = _PAUSE if settings.threads > 1 else 0
    times = timing.measure(runs, context.seconds, label=case.name, pause=pause) if runs else {}
    for row in rows:
        found = times.get((row["runtime"], row["layout"]))
        if found:
            row |= found.as_dict()
            row |= _rates(case, found.median_ms, context.machine)
    rows = best_layouts(rows)
    for row in rows:
        if row["status"] != "ok":
            print(f"{case.name}: {row['runtime']}: {row['status']}", file=sys.stderr)
    return add_ratios(rows)


def _rates(case, milliseconds, machine):
    rates = {"count": case.count, "kind": case.kind}
    if case.multiply_adds:
        rates["gflops"] = 2e-6 * case.multiply_adds / milliseconds
        rates["of_peak"] = rates["gflops"] / machine["gflops"]
        rates["multiply_adds"] = case.multiply_adds
    if case.bytes:
        rates["gigabytes_per_second"] = 1e-6 * case.bytes / milliseconds
        rates["of_bandwidth"] = rates["gigabytes_per_second"] / machine["gigabytes_per_second"]
        rates["bytes"] = case.bytes
    return rates


def best_layouts(rows, cost="median_ms"):
    """One row a runtime: the cheapest that is right, or else the first."""
    best = {}
    for row in rows:
        have = best.get(row["runtime"])
        if have is None or row.get(cost, np.inf) < have.get(cost, np.inf):
            best[row["runtime"]] = row
    return list(best.values())


def add_ratios(rows, base=ours.NAME):
    """Of each row's time to that of our default."""
    own = next((row["median_ms"] for row in rows if row["runtime"] == base and "median_ms" in row), None)
    for row in rows:
        if own and "median_ms" in row:
            row["ratio"] = row["median_ms"] / own
    return rows
