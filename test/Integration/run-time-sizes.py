# RUN: %python %s %hswish_tools_dir %llvm_tools_dir %t
# REQUIRES: numpy
"""Kernels compute what they say where batch, height and width are values of run time.

Each kernel, with tiles of several widths, is one function on memrefs of unknown sizes. It is called
for many sizes, from one pixel on, and compared with NumPy in float64. All memory ends where a page
ends that nobody may read or write, and begins, in a second call, behind such a page. The same is
done by threads, one after the other: their shares are all of the work.

With numbers of the table's rows as further arguments, only these.
"""

import ctypes
import mmap
import os
import subprocess
import sys

import numpy as np

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)


# --- memory between pages that are not there ------------------------------------


class Guarded:
    """A float32 array at the very end, or start, of its memory."""

    def __init__(self, values, at_end):
        self.whole = -(-values.nbytes // PAGE) * PAGE
        self.map = mmap.mmap(-1, self.whole + 2 * PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        for page in (start, start + PAGE + self.whole):
            assert libc.mprotect(ctypes.c_void_p(page), PAGE, 0) == 0
        offset = PAGE + (self.whole - values.nbytes if at_end else 0)
        self.array = np.frombuffer(self.map, np.float32, values.size, offset).reshape(values.shape)
        self.array[...] = values
        self.address = start + offset


def descriptor(address, shape, strides=None):
    """What the C interface calls a memref."""
    rank = len(shape)
    strides = strides or [int(np.prod(shape[i + 1 :])) for i in range(rank)]
    numbers = [address, address, 0, *shape, *strides]
    return (ctypes.c_int64 * len(numbers))(*numbers)


# --- the oracle -----------------------------------------------------------------


def windows(x, kernel, strides, dilations, size):
    """[n, oh, ow, kh, kw, c] views of an image."""
    s = x.strides
    shape = (x.shape[0], *size, *kernel, x.shape[3])
    steps = (s[0], s[1] * strides[0], s[2] * strides[1], s[1] * dilations[0], s[2] * dilations[1], s[3])
    return np.lib.stride_tricks.as_strided(x, shape, steps)


def output_size(size, case):
    return [
        (size[i] + case["p"][i] + case["p"][i + 2] - (case["k"][i] - 1) * case["d"][i] - 1) // case["s"][i] + 1
        for i in range(2)
    ]


def pad(x, case, value):
    p = case["p"]
    return np.pad(x, [(0, 0), (p[0], p[2]), (p[1], p[3]), (0, 0)], constant_values=value)


def conv_2d(x, w, residual, case):
    x = pad(x.astype(np.float64), case, 0)
    groups, outputs = case["g"], w.shape[3] // case["g"]
    parts = []
    for g in range(groups):
        image = np.ascontiguousarray(x[..., g * w.shape[2] : (g + 1) * w.shape[2]])
        patches = windows(image, w.shape[:2], case["s"], case["d"], residual.shape[1:3])
        parts.append(np.einsum("nhwklc,klcf->nhwf", patches, w[..., g * outputs : (g + 1) * outputs]))
    return np.concatenate(parts, axis=3) + residual


def pool_2d(x, shape, case):
    kind = case["kind"]
    padded = pad(x.astype(np.float64), case, -np.inf if kind == "max" else 0)
    patches = windows(padded, case["k"], case["s"], case["d"], shape)
    if kind == "max":
        return patches.max(axis=(3, 4))
    ones = pad(np.ones_like(x, np.float64), case, 1 if kind == "average_include_pad" else 0)
    return patches.sum(axis=(3, 4)) / windows(ones, case["k"], case["s"], case["d"], shape).sum(axis=(3, 4))


# --- the table ------------------------------------------------------------------


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def four(value):
    return value if len(pair(value)) == 4 else pair(value) * 2


def strategy(kernel, rows=1, columns=1, blocks=(), vector=4, unroll=1, order="rows"):
    return (
        f"#hswish.strategy<kernel = {kernel}, vector = {vector}, rows = {rows}, columns = {columns}, "
        f"unroll = {unroll}, order = {order}" + (f", blocks = [{', '.join(map(str, blocks))}]>" if blocks else ">")
    )


def conv(c, k, f, strategy, s=1, d=1, p=0, g=1, planes=False, in_place=False):
    return dict(op="conv", c=c, k=pair(k), f=f, s=pair(s), d=pair(d), p=four(p), g=g, strategy=strategy,
                planes=planes, in_place=in_place)  # fmt: skip


def pool(kind, c, k, strategy, s=1, p=0):
    return dict(op="pool", kind=kind, c=c, k=pair(k), s=pair(s), d=(1, 1), p=four(p), strategy=strategy)


CASES = [
    # pointwise: all pixels are one dimension; in place, no pixel is computed twice
    conv(8, 1, 8, strategy("pointwise", rows=4, blocks=[8])),
    conv(5, 1, 7, strategy("pointwise", rows=6, blocks=[4, 3], unroll=4, order="columns")),
    conv(8, 1, 8, strategy("pointwise", rows=7, blocks=[8]), in_place=True),
    conv(4, 1, 8, strategy("pointwise", rows=3, blocks=[4]), g=2),
    conv(6, 1, 4, strategy("pointwise", rows=4, blocks=[4]), s=2),
    # direct: without and with padding, of pixels and of planes
    conv(3, 3, 8, strategy("direct", rows=4, blocks=[8])),
    conv(3, 3, 8, strategy("direct", rows=4, blocks=[8]), s=2, p=(0, 0, 1, 1)),
    conv(3, 3, 8, strategy("direct", rows=4, blocks=[8], unroll=3), p=1, planes=True),
    conv(4, 5, 6, strategy("direct", rows=3, blocks=[4, 2], order="columns"), s=(1, 2), d=(1, 2), p=(2, 4, 2, 4)),
    conv(2, 3, 4, strategy("direct", rows=5, blocks=[4]), p=1, in_place=True),
    # dot
    conv(8, 3, 2, strategy("dot", rows=3, blocks=[2])),
    conv(8, 1, 3, strategy("dot", rows=4, blocks=[3])),
    # depthwise: tiles of one row and of several, either order
    conv(7, 3, 7, strategy("depthwise", rows=1, columns=4), p=1, g=7),
    conv(7, 3, 7, strategy("depthwise", rows=2, columns=3, order="columns"), p=1, g=7),
    conv(8, 5, 8, strategy("depthwise", rows=2, columns=2), s=2, p=2, g=8),
    conv(4, 3, 4, strategy("depthwise", rows=3, columns=2), s=(2, 1), d=(1, 2), p=(0, 2, 1, 2), g=4),
    conv(4, 3, 8, strategy("depthwise", rows=2, columns=4), p=1, g=4),
    conv(4, 3, 4, strategy("depthwise", rows=2, columns=2), g=4),
    conv(4, 3, 4, strategy("depthwise", rows=3, columns=4), p=1, g=4, in_place=True),
    # pooling
    pool("max", 5, 3, strategy("pool"), s=2, p=1),
    pool("average", 8, 3, strategy("pool", unroll=2), p=1),
    pool("average_include_pad", 6, (2, 3), strategy("pool"), s=2, p=(0, 1, 1, 1)),
    pool("max", 4, 4, strategy("pool"), s=3),
    # what is no kernel of multiply-adds
    dict(op="border", c=5, p=(1, 2, 0, 1)),
    dict(op="border", c=4, p=(2, 0, 1, 0)),
    dict(op="interleave", c=3),
    dict(op="interleave", c=4),
    dict(op="matmul", c=9, f=5, strategy=strategy("pointwise", rows=4, blocks=[4, 1], unroll=2)),
]


# --- the functions --------------------------------------------------------------


def array(values):
    return f"array<i64: {', '.join(map(str, values))}>"


def write_conv(case):
    kh, kw = case["k"]
    layout = ", strided<[?, ?, 1, ?]>" if case["planes"] else ""
    x, y = f"memref<?x?x?x{case['c']}xf32{layout}>", f"memref<?x?x?x{case['f']}xf32>"
    w = f"memref<{kh}x{kw}x{case['c'] // case['g']}x{case['f']}xf32>"
    residual = "%y" if case["in_place"] else "%r"
    return (
        f"%x: {x}, %w: {w}, %r: {y}, %y: {y}",
        f"""hswish.conv_2d ins(%x, %w : {x}, {w}) epilogue({residual} : {y}) outs(%y : {y}) attributes {{
      strides = {array(case["s"])}, dilations = {array(case["d"])}, pads = {array(case["p"])},
      groups = {case["g"]} : i64, epilogue_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>],
      strategy = {case["strategy"]}}} {{
  ^bb0(%acc: f32, %e: f32):
    %0 = arith.addf %acc, %e : f32
    hswish.yield %0 : f32
  }}""",
    )


def write_other(case):
    c = case["c"]
    image = f"memref<?x?x?x{c}xf32>"
    if case["op"] == "pool":
        return (
            f"%x: {image}, %y: {image}",
            f"hswish.pool_2d {case['kind']} ins(%x : {image}) outs(%y : {image}) {{kernel = {array(case['k'])}, "
            f"strides = {array(case['s'])}, pads = {array(case['p'])}, strategy = {case['strategy']}}}",
        )
    if case["op"] == "border":
        return f"%y: {image}", f"hswish.fill_border outs(%y : {image}) {{value = 2.0 : f32, pads = {array(case['p'])}}}"
    if case["op"] == "interleave":
        planes = f"memref<?x{c}x?x?xf32>"
        return (
            f"%x: {planes}, %y: {image}",
            f"linalg.transpose ins(%x : {planes}) outs(%y : {image}) permutation = [0, 2, 3, 1]",
        )
    x, w, y = f"memref<?x{c}xf32>", f"memref<{c}x{case['f']}xf32>", f"memref<?x{case['f']}xf32>"
    return (
        f"%x: {x}, %w: {w}, %y: {y}",
        f"""hswish.matmul ins(%x, %w : {x}, {w}) outs(%y : {y}) attributes {{strategy = {case["strategy"]}}} {{
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }}""",
    )


def compile_cases(cases, threads, hswish, llvm, path):
    text = ""
    for i, case in cases:
        arguments, body = write_conv(case) if case["op"] == "conv" else write_other(case)
        names, types = zip(*(argument.strip("%").split(": ") for argument in arguments.split(", %")))
        operands = ", ".join(f"%{name}" for name in names)
        text += f"""func.func private @k{i}({arguments}) {{
  {body}
  return
}}
func.func @f{i}({arguments}) attributes {{llvm.emit_c_interface}} {{
  call @k{i}({operands}) : ({", ".join(types)}) -> ()
  return
}}
"""
    passes = ["-hswish-vectorize-linalg", "-convert-hswish-to-scf"]
    passes += [f"-hswish-distribute-to-threads=threads={threads}", "-expand-strided-metadata", "-lower-affine"]
    passes += ["-convert-scf-to-cf", "-convert-vector-to-llvm", "-convert-to-llvm", "-reconcile-unrealized-casts"]
    run = lambda command, text: subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True).stdout
    llvm_dialect = run([f"{hswish}/hswish-opt", *passes], text.encode())
    bitcode = run([f"{llvm}/mlir-translate", "--mlir-to-llvmir"], llvm_dialect)
    run([f"{llvm}/llc", "-O2", "-relocation-model=pic", "-filetype=obj", "-o", f"{path}.o"], bitcode)
    run(["cc", "-shared", "-o", f"{path}.so", f"{path}.o", "-lm"], b"")
    return ctypes.CDLL(os.path.abspath(f"{path}.so"))


# --- the calls ------------------------------------------------------------------


def make_call(case, n, h, w, random):
    """Operands, their shapes as the kernel sees them with strides or None, and the result."""
    normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
    c = case["c"]
    if case["op"] == "matmul":
        x, weights = normal(n * h * w, c), normal(c, case["f"])
        y = np.zeros((n * h * w, case["f"]), np.float32)
        return [(x, None), (weights, None), (y, None)], x.astype(np.float64) @ weights
    if case["op"] == "interleave":
        x = normal(n, c, h, w)
        return [(x, None), (np.zeros((n, h, w, c), np.float32), None)], x.transpose(0, 2, 3, 1)
    x = normal(n, h, w, c)
    if case["op"] == "border":
        return [(pad(x, case, 0), None)], pad(x, case, 2)
    size = output_size((h, w), case)
    if min(size) < 1:
        return None
    if case["op"] == "pool":
        return [(x, None), (np.zeros((n, *size, c), np.float32), None)], pool_2d(x, size, case)
    weights, residual = normal(*case["k"], c // case["g"], case["f"]), normal(n, *size, case["f"])
    view = None
    operand = x
    if case["planes"]:
        operand = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        view = ((n, h, w, c), [c * h * w, w, 1, h * w])
    operands = [(operand, view), (weights, None), (residual, None), (residual.copy(), None)]
    return operands, conv_2d(x, weights, residual, case)


def check(function, threads, case, n, h, w, random):
    call = make_call(case, n, h, w, random)
    if not call:
        return 0
    operands, want = call
    for at_end in (False, True):
        memory = [Guarded(values, at_end) for values, _ in operands]
        arguments = [descriptor(m.address, *(view or (values.shape,))) for m, (values, view) in zip(memory, operands)]
        for thread in range(threads):
            share = map(ctypes.c_int64, (thread, threads) if threads > 1 else ())
            function(*map(ctypes.byref, arguments), *share)
        error = np.abs(memory[-1].array - want).max()
        assert error < 1e-4, f"{case}, {threads} threads, {n} x {h} x {w}: {error}"
    return 1


def main():
    hswish, llvm, path = sys.argv[1:4]
    rows = [int(row) for row in sys.argv[4:]] or range(len(CASES))
    random = np.random.default_rng(13)
    sizes = [(1, h, w) for h in (1, 2, 3, 5) for w in range(1, 21)]
    sizes += [(1, h, w) for h in range(6, 21) for w in (1, 2, 3, 7, 8)] + [(2, 3, 5), (3, 1, 1), (3, 4, 9)]
    for threads in (1, 3):
        library = compile_cases([(i, CASES[i]) for i in rows], threads, hswish, llvm, f"{path}{threads}")
        for i in rows:
            function = getattr(library, f"_mlir_ciface_f{i}")
            function.restype = None
            calls = sum(check(function, threads, CASES[i], *size, random) for size in sizes)
            assert calls > 0
            print(f"row {i}, {threads} threads: {calls} sizes", flush=True)


if __name__ == "__main__":
    main()
