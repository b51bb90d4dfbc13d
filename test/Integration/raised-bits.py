# RUN: env PYTHONPATH=%S/../Inputs %python %s hswish-opt hswish-compile hswish-run
# REQUIRES: numpy
"""Raising changes no bit where a mode preserves them, and gives `default` elsewhere.

Every form of test/Inputs/spellings is computed literally, operation by operation,
by NumPy; and raised, lowered and run by the JIT, all forms in one module. For f16
and bf16, which are computed in f32 and rounded once, on all 65,536 inputs; for f32
and f64 on a million, among them all neighbourhoods where something happens.

    raised-bits.py hswish-opt hswish-compile hswish-run --exhaustive

tries all 2^32 f32 in a quarter of an hour.
"""

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile

import numpy as np
from spellings.arith import ArithBuilder
from spellings.forms import DEFAULT, DEFAULT_BY_RECIPROCAL, FORMS, GATE, RELU6
from spellings.literal import LiteralBuilder, bf16_to_f32, f32_to_bf16
from spellings.tosa import SHIFT, TosaBuilder

np.seterr(all="ignore")
HALVES = ("f16", "bf16")


# --- inputs and outputs ---------------------------------------------------------


def sample(kind):
    """A million floats: anywhere, near the kinks, and next to what is special."""
    float_type, int_type = {"f32": (np.float32, np.uint32), "f64": (np.float64, np.uint64)}[kind]
    rng = np.random.default_rng(11)
    info = np.finfo(float_type)
    special = [-3, 3, 6, -6, 0.5, 1, 1e-3, -1e-3, 1e-30, info.max / 6, info.max / 6.0001, info.max / 2]
    near = [np.array([c], float_type).view(int_type) + np.arange(-8192, 8192).astype(int_type) for c in special]
    codes = np.concatenate([*near, np.arange(8192, dtype=int_type)]).view(float_type)
    ends = np.array([0, info.max, np.inf, np.nan, info.tiny, info.smallest_subnormal], float_type)
    inside = rng.uniform(-7, 7, 1 << 19).astype(float_type)
    rest = (1 << 20) - codes.size - 2 * ends.size - inside.size
    anywhere = rng.integers(0, np.iinfo(int_type).max, rest, dtype=int_type, endpoint=True).view(float_type)
    return np.concatenate([codes, ends, -ends, inside, anywhere])


def inputs(kind):
    """What to pass, and the same in the type to compute in."""
    if kind not in HALVES:
        x = sample(kind)
        return x, x
    codes = np.arange(1 << 16, dtype=np.uint16)
    if kind == "bf16":
        return codes, bf16_to_f32(codes)
    return codes.view(np.float16), codes.view(np.float16).astype(np.float32)


def narrow(y, kind):
    """Rounds once, to a half."""
    if kind not in HALVES:
        return y
    return f32_to_bf16(y) if kind == "bf16" else y.astype(np.float16)


def find_difference(got, want, kind):
    """The index of the first difference in bits, where any NaN equals any other."""
    unsigned = f"u{got.itemsize}"
    different = np.flatnonzero(got.view(unsigned) != want.view(unsigned))
    got, want = (bf16_to_f32(y[different]) if kind == "bf16" else y[different] for y in (got, want))
    different = different[~(np.isnan(got) & np.isnan(want))]
    return different[0] if different.size else None


# --- what is promised -----------------------------------------------------------


def default_mode(b, x, found):
    gate = b.mul(b.relu6(x), 1 / 6)
    return gate if found == GATE else b.mul(x, gate)


class Spelt:
    """The forms at one level in one type, with what each must compute.

    `widened`: written in f32 between two casts, as in mixed precision."""

    def __init__(self, level, kind, widened=False):
        self.level, self.kind, self.widened = level, kind, widened
        self.written = "f32" if widened else kind
        names = [n for n in FORMS if not (level == "tosa" and n == "foldable")]
        # What clamps give for -0 is not part of ReLU6's promise.
        self.names = [n for n in names if FORMS[n].found != RELU6]

    def preserves(self, name):
        by_reciprocal = self.level == "tosa"
        if FORMS[name].get_accuracy(self.written, self.level):
            return True
        # f16 has another sixth, but the reciprocal of 6 is computed in f32.
        if by_reciprocal and self.written in HALVES:
            return name in set(DEFAULT_BY_RECIPROCAL) - set(DEFAULT)
        return self.written not in HALVES and name in (DEFAULT_BY_RECIPROCAL if by_reciprocal else DEFAULT)

    def promise(self, name, x):
        """What a form must give for x, which is of the type to compute in."""
        inner = "f64" if self.kind == "f64" else "f32"
        if self.preserves(name):
            y = FORMS[name].body(LiteralBuilder(self.written, inner, self.level == "tosa"), x)
        else:
            y = default_mode(LiteralBuilder(inner), x, FORMS[name].found)
            if name == "P20":
                y = y * y.dtype.type(6)
        return narrow(y, self.kind)

    def module(self, size):
        """A function of one tensor that returns what all forms make of it."""
        make = TosaBuilder if self.level == "tosa" else lambda *args: ArithBuilder("tensor", *args)
        builder = make(self.written, str(size))
        outer = f"tensor<{size}x{self.kind}>"
        x = "%x"
        if self.widened:
            x = builder.new(f"arith.extf %x : {outer} to {builder.type}")
        results = [FORMS[name].body(builder, x) for name in self.names]
        if self.widened:
            results = [builder.new(f"arith.truncf {r} : {builder.type} to {outer}") for r in results]
        types = ", ".join([outer] * len(results))
        head = f"func.func @net(%x: {outer}) -> ({types}) {{"
        shift = [SHIFT] if self.level == "tosa" else []
        return "\n".join([head, *shift, *builder.lines, f"return {', '.join(results)} : {types}", "}"])


# --- running --------------------------------------------------------------------


def run(*command, **kwargs):
    result = subprocess.run(command, capture_output=True, text=True, **kwargs)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr[:4000]}")
    return result.stdout


class Runner:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def raised(self, spelt, size):
        """A file with the raised module, in which nothing is spelt any more."""
        text = run(self.options.opt, "--hswish-raise", input=spelt.module(size))
        found = text.count("hswish.hard_s")
        assert found == len(spelt.names), f"{found} of {len(spelt.names)} raised"
        path = os.path.join(self.folder, "net.mlir")
        with open(path, "w") as file:
            file.write(text)
        return path

    def apply(self, model, x):
        source = os.path.join(self.folder, "x.npy")
        np.save(source, x)
        run(self.options.run, model, source, f"--output-dir={self.folder}")
        for i in range(10**6):
            path = os.path.join(self.folder, f"{i}.npy")
            if not os.path.exists(path):
                return
            yield np.load(path).view(x.dtype)
            os.remove(path)


def check(spelt, results, wide):
    """Stops at the first bit that is not as promised."""
    for name, got in zip(spelt.names, results, strict=True):
        want = spelt.promise(name, wide)
        i = find_difference(got, want, spelt.kind)
        if i is not None:
            sys.exit(
                f"{name} in {spelt.kind} ({spelt.level}, {'widened' if spelt.widened else 'plain'}) at "
                f"x = {wide[i]!r}: got {got[i]!r}, want {want[i]!r}"
            )


def check_samples(runner):
    variants = [Spelt(level, kind) for level in ("arith", "tosa") for kind in ("f32", *HALVES)]
    variants += [Spelt("arith", "f64")] + [Spelt("arith", kind, widened=True) for kind in HALVES]
    count = preserved = 0
    for spelt in variants:
        x, wide = inputs(spelt.kind)
        check(spelt, runner.apply(runner.raised(spelt, x.size), x), wide)
        count += len(spelt.names)
        preserved += sum(map(spelt.preserves, spelt.names))
    print(f"{count} spellings as promised, {preserved} of them with every bit that they had")


def check_all_f32(runner):
    spelt, size = Spelt("arith", "f32"), 1 << 16  # All arrays stay in the cache.
    spelt.names = [name for name in spelt.names if spelt.preserves(name)]
    path = os.path.join(runner.folder, "net.so")
    run(runner.options.compile, runner.raised(spelt, size), "-o", path)
    library = ctypes.CDLL(path)
    workspace = np.empty(library.net_workspace_size() + 64, np.uint8)
    results = np.empty((len(spelt.names), size), np.float32)
    pointers = [ctypes.c_void_p(y.ctypes.data) for y in results]
    pointers.append(ctypes.c_void_p(-(-workspace.ctypes.data // 64) * 64))
    for start in range(0, 1 << 32, size):
        x = np.arange(start, start + size, dtype=np.uint32).view(np.float32)
        assert library.net_run(ctypes.c_void_p(x.ctypes.data), *pointers) == 0
        check(spelt, results, x)
        if start >> 22 != (start + size) >> 22:
            print(f"\r{100 * (start + size) / 2**32:5.1f} %", end="", file=sys.stderr, flush=True)
    print(f"\n{', '.join(spelt.names)}: the same bits for all 2^32 f32")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for tool in ("opt", "compile", "run"):
        parser.add_argument(tool)
    parser.add_argument("--exhaustive", action="store_true", help="all f32 instead of samples and halves")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (check_all_f32 if options.exhaustive else check_samples)(Runner(options, folder))


main()
