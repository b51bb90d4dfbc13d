"""The command."""

import argparse
import collections
import os
import pathlib
import sys
import time

import numpy as np
import onnx

from . import execute
from .check import check, choose_ways
from .generate import generate
from .reduce import reduce


def parse_arguments():
    parser = argparse.ArgumentParser(
        "tools/fuzz-graphs", description="Compiles random ONNX graphs and looks for wrong answers."
    )
    parser.add_argument("--minutes", type=float, default=1, help="how long (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="the first graph's; the others follow (default: 1)")
    parser.add_argument("--count", type=int, help="so many graphs, however long that takes")
    parser.add_argument("--output", type=pathlib.Path, help="where findings go, reduced")
    parser.add_argument("--model", type=pathlib.Path, help="checks this file instead, with inputs from FILE.npz")
    parser.add_argument("--aarch64", type=int, default=0, metavar="N", help="every N-th graph also under qemu")
    parser.add_argument("--no-reduce", action="store_true", help="write findings as they are")
    parser.add_argument("--verbose", action="store_true", help="a line for each graph")
    return parser.parse_args()


def get_ways(seed, every):
    ways = choose_ways(np.random.default_rng([seed, 7]))
    return ways + [execute.Way("aarch64")] if every and seed % every == 0 else ways


def save(folder, name, model, inputs):
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / f"{name}.onnx")
    np.savez(folder / f"{name}.npz", **{k: execute.as_passed(v) for k, v in inputs.items()})


def describe(model):
    return ", ".join(n.op_type for n in model.graph.node[:8])


def report(arguments, seed, model, inputs, ways, verdict):
    """Prints a finding, made small, and writes it."""
    if not arguments.no_reduce:
        model, inputs, verdict = reduce(model, inputs, ways, verdict)
    print(f"seed {seed}: {verdict.kind}: {verdict.way}: {verdict.detail} [{describe(model)}]", flush=True)
    if arguments.output:
        save(arguments.output, f"seed-{seed}", model, inputs)
        print(f"  again: fuzz-graphs --model {arguments.output}/seed-{seed}.onnx", flush=True)
    print(f"  whole: fuzz-graphs --seed {seed} --count 1", flush=True)


def check_model(path):
    """One file, in all ways."""
    model = onnx.load(path)
    with np.load(path.with_suffix(".npz")) as file:
        inputs = dict(file)
    ways = [execute.Way(t, n, k) for t in ("host", "x86-64-v2") for n in (1, 2) for k in (True, False)]
    verdict = check(model, inputs, ways)
    print(f"{path}: {verdict.kind}: {verdict.way}: {verdict.detail}")
    return verdict.is_finding


def main():
    arguments = parse_arguments()
    if arguments.model:
        sys.exit(check_model(arguments.model))
    start, kinds, known, seed = time.monotonic(), collections.Counter(), [], arguments.seed
    operators = collections.Counter()
    while True:
        done = seed - arguments.seed
        if (
            done >= arguments.count
            if arguments.count is not None
            else time.monotonic() - start > 60 * arguments.minutes
        ):
            break
        generated = generate(seed)
        if generated:
            model, inputs = generated
            ways = get_ways(seed, arguments.aarch64)
            verdict = check(model, inputs, ways)
            kinds[verdict.kind] += 1
            operators.update({n.op_type for n in model.graph.node})
            if arguments.verbose:
                print(seed, verdict.kind, describe(model), verdict.detail[:200], flush=True)
            if verdict.is_finding:
                report(arguments, seed, model, inputs, ways, verdict)
                known.append(verdict)
        seed += 1
    total, seconds = sum(kinds.values()), time.monotonic() - start
    print(
        f"{total} graphs of {len(operators)} operators, seeds {arguments.seed} to {seed - 1}: "
        + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
        + f"; {total / max(seconds, 1e-3):.1f} a second"
    )
    sys.exit(bool(known))


os.environ.setdefault("OMP_NUM_THREADS", "1")
main()
