# RUN: %python %s
# REQUIRES: numpy
"""Structured ops compute what they say, by kernels and without.

One table of convolutions, matmuls and poolings (every kernel family; sizes that
are, and are not, multiples of any vector or tile) is compiled for each x86 level
that runs here, with our kernels and decomposed, and compared with NumPy in
float64.
"""

import os
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
    # direct
    conv(32, 32, 3, 3, 16, s=2, p=1), conv(10, 10, 24, 3, 24, p=1, e="residual"), conv(11, 7, 5, 3, 7, p=1),
    conv(12, 12, 8, 2, 8, s=2, e="none"), conv(9, 9, 6, 5, 10, d=2, p=4), conv(8, 8, 96, 3, 24, p=1), conv(5, 5, 3, (3, 1), 4),
    conv(16, 16, 1, 9, 3, p=4), conv(13, 13, 3, 7, 20, s=3, p=3),
    # grouped, with a channel multiplier
    conv(8, 8, 12, 3, 18, p=1, g=3), conv(8, 8, 8, 1, 16, g=4), conv(8, 8, 8, 3, 16, p=1, g=8),
    # matmul and gemv
    matmul(1, 96, 128), matmul(1, 131, 77, e="bias"), matmul(5, 33, 40), matmul(16, 64, 48, e="residual"), matmul(3, 1, 1),
    # pooling
    pool("max", 8, 8, 16, 3, 2, 1), pool("max", 9, 7, 5, 2, 2), pool("average", 8, 8, 24, 3, 2, 1),
    pool("average_include_pad", 8, 8, 24, 3, 2, 1), pool("average", 7, 7, 96, 7), pool("average", 14, 14, 33, 14, n=2),
    pool("max", 13, 13, 8, 3, 2, 0, size=(6, 6)), pool("average", 8, 8, 8, 3, 2, 0, size=(4, 4)),
    pool("average_include_pad", 8, 8, 8, 3, 2, (0, 0, 0, 0), size=(4, 4)), pool("max", 6, 6, 3, 5, 1, 2),
]


def tensor(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def extras_of(epilogue, shape):
    """Operands, types, maps and body arguments of an epilogue's extras."""
    names, body, function = EPILOGUES[epilogue]
    dims = "n, h, w, c" if len(shape) == 4 else "n, c"
    types = {"b": tensor(shape[-1:]), "r": tensor(shape)}
    maps = {"b": f"affine_map<({dims}) -> (c)>", "r": f"affine_map<({dims}) -> ({dims})>"}
    args = "".join(f", %{name}x: {types[name]}" for name in names)
    operands = ", ".join(f"%{name}x" for name in names)
    clause = f"epilogue({operands} : {', '.join(types[n] for n in names)})" if names else ""
    block = "".join(f", %{name}: f32" for name in names)
    return names, args, clause, ", ".join(maps[n] for n in names), block, body, function


def structured(op, types, result, attributes, epilogue):
    """A module of one op on its function's arguments."""
    names, args, clause, maps, block, body, function = extras_of(epilogue, result)
    a, b = map(tensor, types)
    out = tensor(result)
    text = f"""
func.func @net(%lhs: {a}, %rhs: {b}{args}) -> {out} {{
  %init = tensor.empty() : {out}
  %y = hswish.{op} ins(%lhs, %rhs : {a}, {b}) {clause} outs(%init : {out})
      attributes {{{attributes}epilogue_maps = [{maps}]}} {{
  ^bb0(%acc: f32{block}):
    {body}
  }} -> {out}
  return %y : {out}
}}"""
    return text, names, function


def random(rng, shape):
    return rng.standard_normal(shape).astype(np.float32)


def prepare(kind, case, rng):
    """The module, its inputs and what NumPy says."""
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
    text, names, function = structured(op, (a.shape, b.shape), acc.shape, attributes, case["e"])
    bias, residual = random(rng, acc.shape[-1:]), random(rng, acc.shape)
    extras = [{"b": bias, "r": residual}[name] for name in names]
    return text, [a, b, *extras], function(acc, bias.astype(np.float64), residual.astype(np.float64))


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
func.func @net(%x: {tensor(x.shape)}) -> {tensor(y.shape)} {{
  %init = tensor.empty() : {tensor(y.shape)}
  %y = hswish.pool_2d {case["kind"]} ins(%x : {tensor(x.shape)}) outs(%init : {tensor(y.shape)})
      {{kernel = {array(case["k"])}, strides = {array(s)}, pads = {array(p)}}} -> {tensor(y.shape)}
  return %y : {tensor(y.shape)}
}}"""
    return text, [x], y


# --- running ------------------------------------------------------------------


def roads():
    """Options of hswish-run for each way to compile that runs here."""
    yield ["--no-kernels"]
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    for level, needs in [("x86-64-v2", "sse4_2"), ("x86-64-v3", "fma"), ("x86-64-v4", "avx512vl")]:
        if needs in flags:
            yield [f"--target={level}"]


def run(options, model, inputs, folder):
    files = []
    for i, x in enumerate(inputs):
        files.append(os.path.join(folder, f"in{i}.npy"))
        np.save(files[-1], x)
    command = ["hswish-run", *options, model, *files, "--output-dir", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        return result.stderr[:2000]
    return np.load(os.path.join(folder, "0.npy"))


def main():
    only = sys.argv[1:]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "net.mlir")
        for number, (kind, case) in enumerate(CASES):
            if only and str(number) not in only:
                continue
            text, inputs, want = prepare(kind, case, np.random.default_rng(number))
            with open(model, "w") as file:
                file.write(text)
            for options in roads():
                got = run(options, model, inputs, folder)
                where = f"#{number} {kind} {case} {' '.join(options)}"
                if isinstance(got, str):
                    failures.append(f"{where}\n{got}")
                    continue
                error = np.abs(got - want).max() / max(1, np.abs(want).max())
                if got.shape != want.shape or not error < 1e-5:
                    failures.append(f"{where}: error {error:.3g}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(CASES)} ops, {len(failures)} failures")
    sys.exit(bool(failures))


main()
