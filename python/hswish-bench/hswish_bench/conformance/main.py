"""The command line of hswish-conformance."""

import argparse
import fnmatch
import importlib.util
import sys
import time

from .. import __version__
from . import codes, report
from .implementations import AVAILABLE, USUAL
from .numbers import DTYPES
from .sweep import OPS, examine


def parse(arguments):
    from . import __doc__ as description

    parser = argparse.ArgumentParser(
        prog="hswish-conformance", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--only", action="append", metavar="PATTERN", help="implementations; see --list")
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE.py:NAME", help="an implementation more")
    parser.add_argument("--op", action="append", choices=OPS, help="by default hard_swish and hard_sigmoid")
    parser.add_argument("--gradients", action="store_true", help="all four ops")
    parser.add_argument("--dtype", action="append", choices=DTYPES, help="by default all that there are")
    parser.add_argument("--codes", type=int, nargs="?", const=200, metavar="SCALES",
                        help="the 8-bit ops instead: all codes, 200 scales and zero points")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="all 2^32 f32, not a sample of 4 million")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", metavar="FILE", help="everything that was found")
    parser.add_argument("--markdown", metavar="FILE", help="the table")
    parser.add_argument("--plot", metavar="FILE", help="the error of f32 hard_swish over x (.png, .svg, .pdf)")
    parser.add_argument("--list", action="store_true", help="the names of all implementations")
    return parser.parse_args(arguments)


def load_plugin(text):
    """The object or class NAME of FILE.py."""
    path, _, name = text.rpartition(":")
    spec = importlib.util.spec_from_file_location("plugin", path) if path.endswith(".py") else None
    if not spec:
        raise SystemExit(f"hswish-conformance: --plugin {text}: expected FILE.py:NAME")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        found = getattr(module, name)
    except (OSError, AttributeError) as error:
        raise SystemExit(f"hswish-conformance: --plugin {text}: {error}") from None
    return found() if isinstance(found, type) else found


def select(args, available=AVAILABLE, usual=USUAL):
    """The implementations that are wanted and can be made."""
    for text in args.plugin:
        yield load_plugin(text)
    patterns = args.only or ([] if args.plugin else usual)
    names = [name for name in available if any(name == p or fnmatch.fnmatch(name, p) for p in patterns)]
    if patterns and not names:
        raise SystemExit(f"hswish-conformance: no implementation is called {' or '.join(patterns)}; see --list")
    for name in names:
        try:
            yield available[name]()
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main(arguments=None):
    args = parse(arguments)
    if args.list:
        print("\n".join(codes.AVAILABLE if args.codes else AVAILABLE))
        return 0
    if args.codes:
        return finish(args, list(examine_codes(args)), codes.COLUMNS, codes.row)
    ops = OPS if args.gradients else args.op or OPS[:2]
    results, start = [], time.monotonic()
    for implementation in select(args):
        for op in ops:
            for dtype in args.dtype or DTYPES:
                if op not in implementation.ops or dtype not in implementation.dtypes:
                    continue
                progress(f"{implementation.name}: {op} {dtype}")
                results.append(examine(implementation, op, dtype, args.all, args.threads, progress))
    progress("")
    print(f"{sum(result.inputs for result in results)} results in {time.monotonic() - start:.0f} s", file=sys.stderr)
    if args.plot:
        report.plot(results, args.plot)
    return finish(args, results)


def examine_codes(args):
    """The 8-bit ops, all codes of each."""
    for implementation in select(args, codes.AVAILABLE, codes.USUAL):
        for op in args.op or codes.OPS:
            for kind in codes.KINDS:
                if op in implementation.ops and kind in implementation.kinds:
                    progress(f"{implementation.name}: {op} {kind}")
                    yield codes.examine(implementation, op, kind, args.codes)
    progress("")


def finish(args, results, columns=report.COLUMNS, row=report.row):
    """Shows the table and writes the files."""
    print(report.table(results, columns=columns, row=row), end="")
    if args.json:
        report.write_json(results, args.json)
    if args.markdown:
        with open(args.markdown, "w") as file:
            file.write(report.table(results, markdown=True, columns=columns, row=row))
    return 0 if all(result.keeps_promise for result in results) else 1
