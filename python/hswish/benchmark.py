"""Speed, side by side with other runtimes in one interleaved run.

    python -m hswish.benchmark                      # MobileNetV3-Large and -Small
    python -m hswish.benchmark net.onnx --rounds 50 --json result.json

One thread, one picture at a time. Answers are compared before anything is
timed. The runtimes take turns in random order, a few runs each, so that all see
the same state of the machine; what counts is the median.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from . import reference
from .model import load
from .networks import NETWORKS, Options, build


def hswish_runner(path, inputs, args):
    """Compiles ahead of time and runs the shared library."""
    library = pathlib.Path(args.folder) / (path.stem + ".so")
    start = time.perf_counter()
    shapes = [f"--shape={name}={'x'.join(map(str, array.shape))}" for name, array in inputs.items()]
    command = [args.compiler, path, "-o", library, f"--target={args.target}", *shapes]
    if args.accuracy:
        command.append(f"--accuracy={args.accuracy}")
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - start
    model = load(library)
    arrays = [inputs[info.name] for info in model.inputs]
    outputs = [np.empty(info.shape, info.dtype) for info in model.outputs]

    def run():
        model(*arrays, out=outputs)
        return outputs

    return run, {"compile_seconds": seconds}


def onnxruntime_runner(path, inputs, args):
    """ONNX Runtime with all its optimisations, inputs and outputs bound."""
    import onnxruntime

    session = reference.session(path, optimized=True)
    binding = session.io_binding()
    for name, array in inputs.items():
        binding.bind_cpu_input(name, array)
    for info in session.get_outputs():
        binding.bind_output(info.name)

    def run():
        session.run_with_iobinding(binding)
        return binding.get_outputs()

    return lambda: run(), {"version": onnxruntime.__version__, "read": lambda out: [value.numpy() for value in out]}


def openvino_runner(path, inputs, args):
    """OpenVINO's CPU plugin, one thread, full precision."""
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({name: list(array.shape) for name, array in inputs.items()})
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    for name, array in inputs.items():
        request.set_tensor(name, openvino.Tensor(array, shared_memory=True))

    def run():
        request.infer()
        return request

    def read(request):
        return [request.get_output_tensor(i).data for i in range(len(request.model_outputs))]

    return run, {"version": openvino.__version__, "read": read}


RUNNERS = {"hswish": hswish_runner, "onnxruntime": onnxruntime_runner, "openvino": openvino_runner}


def measure(runs, rounds, block, seed=0):
    """Milliseconds of each run, by name: blocks in random order, the first two
    runs of a block are not counted."""
    order, times = list(runs), {name: [] for name in runs}
    shuffle = random.Random(seed)
    for done in range(rounds):
        shuffle.shuffle(order)
        for name in order:
            for i in range(block + 2):
                start = time.perf_counter_ns()
                runs[name]()
                elapsed = time.perf_counter_ns() - start
                if i >= 2:
                    times[name].append(elapsed / 1e6)
        _progress(f"round {done + 1} of {rounds}")
    _progress("")
    return times


def _progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def compare(path, args):
    """Builds, checks and times every runtime on the model at `path`."""
    shapes = dict(_shape(text) for text in args.shape)
    inputs = reference.make_inputs(path, shapes)
    expected = reference.session(path).run(None, inputs)
    runs, rows = {}, {}
    for name in ["hswish", *args.peers]:
        _progress(f"{path.stem}: preparing {name}")
        try:
            run, extra = RUNNERS[name](path, inputs, args)
        except ImportError:
            print(f"{name} is not installed: left out", file=sys.stderr)
            continue
        actual = extra.pop("read", lambda out: out)(run())
        error = max(map(reference.relative_error, actual, expected))
        if name == "hswish" and not error <= args.tolerance:
            raise SystemExit(f"{path.name}: wrong answer: error {error:.1e} of the output's range")
        runs[name], rows[name] = run, {"error": error, **extra}
    for name, times in measure(runs, args.rounds, args.block).items():
        low = statistics.quantiles(times, n=10)[0] if len(times) > 1 else times[0]
        rows[name] |= {"median_ms": statistics.median(times), "p10_ms": low, "min_ms": min(times)}
    for row in rows.values():
        row["speedup"] = row["median_ms"] / rows["hswish"]["median_ms"]
    return rows


def _shape(text):
    name, _, sizes = text.rpartition("=")
    return name, tuple(int(n) for n in sizes.split("x"))


def print_table(results, file=None):
    header = f"{'network':34} {'runtime':12} {'median ms':>9} {'p10 ms':>8} {'hswish is':>10} {'error':>8}"
    print(header, file=file)
    for network, rows in results.items():
        for name, row in rows.items():
            ratio = "" if name == "hswish" else f"{row['speedup']:.2f}x"
            numbers = f"{row['median_ms']:9.3f} {row['p10_ms']:8.3f} {ratio:>10} {row['error']:8.1e}"
            print(f"{network:34} {name:12} {numbers}", file=file)


def find_tool(name):
    """A tool of the compiler: in $HSWISH_BIN, or in the PATH."""
    folder = os.environ.get("HSWISH_BIN")
    return str(pathlib.Path(folder) / name) if folder else name


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="hswish.benchmark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = ["mobilenet_v3_large", "mobilenet_v3_small"]
    parser.add_argument("models", nargs="*", default=default, metavar="MODEL", help="an ONNX file, or a network's name")
    parser.add_argument("--spelling", action="append", help="of h-swish in generated networks; may be repeated")
    parser.add_argument("--shape", action="append", default=[], metavar="NAME=1x3x224x224", help="for dynamic models")
    parser.add_argument("--peers", nargs="*", default=["onnxruntime"], choices=[*RUNNERS][1:])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--block", type=int, default=8, help="timed runs in a row")
    parser.add_argument("--target", default="host")
    parser.add_argument("--accuracy", default="", help="fast, default, torch or onnx")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of the output's range")
    parser.add_argument("--compiler", default=find_tool("hswish-compile"))
    parser.add_argument("--json", metavar="FILE", help="write the results there, - for the standard output")
    return parser.parse_args(arguments)


def _models(args):
    """Name in the results and path of each model; generates what has no file."""
    for model in args.models:
        if model not in NETWORKS:
            yield pathlib.Path(model).stem, pathlib.Path(model)
            continue
        for spelling in args.spelling or ["op"]:
            import onnx

            path = pathlib.Path(args.folder) / f"{model}-{spelling}.onnx"
            onnx.save(build(model, Options(hard_swish=spelling)).model(), path)
            yield model if spelling == "op" else f"{model} ({spelling})", path


def main(arguments=None):
    args = parse_arguments(arguments)
    if hasattr(os, "sched_setaffinity"):
        # One core for everybody, and always the same one.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as args.folder:
        results = {name: compare(path, args) for name, path in _models(args)}
    if args.json == "-":
        print(json.dumps(results, indent=2))
        return 0
    print_table(results)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
