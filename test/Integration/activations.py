# RUN: %python %s
# REQUIRES: numpy
"""Activations give the promised bits, on every target that runs here.

Every activation in every accuracy and with every kink is applied to every f16,
every bf16 and many f32 and f64 by each road there is:

- passes: the op on vectors with a scalar tail, lowered, for each target;
- epilogue: fused into a matmul by the compiler, for each target;
- folder: the op on a constant.

Inputs/activations_oracle.py says what must come out; mutations.py shows that a
wrong result is noticed.
"""

import os
import re
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "Inputs"))
import activations_oracle as oracle
import elementwise_program
import native
from elementwise_program import run

np.seterr(all="ignore")

TARGETS = {  # name: (triple, llc's cpu, lanes, vector bits, what the host needs)
    "x86-64-v2": ("x86_64-linux-gnu", "x86-64-v2", 4, 128, "sse4_2"),
    "x86-64-v3": ("x86_64-linux-gnu", "x86-64-v3", 8, 256, "fma"),
    "x86-64-v4": ("x86_64-linux-gnu", "x86-64-v4", 16, 512, "avx512vl"),
    "aarch64": ("aarch64-linux-gnu", "cortex-a53", 4, 128, None),
}
DTYPES = {"f16": np.uint16, "bf16": np.uint16, "f32": np.float32, "f64": np.float64}


def runnable():
    return native.runnable(TARGETS)


def spell(op, x, u, type):
    """`op` of the table as text on operands of `type`."""
    name, _, rest = op.partition(" ")
    operands = f"{x}, {u}" if "_grad" in name else x
    return f"hswish.{name} {operands} {rest} : {type}"


# --- the roads ----------------------------------------------------------------


def by_passes(ops, kind, x, u, target, cc, launcher, folder):
    """An elementwise loop in vectors with a scalar tail, a quarter of the whole."""
    triple, cpu, width, bits, _ = TARGETS[target]
    attribute = (f'#hswish.target<triple = "{triple}", vector_bits = {bits}, registers = 16, l1 = 32768, '
                 "l2 = 1048576>")
    steps = [(x.size // (width * 4 // 3) * width, width), (x.size, 1)]
    write = lambda k, type: spell(ops[k], "%x", "%u", type)
    module = elementwise_program.make_module(attribute, kind, len(ops), steps, write)
    passes = [*elementwise_program.PASSES]
    passes.insert(passes.index("--cse") + 1, "--arith-expand=include-bf16=true")
    code = ["-O2", f"-mtriple={triple}", f"-mcpu={cpu}"]
    return elementwise_program.compute(module, passes, code, x, u, len(ops), cc, launcher, folder, run)


COLUMNS = 19  # of the matmul: vectors, and what is left over


def by_epilogue(ops, kind, x, u, target, cc, launcher, folder):
    """matmul by ones with the op as its epilogue: all columns are the same."""
    n, path = len(x), lambda name: os.path.join(folder, name)
    column, result = f"tensor<{n}x1x{kind}>", f"tensor<{n}x{COLUMNS}x{kind}>"
    body = []
    for k, op in enumerate(ops):
        body.append(f"""
  %y{k} = hswish.matmul ins(%x, %ones : {column}, tensor<1x{COLUMNS}x{kind}>) epilogue(%u : {column})
      outs(%empty : {result}) attributes {{epilogue_maps = [affine_map<(i, j) -> (i, 0)>]}} {{
  ^bb0(%acc: {kind}, %up: {kind}):
    %0 = {spell(op, "%acc", "%up", kind)}
    hswish.yield %0 : {kind}
  }} -> {result}""")
    values, types = ", ".join(f"%y{k}" for k in range(len(ops))), ", ".join([result] * len(ops))
    with open(path("net.mlir"), "w") as file:
        file.write(f"""
func.func @net(%x: {column}, %u: {column}) -> ({types}) {{
  %ones = arith.constant dense<1.0> : tensor<1x{COLUMNS}x{kind}>
  %empty = tensor.empty() : {result}{"".join(body)}
  return {values} : {types}
}}""")
    stored = np.float16 if kind == "f16" else x.dtype
    np.save(path("x.npy"), x.reshape(n, 1).view(stored)), np.save(path("u.npy"), u.reshape(n, 1).view(stored))
    if launcher:
        run(["hswish-compile", path("net.mlir"), "-o", path("net"), f"--target={target}"])
        outputs = [path(f"{k}.npy") for k in range(len(ops))]
        run([*launcher, "-L", "/usr/aarch64-linux-gnu", path("net"), path("x.npy"), path("u.npy"), *outputs])
    else:
        run(["hswish-run", path("net.mlir"), path("x.npy"), path("u.npy"), f"--target={target}", "--output-dir", folder])
    got = np.stack([np.load(path(f"{k}.npy")) for k in range(len(ops))]).view(DTYPES[kind])
    for k in range(len(ops)):
        first = got[k, :, :1]
        if not oracle.same_bits(got[k], np.broadcast_to(first, got[k].shape), kind).all():
            sys.exit(f"epilogue {ops[k]} on {kind} for {target}: vectors and the rest of a row differ")
    return got[:, :, 0]


def by_folder(ops, kind, x, u, folder):
    """The op on constants."""
    dense = lambda values: 'dense<"0x' + values.tobytes().hex().upper() + '">'
    type = f"tensor<{len(x)}x{kind}>"
    body = [f"%y{k} = {spell(op, '%x', '%u', type)}" for k, op in enumerate(ops)]
    values, types = ", ".join(f"%y{k}" for k in range(len(ops))), ", ".join([type] * len(ops))
    newline = "\n"
    text = run(["hswish-opt", "--canonicalize"], input=f"""
func.func @fold() -> ({types}) {{
  %x = arith.constant {dense(x)} : {type}
  %u = arith.constant {dense(u)} : {type}
  {newline.join(body)}
  return {values} : {types}
}}""")
    constants = dict(re.findall(r'(%\S+) = arith.constant dense<"0x([0-9A-F]+)">', text))
    names = re.search(r"return (.*) : ", text).group(1).split(", ")
    return np.stack([np.frombuffer(bytes.fromhex(constants[name]), DTYPES[kind]) for name in names])


# --- the check ----------------------------------------------------------------


def compare(road, kind, got, wanted, x, u):
    """Exits with the first difference; the number of results otherwise."""
    for (op, want), y in zip(wanted.items(), got, strict=True):
        equal = oracle.same_bits(np.ascontiguousarray(y), want, kind)
        if not equal.all():
            i = np.argmin(equal)
            sys.exit(f"{road}: {op} on {kind}: {np.sum(~equal)} of {x.size} differ, first at {x[i]!r}, {u[i]!r}: "
                     f"got {y[i]!r}, want {want[i]!r}")
    return len(wanted)


def check(kind, targets, folder):
    """All roads for one type."""
    rng, table = np.random.default_rng(3), oracle.table(kind)
    x = rng.permutation(oracle.inputs(kind))
    u = rng.permutation(x)
    ops, checked = list(table), 0
    wanted = {op: function(x, u) for op, function in table.items()}
    for target in targets:
        got = by_passes(ops, kind, x, u, *target, folder)
        checked += compare(f"passes for {target[0]}", kind, got, wanted, x, u)
    few = {op: want[:: x.size >> 12] for op, want in wanted.items()}
    x, u = x[:: x.size >> 12].copy(), u[:: x.size >> 12].copy()
    checked += compare("folder", kind, by_folder(ops, kind, x, u, folder), few, x, u)
    # The accumulator starts with 0, and 0 + -0 is 0.
    x[x.view(f"u{x.itemsize}") == 1 << 8 * x.itemsize - 1] = 0
    few = {op: function(x, u) for op, function in table.items()}
    for target in targets:
        got = by_epilogue(ops, kind, x, u, *target, folder)
        checked += compare(f"epilogue for {target[0]}", kind, got, few, x, u)
    return checked


def check_fast(y, x, where):
    """`fast` promises an absolute error of 1e-6 * max(1, |x|)."""
    finite = np.isfinite(x) & (np.abs(x) < 1e30)
    exact = x[finite].astype(np.longdouble)
    exact = exact * np.clip(exact + 3, 0, 6) / 6
    error = np.abs(y[finite] - exact) / np.maximum(1, np.abs(exact))
    assert error.max() <= 1e-6, f"{where}: error {error.max():.3g}"
    assert np.isnan(y[np.isnan(x)]).all(), f"{where}: NaN is lost"


def check_unit(y, u, where):
    """A product and a sum, each rounded at most once."""
    finite = np.isfinite(u) & (np.abs(u) < 1e30)
    exact = u[finite].astype(np.longdouble)
    exact = exact * (1 + np.clip(exact, -1, 1))
    error = np.abs(y[finite] - exact) / np.maximum(1, np.abs(exact))
    assert error.max() <= 1.2e-7, f"{where}: error {error.max():.3g}"
    assert (y[finite & (u <= -1)] == 0).all(), f"{where}: not 0 below -1"
    assert np.isnan(y[np.isnan(u)]).all(), f"{where}: NaN is lost"


def check_default():
    """2.5 ULP between the kinks, y = x above, -0 below: of the oracle itself."""
    x = oracle.inputs("f32")
    y = oracle.hard_swish(x, "default")
    inside = (np.abs(x) < 3) & (np.abs(x) > 1e-30)
    exact = x[inside].astype(np.longdouble) * (x[inside].astype(np.longdouble) + 3) / 6
    ulps = np.abs(y[inside] - exact) / np.spacing(np.abs(exact.astype(np.float32)))
    assert ulps.max() <= 2.5, f"default: {ulps.max()} ULP"
    above = (x >= 3) & np.isfinite(x)
    assert (y[above] == x[above]).all(), "default: y = x fails above 3"
    below = (x <= -3) & np.isfinite(x)
    assert (y[below] == 0).all() and np.signbit(y[below]).all(), "default: not -0 below -3"
    return ulps.max()


def main():
    targets = list(runnable())
    with tempfile.TemporaryDirectory() as folder:
        checked = sum(check(kind, targets, folder) for kind in oracle.TYPES)
        x = oracle.inputs("f32")
        for target in targets:
            got = by_passes(["hard_swish accuracy<fast>"], "f32", x, x, *target, folder)
            check_fast(got[0], x, f"fast for {target[0]}")
            got = by_passes(["unit_hard_swish"], "f32", x, x, *target, folder)
            check_unit(got[0], x, f"unit_hard_swish for {target[0]}")
    print(f"{checked} combinations agree bit by bit; default is within {check_default():.2f} ULP")


if __name__ == "__main__":
    main()
