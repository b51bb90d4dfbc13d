# RUN: %python %s
# REQUIRES: numpy
"""Structured ops compute what they say, by kernels and without.

One table of convolutions, matmuls and poolings (every kernel family; sizes that
are, and are not, multiples of any vector or tile) is one model, compared with
NumPy in float64: decomposed; by the JIT with weights of run time, for each x86
level that runs here; as a program with packed weights, for the same and for
AArch64.

With numbers of the table's rows as arguments, only these.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np


# --- the oracle ---------------------------------------------------------------


def windows(x, kernel, strides, dilations, size):
    """[n, oh, ow, kh, kw, c] views of an image."""
    s = x.strides
    shape = (x.shape[0], *size, *kernel, x.shape[3])
    steps = (s[0], s[1] * strides[0], s[2] * strides[1], s[1] * dilations[0], s[2] * dilations[1], s[3])
    return np.lib.stride_tricks.as_strided(x, shape, steps)


def conv_2d(x, w, strides, dilations, pads, groups):
    x = np.pad(x.astype(np.float64), [(0, 0), (pads[0], pads[2]), (pads[1], pads[3]), (0, 0)])
    kh, kw, c, f = w.shape
    size = [(x.shape[1 + i] - (w.shape[i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(2)]
    parts = []
    for g in range(groups):
        image = np.ascontiguousarray(x[..., g * c : (g + 1) * c])
        patches = windows(image, (kh, kw), strides, dilations, size)
        filters = w[..., g * f // groups : (g + 1) * f // groups].astype(np.float64)
        parts.append(np.einsum("nhwklc,klcf->nhwf", patches, filters))
    return np.concatenate(parts, axis=3)


def hard_swish(x):
    return x * np.clip(x + 3, 0, 6) / 6


EPILOGUES = {  # name: (extras, body, NumPy)
    "none": ("", "hswish.yield %acc : f32", lambda y, b, r: y),
    "bias": ("b", "%0 = arith.addf %acc, %b : f32 hswish.yield %0 : f32", lambda y, b, r: y + b),
    "hard_swish": ("b", "%0 = arith.addf %acc, %b : f32 %1 = hswish.hard_swish %0 : f32 hswish.yield %1 : f32",
                   lambda y, b, r: hard_swish(y + b)),
    "residual": ("br", "%0 = arith.addf %acc, %b : f32 %1 = arith.addf %0, %r : f32 hswish.yield %1 : f32",
                 lambda y, b, r: y + b + r),
    "relu_scale": ("br", "%z = arith.constant 0.0 : f32 %0 = arith.maximumf %acc, %z : f32 "
                   "%1 = arith.mulf %r, %b : f32 %2 = arith.addf %0, %1 : f32 hswish.yield %2 : f32",
                   lambda y, b, r: np.maximum(y, 0) + r * b),
}


# --- the table ----------------------------------------------------------------


def conv(h, w, c, k, f, s=1, d=1, p=0, g=1, e="hard_swish", n=1):
    """A convolution of an n x h x w x c image to f channels."""
    pair = lambda v: v if isinstance(v, tuple) else (v, v)
    pads = p if isinstance(p, tuple) and len(p) == 4 else (*pair(p), *pair(p))
    return "conv", dict(h=h, w=w, c=c, k=pair(k), f=f, s=pair(s), d=pair(d), p=pads, g=g, e=e, n=n)


def matmul(m, k, n, e="hard_swish"):
    return "matmul", dict(m=m, k=k, n=n, e=e)


def pool(kind, h, w, c, k, s=1, p=0, size=None, n=1):
    pair = lambda v: v if isinstance(v, tuple) else (v, v)
    pads = p if isinstance(p, tuple) else (p, p, p, p)
    return "pool", dict(kind=kind, h=h, w=w, c=c, k=pair(k), s=pair(s), p=pads, size=size, n=n)


CASES = [
    # pointwise: MobileNetV3's shapes, then odd ones
    conv(14, 14, 40, 1, 120), conv(7, 7, 96, 1, 160, e="residual"), conv(14, 14, 24, 1, 72, e="bias"),
    conv(9, 5, 17, 1, 33), conv(3, 3, 1, 1, 1), conv(5, 5, 7, 1, 198, e="relu_scale"), conv(8, 8, 16, 1, 2),
    conv(8, 9, 12, 1, 20, s=2), conv(4, 4, 8, 1, 8, n=3), conv(1, 1, 72, 1, 24), conv(1, 1, 24, 1, 72, e="bias"),
    conv(6, 6, 130, 1, 49, e="none"),
    # depthwise
    conv(14, 14, 64, 3, 64, p=1, g=64), conv(14, 14, 72, 5, 72, s=2, p=2, g=72), conv(7, 7, 96, 5, 96, p=2, g=96),
    conv(9, 11, 24, 3, 24, s=2, p=1, g=24, e="bias"), conv(6, 6, 5, 3, 5, p=1, g=5), conv(10, 10, 18, 7, 18, p=3, g=18),
    conv(12, 12, 16, 3, 16, d=2, p=2, g=16), conv(8, 8, 33, (1, 5), 33, p=(0, 2, 0, 2), g=33, e="residual"),
    conv(3, 3, 40, 3, 40, p=1, g=40), conv(56, 56, 8, 3, 8, p=(0, 0, 1, 1), s=2, g=8),
    # depthwise beyond the border: wide, uneven, in one direction, larger than the image, tails of channels
    conv(11, 13, 40, 3, 40, p=(1, 0, 0, 1), g=40), conv(30, 29, 24, 3, 24, p=(0, 1, 2, 0), g=24, e="bias"),
    conv(9, 9, 12, 3, 12, d=3, p=3, g=12), conv(9, 9, 12, 3, 12, d=4, p=4, g=12), conv(15, 15, 20, 5, 20, d=2, p=3, s=2, g=20),
    conv(2, 2, 16, 5, 16, p=2, g=16, e="none"), conv(1, 1, 33, 3, 33, p=1, g=33), conv(1, 9, 8, (5, 1), 8, p=(2, 0, 2, 0), g=8),
    conv(12, 10, 72, 3, 72, s=3, p=1, g=72), conv(10, 12, 24, 3, 24, s=(2, 1), p=(1, 2, 1, 3), g=24), conv(6, 7, 48, 2, 48, p=(1, 1, 0, 0), g=48, n=2),
    conv(56, 56, 40, 3, 40, p=1, g=40, e="residual"), conv(33, 31, 64, 3, 64, s=2, p=1, g=64),
    # direct
    conv(32, 32, 3, 3, 16, s=2, p=1), conv(10, 10, 24, 3, 24, p=1, e="residual"), conv(11, 7, 5, 3, 7, p=1),
    conv(12, 12, 8, 2, 8, s=2, e="none"), conv(9, 9, 6, 5, 10, d=2, p=4), conv(8, 8, 96, 3, 24, p=1), conv(5, 5, 3, (3, 1), 4),
    conv(16, 16, 1, 9, 3, p=4), conv(13, 13, 3, 7, 20, s=3, p=3),
    # direct, of a few channels: read where they are
    conv(17, 19, 3, 3, 16, s=2, p=(0, 0, 1, 1)), conv(12, 35, 4, 3, 24, p=1, n=2), conv(20, 20, 3, 5, 8, s=2, p=2, e="bias"),
    conv(9, 8, 1, 3, 16, d=2, p=1), conv(6, 40, 2, 3, 12, s=(1, 2), p=(1, 2, 0, 1), e="relu_scale"), conv(2, 3, 3, 3, 8, p=1),
    # grouped, with a channel multiplier
    conv(8, 8, 12, 3, 18, p=1, g=3), conv(8, 8, 8, 1, 16, g=4), conv(8, 8, 8, 3, 16, p=1, g=8),
    conv(10, 9, 8, 3, 32, p=1, g=8, e="bias"), conv(7, 7, 6, 3, 12, p=1, g=6), conv(9, 8, 5, 5, 40, s=2, p=2, g=5, e="residual"),
    conv(6, 6, 4, 3, 12, p=1, g=4), conv(14, 14, 96, 1, 198, g=3), conv(1, 1, 32, 1, 16, g=2, e="bias"),
    # few output channels: dot products
    conv(9, 10, 32, 3, 3, p=1), conv(6, 17, 64, 1, 2, g=2, e="bias"), conv(5, 9, 16, 3, 4, p=1, e="residual", n=2),
    conv(7, 8, 48, (1, 3), 1, s=2, e="none"), conv(8, 8, 32, 3, 5, d=2, p=2, e="relu_scale"), conv(12, 12, 16, 5, 2, p=(2, 1, 0, 2)),
    # matmul and gemv
    matmul(1, 96, 128), matmul(1, 131, 77, e="bias"), matmul(5, 33, 40), matmul(16, 64, 48, e="residual"), matmul(3, 1, 1),
    # pooling
    pool("max", 8, 8, 16, 3, 2, 1), pool("max", 9, 7, 5, 2, 2), pool("average", 8, 8, 24, 3, 2, 1),
    pool("average_include_pad", 8, 8, 24, 3, 2, 1), pool("average", 7, 7, 96, 7), pool("average", 14, 14, 33, 14, n=2), pool("average", 14, 14, 72, 14, n=2),
    pool("max", 13, 13, 8, 3, 2, 0, size=(6, 6)), pool("average", 8, 8, 8, 3, 2, 0, size=(4, 4)),
    pool("average_include_pad", 8, 8, 8, 3, 2, (0, 0, 0, 0), size=(4, 4)), pool("max", 6, 6, 3, 5, 1, 2),
]


def tensor(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def extras_of(epilogue, shape):
    """Arguments, clause, maps and body of an epilogue, and its NumPy function."""
    names, body, function = EPILOGUES[epilogue]
    dims = "n, h, w, c" if len(shape) == 4 else "n, c"
    types = {"b": tensor(shape[-1:]), "r": tensor(shape)}
    maps = {"b": f"affine_map<({dims}) -> (c)>", "r": f"affine_map<({dims}) -> ({dims})>"}
    arguments = [(f"%{name}@", types[name]) for name in names]
    operands = ", ".join(f"%{name}@" for name in names)
    clause = f"epilogue({operands} : {', '.join(types[n] for n in names)})" if names else ""
    block = "".join(f", %{name}: f32" for name in names)
    return names, arguments, clause, ", ".join(maps[n] for n in names), block, body, function


def structured(op, types, result, attributes, epilogue):
    """The arguments and the text of one op; `@` stands for its number."""
    names, extras, clause, maps, block, body, function = extras_of(epilogue, result)
    a, b = map(tensor, types)
    out = tensor(result)
    text = f"""
  %init@ = tensor.empty() : {out}
  %y@ = hswish.{op} ins(%lhs@, %rhs@ : {a}, {b}) {clause} outs(%init@ : {out})
      attributes {{{attributes}epilogue_maps = [{maps}]}} {{
  ^bb0(%acc: f32{block}):
    {body}
  }} -> {out}"""
    return [("%lhs@", a), ("%rhs@", b), *extras], text, names, function


def module(ops, packed):
    """A model of all ops, and its inputs; packed weights are constants."""
    arguments, body, inputs, results = [], "", [], []
    for i, (names, text, values, want) in enumerate(ops):
        for (name, kind), value in zip(names, values):
            if packed and name == "%rhs@":
                text = f'\n  {name} = arith.constant dense<"0x{value.tobytes().hex()}"> : {kind}{text}'
            else:
                arguments.append(f'{name}: {kind} {{hswish.name = "{name[1:]}"}}'.replace("@", str(i)))
                inputs.append(value)
        body += text.replace("@", str(i))
        results.append(tensor(want.shape))
    types, values = ", ".join(results), ", ".join(f"%y{i}" for i in range(len(ops)))
    text = f"func.func @net({', '.join(arguments)}) -> ({types}) {{{body}\n  return {values} : {types}\n}}\n"
    return text, inputs


def random(rng, shape):
    return rng.standard_normal(shape).astype(np.float32)


def prepare(kind, case, rng):
    """The op's arguments, its text, their values and what NumPy says."""
    if kind == "pool":
        return prepare_pool(case, rng)
    if kind == "matmul":
        a, b = random(rng, (case["m"], case["k"])), random(rng, (case["k"], case["n"]))
        b *= 2 / np.sqrt(case["k"])
        acc = a.astype(np.float64) @ b
        op, attributes = "matmul", ""
    else:
        a = random(rng, (case["n"], case["h"], case["w"], case["c"]))
        b = random(rng, (*case["k"], case["c"] // case["g"], case["f"]))
        b *= 2 / np.sqrt(np.prod(b.shape[:3]))
        acc = conv_2d(a, b, case["s"], case["d"], case["p"], case["g"])
        array = lambda v: f"array<i64: {', '.join(map(str, v))}>"
        attributes = (f"strides = {array(case['s'])}, dilations = {array(case['d'])}, pads = {array(case['p'])}, "
                      f"groups = {case['g']} : i64, ")
        op = "conv_2d"
    arguments, text, names, function = structured(op, (a.shape, b.shape), acc.shape, attributes, case["e"])
    bias, residual = random(rng, acc.shape[-1:]), random(rng, acc.shape)
    extras = [{"b": bias, "r": residual}[name] for name in names]
    return arguments, text, [a, b, *extras], function(acc, bias.astype(np.float64), residual.astype(np.float64))


def prepare_pool(case, rng):
    x = random(rng, (case["n"], case["h"], case["w"], case["c"]))
    (kh, kw), s, p = case["k"], case["s"], case["p"]
    size = case["size"] or tuple((x.shape[1 + i] + p[i] + p[i + 2] - case["k"][i]) // s[i] + 1 for i in range(2))
    y = np.empty((x.shape[0], *size, x.shape[3]))
    for i in range(size[0]):
        for j in range(size[1]):
            top, left = i * s[0] - p[0], j * s[1] - p[1]
            window = x[:, max(top, 0) : top + kh, max(left, 0) : left + kw].astype(np.float64)
            if case["kind"] == "max":
                y[:, i, j] = window.max((1, 2))
                continue
            count = window.shape[1] * window.shape[2]
            if case["kind"] == "average_include_pad":
                count = (min(top + kh, x.shape[1] + p[2]) - top) * (min(left + kw, x.shape[2] + p[3]) - left)
            y[:, i, j] = window.sum((1, 2)) / count
    array = lambda v: f"array<i64: {', '.join(map(str, v))}>"
    text = f"""
  %init@ = tensor.empty() : {tensor(y.shape)}
  %y@ = hswish.pool_2d {case["kind"]} ins(%x@ : {tensor(x.shape)}) outs(%init@ : {tensor(y.shape)})
      {{kernel = {array(case["k"])}, strides = {array(s)}, pads = {array(p)}}} -> {tensor(y.shape)}"""
    return [("%x@", tensor(x.shape))], text, [x], y


# --- running ------------------------------------------------------------------


def x86_levels():
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    for level, needs in [("x86-64-v2", "sse4_2"), ("x86-64-v3", "fma"), ("x86-64-v4", "avx512vl")]:
        if needs in flags:
            yield level


def run_jit(options):
    """By hswish-run."""

    def run(model, inputs, outputs, folder):
        yield ["hswish-run", *options, model, *inputs, "--output-dir", folder]

    return run


def run_program(target, prefix):
    """By a program that is made for `target` and started with `prefix`."""

    def run(model, inputs, outputs, folder):
        program = os.path.join(folder, "program")
        yield ["hswish-compile", model, f"--target={target}", "--emit=exe", "-o", program]
        yield [*prefix, program, *inputs, *outputs]

    return run


def roads():
    """Each way to compile and run that works here, and whether weights are packed."""
    yield "decomposed", run_jit(["--no-kernels"]), False
    for level in x86_levels():
        yield f"JIT {level}", run_jit([f"--target={level}"]), False
        yield f"program {level}", run_program(level, []), True
    sysroot = "/usr/aarch64-linux-gnu"
    if shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc"):
        yield "program aarch64", run_program("aarch64", ["qemu-aarch64", "-L", sysroot]), True
    else:
        print("aarch64 is left out: no qemu-aarch64, or no compiler to link with")


def run(road, ops, packed, folder):
    """The outputs of the model of all ops, or what went wrong."""
    text, inputs = module(ops, packed)
    model = os.path.join(folder, "net.mlir")
    with open(model, "w") as file:
        file.write(text)
    names = [os.path.join(folder, f"in{i}.npy") for i in range(len(inputs))]
    for name, value in zip(names, inputs):
        np.save(name, value)
    outputs = [os.path.join(folder, f"{i}.npy") for i in range(len(ops))]
    for command in road(model, names, outputs, folder):
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            return result.stderr[:2000] or f"exit status {result.returncode}"
    return [np.load(name) for name in outputs]


def main():
    only = [int(argument) for argument in sys.argv[1:]]
    cases = [(n, case) for n, case in enumerate(CASES) if not only or n in only]
    ops = [prepare(*case, np.random.default_rng(n)) for n, case in cases]
    failures = []
    for name, road, packed in roads():
        with tempfile.TemporaryDirectory() as folder:
            results = run(road, ops, packed, folder)
        if isinstance(results, str):
            failures.append(f"{name}\n{results}")
            continue
        for (number, case), got, (*_, want) in zip(cases, results, ops):
            if got.shape != want.shape:
                failures.append(f"{name}: #{number} {case}: {got.shape} instead of {want.shape}")
                continue
            error = np.abs(got - want).max() / max(1, np.abs(want).max())
            if not error < 1e-5:
                failures.append(f"{name}: #{number} {case}: error {error:.3g}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(cases)} ops, {len(failures)} failures")
    sys.exit(bool(failures))


main()
