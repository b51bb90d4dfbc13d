"""Command line of the benchmark."""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import sys
import tempfile

from .. import __version__
from . import __doc__ as description
from . import activations, elementwise, instructions, layers, networks, reductions, report, scaling
from . import machine as machines
from .context import Context
from .peers import Settings, installed, names, ours

# Those that take times on this machine: all of them are "all".
TIMED = {
    "networks": networks,
    "layers": layers,
    "elementwise": elementwise,
    "reductions": reductions,
    "activations": activations,
    "threads": scaling.Threads,
    "batch": scaling.Batch,
}
MODES = TIMED | {"instructions": instructions}


def _bytes(text):
    units = {"K": 10, "M": 20}
    return int(text[:-1]) << units[text[-1]] if text[-1] in units else int(text)


def _flags(parser):
    default = ["mobilenet_v3_large", "mobilenet_v3_small"]
    what = parser.add_argument_group("what is measured")
    what.add_argument(
        "models",
        nargs="*",
        default=default,
        metavar="MODEL",
        help="a network's name, or an ONNX file; FILE.onnx:INPUT=1x3x224x224 for dynamic inputs",
    )
    what.add_argument("--spelling", action="append", help="of h-swish in generated networks; may be repeated")
    what.add_argument("--target", action="append", help="of hswish (default: host); may be repeated")
    what.add_argument(
        "--accuracy", action="append", help="of hswish: fast, default, torch, onnx or exact; may be repeated"
    )
    what.add_argument(
        "--weights",
        action="append",
        choices=["f32", "f16"],
        help="how hswish stores those of products; may be repeated",
    )
    what.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="mode threads: numbers of threads")
    what.add_argument("--batches", type=int, nargs="+", default=[1, 8], help="mode batch: pictures at a time")
    what.add_argument("--sizes", type=_bytes, nargs="+", default=[], help="mode elementwise: 64K, 16M, …")
    how = parser.add_argument_group("how")
    how.add_argument("--peers", nargs="*", choices=names(), help="default: all that are installed")
    how.add_argument("--before", metavar="FOLDER", default="", help='of another build\'s tools: measured as "before"')
    how.add_argument("--seconds", type=float, default=3.0, help="of turns for each case")
    how.add_argument("--tolerance", type=float, default=1e-4, help="of the output's range")
    where = parser.add_argument_group("where the results go")
    where.add_argument("--json", metavar="FILE", help="all that was measured; - for the standard output")
    where.add_argument("--plots", metavar="FOLDER", help="pictures, as SVG")
    where.add_argument("--write", metavar="FILE.md", help="put the tables between the document's markers")
    where.add_argument("--section", help="the name that the markers have (default: the mode's)")
    where.add_argument("--title", help="what stands above a new section (default: the mode's)")


def parse_arguments(arguments):
    modes = "\n".join(f"  {name:12} {mode.HELP}" for name, mode in MODES.items())
    parser = argparse.ArgumentParser(
        prog="hswish-bench",
        description=description,
        epilog=f"modes (without one: networks; all: those that take times, one after the other):\n{modes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    _flags(parser)
    chosen = arguments[0] if arguments and arguments[0] in [*MODES, "all"] else None
    args = parser.parse_args(arguments[1:] if chosen else arguments)
    args.modes = list(TIMED) if chosen == "all" else [chosen or "networks"]
    return args


def _context(args, folder):
    timed = not set(args.modes).isdisjoint(TIMED)
    peers, missing = installed(args.peers if timed else [])
    versions = {name: peer.version() for name, peer in peers.items()}
    print(
        f"measured: {ours.NAME} {ours.version()}", *[f"{n} {v}" for n, v in versions.items()], sep=", ", file=sys.stderr
    )
    if missing:
        print(f"not installed, left out: {', '.join(missing)}", file=sys.stderr)
    machine = machines.describe(timed) | {"versions": {ours.NAME: ours.version(), **versions}, "missing": missing}
    return Context(
        machine,
        peers,
        Settings(folder=folder),
        seconds=args.seconds,
        tolerance=args.tolerance,
        accuracies=args.accuracy or [""],
        targets=args.target or ["host"],
        weights=args.weights or [""],
        models=args.models,
        spellings=args.spelling or ["op"],
        threads=args.threads,
        batches=args.batches,
        sizes=args.sizes,
        wanted=args.peers,
        before=args.before,
    )


def _conditions(context, rows):
    versions = ", ".join(f"{name} {version}" for name, version in context.machine["versions"].items())
    missing = context.machine["missing"]
    return (
        f"{report.describe_machine(context.machine)}. {versions}"
        + (f"; not installed: {', '.join(missing)}" if missing else "")
        + ". Medians of turns"
    )


def _section(mode, rows, context, command):
    """A mode's table with all that it takes to judge and repeat it."""
    conditions = getattr(MODES[mode], "conditions", _conditions)(context, rows)
    lines = [f"{datetime.date.today()}, {conditions}; `{command}`", "", MODES[mode].table(rows)]
    failures = [row for row in rows if row["status"] != "ok"]
    lines += [f"- {row['case']}, {row['runtime']}: {_complaint(row)}" for row in failures]
    return "\n".join(lines)


def _complaint(row):
    if row["status"] == "wrong":
        return f"wrong by {row['error']:.1e} of the output's range, not timed"
    return row["status"]


def _write_json(path, results):
    text = json.dumps(results, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        pathlib.Path(path).write_text(text)


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    args = parse_arguments(arguments)
    # One thread unless a mode says otherwise, whatever the libraries think.
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TVM_NUM_THREADS"]:
        os.environ.setdefault(name, "1")
    command = shlex.join(["hswish-bench", *arguments])
    results, sections = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        machines.pin()
        context = _context(args, folder)
        for mode in args.modes:
            machines.pin(max(args.threads) if mode == "threads" else 1)
            rows = MODES[mode].run(context)
            results[mode] = rows
            sections[args.section or mode] = section = _section(mode, rows, context, command)
            if args.json != "-":
                print(f"## {MODES[mode].TITLE}\n\n{section.rstrip()}\n")
            if args.plots:
                from .plots import draw

                draw(mode, rows, args.plots, context.machine, args.section)
    if args.json:
        _write_json(args.json, {"command": command, "machine": context.machine, **results})
    if args.write:
        from .document import update

        update(args.write, sections, {args.section or mode: args.title or MODES[mode].TITLE for mode in args.modes})
    wrong = [
        row for rows in results.values() for row in rows if row["status"] != "ok" and report.is_ours(row["runtime"])
    ]
    for row in wrong:
        print(f"hswish-bench: error: {row['case']}: {row['runtime']}: {_complaint(row)}", file=sys.stderr)
    return 1 if wrong else 0
