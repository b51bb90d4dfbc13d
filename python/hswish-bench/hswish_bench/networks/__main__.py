"""Command line of hswish_bench.networks."""

import argparse
import json
import sys

import onnx

from .. import __version__
from . import NETWORKS, SPELLINGS, Options, build


def _dimension(text):
    return int(text) if text.isdigit() else text


def _size(text):
    height, _, width = text.partition("x")
    return (_dimension(height), _dimension(width or height))


def parse_arguments(arguments):
    networks = "\n".join(f"  {name:20} {define.__doc__}" for name, (define, _) in NETWORKS.items())
    spellings = "\n".join(f"  {s.form:4} {name}" for name, s in SPELLINGS.items())
    parser = argparse.ArgumentParser(
        prog="hswish_bench.networks",
        description="Writes a network with seeded random weights as an ONNX file.",
        epilog=f"networks:\n{networks}\n\nspellings of h-swish (by name or id):\n{spellings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("network", choices=NETWORKS, metavar="NETWORK")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the ONNX file to write")
    parser.add_argument(
        "--bn", choices=["folded", "unfolded"], default="unfolded", help="batch norm (default: unfolded)"
    )
    parser.add_argument("--hard-swish", default="op", metavar="SPELLING", help="how h-swish is written (default: op)")
    parser.add_argument("--hard-sigmoid", metavar="SPELLING", help="how gates are written (default: as h-swish)")
    parser.add_argument(
        "--activation",
        type=lambda name: None if name == "none" else name,
        choices=["hard_swish", "relu6", "swish", None],
        default="hard_swish",
        metavar="{hard_swish,relu6,swish,none}",
        help="in the place of h-swish, to see what it costs",
    )
    parser.add_argument("--constants", choices=["initializer", "node"], default="initializer")
    parser.add_argument("--dtype", choices=["float32", "float16"], default="float32")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--batch", type=_dimension, default=1, help="a number, or a name for a symbolic batch")
    parser.add_argument("--size", type=_size, metavar="HxW", help="picture size; names make it symbolic")
    parser.add_argument("--width", type=float, default=1.0, help="factor on the number of channels")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--softmax", action="store_true", help="end in a softmax")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse_arguments(arguments)
    chosen = {key: value for key, value in vars(args).items() if key in Options.__dataclass_fields__}
    try:
        graph = build(args.network, Options(batch_norm=args.bn, **chosen))
        onnx.save(graph.model(), args.output)
    except (ValueError, OSError) as error:
        print(f"hswish_bench.networks: error: {error}", file=sys.stderr)
        return 1
    counts = {"network": args.network, "parameters": graph.parameters, "multiply_adds": graph.multiply_adds}
    if args.json:
        print(json.dumps(counts))
    else:
        print(
            f"{args.output}: {args.network}, {graph.parameters:,} parameters, {graph.multiply_adds / 1e6:.1f} M multiply-adds"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
