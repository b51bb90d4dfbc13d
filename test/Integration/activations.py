# RUN: %python %s
# REQUIRES: numpy
"""Activations give the promised bits, on every target that runs here.

Each activation is lowered, compiled for x86-64-v2, v3, v4 and AArch64, and
applied to every f16, every bf16 and a few million f32 and f64, in vectors with a
scalar tail. The oracle is NumPy: the form that the accuracy promises, evaluated
operation by operation, gives the bits; the real function in extended precision
gives the error bounds.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
np.seterr(all="ignore")


# --- the oracle ---------------------------------------------------------------


def relu6(t):
    low = np.where(t < 0, t.dtype.type(0), t)
    return np.where(low > 6, t.dtype.type(6), low)


def hard_sigmoid(x, accuracy):
    T = x.dtype.type
    if accuracy == "default":
        return relu6(x + T(3)) * T(1 / 6)
    if accuracy == "torch":
        return relu6(x + T(3)) / T(6)
    line = x * T(1 / 6) + T(0.5)
    low = np.where(line < 0, T(0), line)
    return np.where(low > 1, T(1), low)


def hard_swish(x, accuracy):
    if accuracy == "torch":
        return (x * relu6(x + x.dtype.type(3))) / x.dtype.type(6)
    return x * hard_sigmoid(x, accuracy)


def gradient(x, inside, below, above, ends, kink):
    """The derivative by pieces; `ends` are its inner values at -3 and 3."""
    T = x.dtype.type
    at = {
        "outer": (below, above),
        "inner": ends,
        "average": ((below + ends[0]) / 2, (above + ends[1]) / 2),
        "left": (below, ends[1]),
        "right": (ends[0], above),
    }[kink]
    y = np.where(x < -3, T(below), np.where(x > 3, T(above), inside))
    y = np.where(x == -3, T(at[0]), y)
    return np.where(x == 3, T(at[1]), y)


def hard_swish_grad(x, kink, accuracy):
    T = x.dtype.type
    third = x / T(3) if accuracy == "torch" else x * T(1 / 3)
    return x * gradient(x, third + T(0.5), 0, 1, (-0.5, 1.5), kink)


def hard_sigmoid_grad(x, kink, accuracy):
    T = x.dtype.type
    y = gradient(x, np.full_like(x, T(1 / 6)), 0, 0, (1 / 6, 1 / 6), kink)
    return np.where(np.isnan(x), x, x * y)


# --- numbers ------------------------------------------------------------------


def bf16_to_f32(codes):
    return (codes.astype(np.uint32) << 16).view(np.float32)


def f32_to_bf16(x):
    """Rounds to nearest even; NaN stays NaN."""
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(x), 0x7FC0, rounded).astype(np.uint16)


def inputs(kind):
    """(what to write, the same in the type to compute in)"""
    if kind in ("f16", "bf16"):
        codes = np.arange(1 << 16, dtype=np.uint16)
        wide = codes.view(np.float16).astype(np.float32)
        return codes, wide if kind == "f16" else bf16_to_f32(codes)
    float_type, int_type = {"f32": (np.float32, np.uint32), "f64": (np.float64, np.uint64)}[kind]
    rng = np.random.default_rng(7)
    anywhere = rng.integers(0, np.iinfo(int_type).max, 1 << 19, dtype=int_type, endpoint=True)
    near = rng.uniform(-6, 6, 1 << 19).astype(float_type)
    edges = []
    for centre in (-3.0, 3.0, 6.0, -6.0, 1e-3, -1e-3):
        start = np.array([centre], float_type).view(int_type)[0]
        edges.append(start + np.arange(-5000, 5000, dtype=np.int64).astype(int_type))
    tiny = np.arange(5000, dtype=int_type)
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, np.finfo(float_type).max], float_type)
    x = np.concatenate([anywhere.view(float_type), near, *[e.view(float_type) for e in edges],
                        tiny.view(float_type), special])
    return x, x


def narrow(y, kind):
    if kind == "f16":
        return y.astype(np.float16).view(np.uint16)
    return f32_to_bf16(y) if kind == "bf16" else y


def same_bits(got, want, kind):
    """Equal codes, where any NaN equals any other."""
    if kind == "f16":
        nan = np.isnan(got.view(np.float16)) & np.isnan(want.view(np.float16))
    elif kind == "bf16":
        nan = np.isnan(bf16_to_f32(got)) & np.isnan(bf16_to_f32(want))
    else:
        nan = np.isnan(got) & np.isnan(want)
        unsigned = {4: np.uint32, 8: np.uint64}[got.itemsize]
        got, want = got.view(unsigned), want.view(unsigned)
    return (got == want) | nan


# --- running ------------------------------------------------------------------


def run(command, **kwargs):
    result = subprocess.run(command, capture_output=True, text=True, **kwargs)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr[:4000]}")
    return result.stdout


def module(op, kind, target):
    """An elementwise loop in vectors with a scalar tail."""
    triple, _, width, bits = TARGETS[target]
    vector = f"vector<{width}x{kind}>"
    grad = ", %{0}" if "_grad" in op else ""
    name, _, rest = op.partition(" ")
    return f"""
module attributes {{hswish.target = #hswish.target<triple = "{triple}", vector_bits = {bits}, registers = 16,
                                                  l1 = 32768, l2 = 1048576>}} {{
func.func @run(%x: memref<?x{kind}>, %y: memref<?x{kind}>) attributes {{llvm.emit_c_interface}} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %w = arith.constant {width} : index
  %n = memref.dim %x, %c0 : memref<?x{kind}>
  %r = arith.remui %n, %w : index
  %body = arith.subi %n, %r : index
  scf.for %i = %c0 to %body step %w {{
    %v = vector.load %x[%i] : memref<?x{kind}>, {vector}
    %a = hswish.{name} %v{grad.format("v")} {rest} : {vector}
    vector.store %a, %y[%i] : memref<?x{kind}>, {vector}
  }}
  scf.for %i = %body to %n step %c1 {{
    %s = memref.load %x[%i] : memref<?x{kind}>
    %a = hswish.{name} %s{grad.format("s")} {rest} : {kind}
    memref.store %a, %y[%i] : memref<?x{kind}>
  }}
  return
}}
}}
"""


TARGETS = {  # name: (triple, llc's cpu, lanes, vector bits)
    "x86-64-v2": ("x86_64-linux-gnu", "x86-64-v2", 4, 128),
    "x86-64-v3": ("x86_64-linux-gnu", "x86-64-v3", 8, 256),
    "x86-64-v4": ("x86_64-linux-gnu", "x86-64-v4", 16, 512),
    "aarch64": ("aarch64-linux-gnu", "cortex-a53", 4, 128),
}


def runnable():
    """The targets that this machine can run, and how."""
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    cc = shutil.which("clang-22") or shutil.which("cc")
    if os.uname().machine == "x86_64" and cc:
        for name, needs in [("x86-64-v2", "sse4_2"), ("x86-64-v3", "fma"), ("x86-64-v4", "avx512vl")]:
            if needs in flags:
                yield name, [cc], []
    cross = shutil.which("aarch64-linux-gnu-gcc")
    if cross and shutil.which("qemu-aarch64"):
        yield "aarch64", [cross, "-static"], ["qemu-aarch64"]


def build(op, kind, target, cc, folder):
    triple, cpu, _, _ = TARGETS[target]
    passes = ["--convert-hswish-to-arith", "--canonicalize", "--cse", "--arith-expand=include-bf16=true",
              "--convert-scf-to-cf",
              "--convert-vector-to-llvm", "--convert-math-to-llvm", "--finalize-memref-to-llvm",
              "--convert-arith-to-llvm", "--convert-index-to-llvm", "--convert-cf-to-llvm",
              "--convert-func-to-llvm", "--reconcile-unrealized-casts"]
    llvm = run(["hswish-opt", *passes], input=module(op, kind, target))
    llvm = re.sub(r"hswish.target = #hswish.target<[^>]*>", "", llvm, count=1)
    ir = run(["mlir-translate", "--mlir-to-llvmir"], input=llvm)
    obj, exe = os.path.join(folder, "f.o"), os.path.join(folder, "f")
    run(["llc", "-O2", f"-mtriple={triple}", f"-mcpu={cpu}", "-relocation-model=pic", "-filetype=obj", "-o", obj],
        input=ir)
    run([*cc, "-O1", os.path.join(HERE, "Inputs", "elementwise-driver.c"), obj, "-o", exe])
    return exe


def apply(exe, launcher, x, folder):
    source, result = os.path.join(folder, "x"), os.path.join(folder, "y")
    x.tofile(source)
    run([*launcher, exe, str(x.itemsize), source, result])
    return np.fromfile(result, x.dtype)


CASES = []
for accuracy in ("default", "torch", "onnx"):
    CASES.append((f"hard_swish accuracy<{accuracy}>", lambda x, a=accuracy: hard_swish(x, a)))
    CASES.append((f"hard_sigmoid accuracy<{accuracy}>", lambda x, a=accuracy: hard_sigmoid(x, a)))
CASES.append(("relu6", relu6))
for kink in ("outer", "inner", "average", "left", "right"):
    CASES.append((f"hard_swish_grad kink<{kink}>", lambda x, k=kink: hard_swish_grad(x, k, "default")))
    CASES.append((f"hard_sigmoid_grad kink<{kink}>", lambda x, k=kink: hard_sigmoid_grad(x, k, "default")))
CASES.append(("hard_swish_grad accuracy<torch>", lambda x: hard_swish_grad(x, "outer", "torch")))


def check_fast(y, x, where):
    """`fast` promises an absolute error of 1e-6 * max(1, |x|)."""
    finite = np.isfinite(x) & (np.abs(x) < 1e30)
    exact = x[finite].astype(np.longdouble)
    exact = exact * np.clip(exact + 3, 0, 6) / 6
    error = np.abs(y[finite] - exact) / np.maximum(1, np.abs(exact))
    assert error.max() <= 1e-6, f"{where}: error {error.max():.3g}"
    assert np.isnan(y[np.isnan(x)]).all(), f"{where}: NaN is lost"


def main():
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for target, cc, launcher in runnable():
            for kind in ("f32", "f64", "f16", "bf16"):
                x, wide = inputs(kind)
                # f64 is the same code, f16 and bf16 differ only in their casts.
                cases = CASES if kind == "f32" else CASES[:7:3] + CASES[-1:]
                if kind in ("f16", "bf16") and target == "aarch64":
                    cases = CASES[:1]
                for op, oracle in cases:
                    exe = build(op, kind, target, cc, folder)
                    got = apply(exe, launcher, x, folder)
                    want = narrow(oracle(wide), kind)
                    equal = same_bits(got, want, kind)
                    if not equal.all():
                        i = np.argmin(equal)
                        sys.exit(f"{op} on {kind} for {target}: {np.sum(~equal)} of {x.size} differ, first "
                                 f"at {x[i]!r}: got {got[i]!r}, want {want[i]!r}")
                    checked += 1
            exe = build("hard_swish accuracy<fast>", "f32", target, cc, folder)
            x, _ = inputs("f32")
            check_fast(apply(exe, launcher, x, folder), x, f"fast for {target}")
            checked += 1
    # The bounds of the default mode: 2.5 ULP between the kinks, y = x above.
    x = inputs("f32")[0]
    y = hard_swish(x, "default")
    inside = (np.abs(x) < 3) & (np.abs(x) > 1e-30)
    exact = x[inside].astype(np.longdouble) * (x[inside].astype(np.longdouble) + 3) / 6
    ulps = np.abs(y[inside] - exact) / np.spacing(np.abs(exact.astype(np.float32)))
    assert ulps.max() <= 2.5, f"default: {ulps.max()} ULP"
    above = (x >= 3) & np.isfinite(x)
    assert (y[above] == x[above]).all(), "default: y = x fails above 3"
    below = (x <= -3) & np.isfinite(x)
    assert (y[below] == 0).all() and np.signbit(y[below]).all(), "default: not -0 below -3"
    print(f"{checked} combinations agree bit by bit; default is within {ulps.max():.2f} ULP")


main()
