# RUN: %python %s
# REQUIRES: numpy
"""Sums along rows are added in one order: the bits that docs/Numerics.md promises.

NumPy adds in that order, too, and must give the same bits as each target that
runs here, with several threads, without kernels, with sizes of run time; rows lie
in one piece, side by side, or in pieces; what is added may be computed on the way.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np

# --- the order ----------------------------------------------------------------


def in_order(x, op, start):
    """Reduces the last axis: 16 partial results a block of 1,024, halves, pairs of neighbours."""
    blocks = []
    for low in range(0, x.shape[-1], 1024):
        block = x[..., low : low + 1024]
        partial = np.full((*x.shape[:-1], 16), start, x.dtype)
        for i in range(0, block.shape[-1], 16):
            part = block[..., i : i + 16]
            partial[..., : part.shape[-1]] = op(partial[..., : part.shape[-1]], part)
        while partial.shape[-1] > 1:
            half = partial.shape[-1] // 2
            partial = op(partial[..., :half], partial[..., half:])
        blocks.append(partial[..., 0])
    while len(blocks) > 1:
        pairs = [op(a, b) for a, b in zip(blocks[::2], blocks[1::2])]
        blocks = pairs + blocks[len(pairs) * 2 :]
    return op(x.dtype.type(start), blocks[0])


# --- the cases ----------------------------------------------------------------

LENGTHS = [*range(1, 41), 63, 64, 65, 111, 113, 1007, 1009, 1023, 1024, 1025, 2048, 2049, 3072, 5000, 7168, 18385, 100000]
OPS = {  # name: (function, start)
    "arith.addf": (np.add, 0),
    "arith.mulf": (np.multiply, 1),
}


def tensor(shape, type):
    return f"tensor<{''.join(f'{size}x' for size in shape)}{type}>"


BODY = """{{indexing_maps = [affine_map<({dims}) -> ({dims})>, affine_map<({dims}) -> ({kept})>],
      iterator_types = [{kinds}]}} ins({name} : {whole}) outs({init} : {out}) {{
  ^bb0(%e: f32, %acc: f32):
    %q = arith.mulf %e, %e : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32
  }} -> {out}"""


class Model:
    """A function that reduces slices of its inputs, and what comes out."""

    def __init__(self):
        self.inputs, self.arguments, self.body, self.results, self.want = [], [], [], [], []

    def add_input(self, value, type):
        self.arguments.append(f"%x{len(self.inputs)}: {tensor(value.shape, type)}")
        self.inputs.append(value)
        return len(self.inputs) - 1, type

    def add(self, source, sizes, dims, op="arith.addf", squared=False):
        """Sizes are known."""
        n, (number, type) = len(self.want), source
        part = self.inputs[number][tuple(slice(size) for size in sizes)]
        kept = [size for d, size in enumerate(sizes) if d not in dims]
        whole, out, name = tensor(sizes, type), tensor(kept, type), f"%s{n}"
        text = self.slice(n, source, list(sizes), whole)
        if squared:
            text += f"  %q{n} = arith.mulf {name}, {name} : {whole}\n"
            name, part = f"%q{n}", part * part
        text += f"""  %i{n} = arith.constant dense<{float(OPS[op][1])}> : {out}
  %r{n} = linalg.reduce {{ {op} }} ins({name} : {whole}) outs(%i{n} : {out}) dimensions = {list(dims)}
"""
        self.finish(text, out, part, dims, op)

    def add_dynamic(self, source, sizes):
        """Squares of all numbers of a slice; sizes are what the input `sizes` says."""
        n, (number, type) = len(self.want), source
        names = [f"%n{n}_{d}" for d in range(len(sizes))]
        text = ""
        for name, size in zip(names, sizes):
            place = int(np.argmax(self.inputs[0] == size))
            text += f"""  {name}i = arith.constant {place} : index
  {name}v = tensor.extract %x0[{name}i] : tensor<{len(self.inputs[0])}xi64>
  {name} = arith.index_cast {name}v : i64 to index
"""
        whole, out, dims = tensor("?" * len(sizes), type), tensor([], type), range(len(sizes))
        text += self.slice(n, source, names, whole)
        letters = ", ".join("abc"[: len(sizes)])
        text += f"  %i{n} = arith.constant dense<0.0> : {out}\n  %r{n} = linalg.generic " + BODY.format(
            dims=letters, kept="", kinds=", ".join(['"reduction"'] * len(sizes)), name=f"%s{n}", init=f"%i{n}", whole=whole, out=out)
        part = self.inputs[number][tuple(slice(size) for size in sizes)]
        self.finish(text + "\n", out, part * part, tuple(dims), "arith.addf")

    def slice(self, n, source, sizes, whole):
        (number, type), rank = source, len(sizes)
        given = tensor(self.inputs[number].shape, type)
        sizes = ", ".join(map(str, sizes))
        return f"  %s{n} = tensor.extract_slice %x{number}{[0] * rank} [{sizes}] {[1] * rank} : {given} to {whole}\n"

    def finish(self, text, out, part, dims, op):
        self.body.append(text)
        self.results.append(out)
        rows = np.moveaxis(part, dims, range(-len(dims), 0))
        rows = rows.reshape(*rows.shape[: part.ndim - len(dims)], -1)
        wide = rows.astype(np.float32) if rows.dtype == np.float16 else rows
        self.want.append(in_order(wide, *OPS[op]).astype(rows.dtype))

    def text(self):
        types = ", ".join(self.results)
        values = ", ".join(f"%r{n}" for n in range(len(self.want)))
        return (f"func.func @net({', '.join(self.arguments)}) -> ({types}) {{\n{''.join(self.body)}"
                f"  return {values} : {types}\n}}\n")


def spread(rng, *shape):
    """Numbers of many magnitudes and both signs: any other order gives other bits."""
    return (rng.standard_normal(shape) * 2.0 ** rng.uniform(-12, 12, shape)).astype(np.float32)


def static_model(lengths):
    rng = np.random.default_rng(5)
    model = Model()
    row = model.add_input(spread(rng, max(lengths)), "f32")
    for length in lengths:
        model.add(row, (length,), (0,))
    few = model.add_input(spread(rng, 6, 1100), "f32")
    for length in (3, 17, 100, 1100):
        model.add(few, (5, length), (1,))
        model.add(few, (5, length), (1,), squared=True)
    columns = model.add_input(spread(rng, 3080, 45), "f32")
    for length in (1, 2, 9, 16, 31, 100, 1024, 1025, 3080):
        for width in (1, 3, 16, 45):
            model.add(columns, (length, width), (0,))
    model.add(columns, (2050, 13), (0,), squared=True)
    model.add(columns, (2050, 45), (0, 1))
    model.add(columns, (50, 40), (0, 1))
    wide_columns = model.add_input(spread(rng, 1100, 1300), "f32")
    for length in (64, 65, 1100):
        model.add(wide_columns, (length, 1300), (0,), squared=length == 65)
    for width in range(2, 8):  # neighbours in memory
        shape = (3, 23, width)
        short = model.add_input(spread(rng, *shape), "f32")
        model.add(short, shape, (2,))
        model.add(short, shape, (1, 2), squared=True)
        double = model.add_input(spread(rng, *shape).astype(np.float64), "f64")
        model.add(double, shape, (2,), squared=True)
        halves = model.add_input(rng.standard_normal(shape).astype(np.float16), "f16")
        model.add(halves, shape, (2,))
    cube = model.add_input(spread(rng, 7, 33, 40), "f32")
    for dims in (0, 1), (0, 2), (1, 2), (0, 1, 2), (1,), (2,), (0,):
        model.add(cube, (7, 33, 40), dims)
        model.add(cube, (6, 21, 19), dims, squared=True)
    split = model.add_input(spread(rng, 5, 3, 33, 40), "f32")
    model.add(split, (5, 3, 33, 40), (0, 2))
    model.add(split, (5, 3, 31, 21), (0, 2), squared=True)
    near = model.add_input((1 + spread(rng, 5, 1100) * 1e-6).astype(np.float32), "f32")
    for length in (5, 70, 1100):
        model.add(near, (5, length), (1,), "arith.mulf")
    wide = model.add_input(spread(rng, 6, 2100).astype(np.float64), "f64")
    for length in (3, 37, 2100):
        model.add(wide, (5, length), (1,))
        model.add(wide, (3, length), (0,), squared=True)
    half = model.add_input(rng.standard_normal((6, 1100)).astype(np.float16), "f16")
    for length in (3, 37, 1100):
        model.add(half, (5, length), (1,))
    return model


def dynamic_model(lengths):
    rng = np.random.default_rng(6)
    model = Model()
    model.add_input(np.array([*lengths, 7, 333]), "i64")
    row, rows = (model.add_input(spread(rng, *shape), "f32") for shape in ((max(lengths),), (9, 400)))
    for length in lengths:
        model.add_dynamic(row, (length,))
    model.add_dynamic(rows, (7, 333))
    return model


# --- running ------------------------------------------------------------------


def roads():
    """What runs here: a name, and commands for a model, inputs, outputs and a folder."""
    flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
    levels = [("x86-64-v2", "sse4_2"), ("x86-64-v3", "fma"), ("x86-64-v4", "avx512vl")]
    for level, needs in levels:
        if needs in flags:
            for options in [], ["--threads=2"], ["--no-kernels"]:
                yield f"{level} {options}", jit([f"--target={level}", *options])
    if shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc"):
        yield "aarch64", program
    else:
        print("aarch64 is left out: no qemu-aarch64, or no compiler to link with")


def jit(options):
    def run(model, inputs, outputs, folder):
        yield ["hswish-run", *options, model, *inputs, "--output-dir", folder]

    return run


def program(model, inputs, outputs, folder):
    path = os.path.join(folder, "program")
    yield ["hswish-compile", model, "--target=aarch64", "--emit=exe", "-o", path]
    yield ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", path, *inputs, *outputs]


def check(name, road, model):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.mlir")
        with open(path, "w") as file:
            file.write(model.text())
        inputs = [os.path.join(folder, f"in{i}.npy") for i in range(len(model.inputs))]
        for file, value in zip(inputs, model.inputs):
            np.save(file, value)
        outputs = [os.path.join(folder, f"{i}.npy") for i in range(len(model.want))]
        environment = {**os.environ, "HSWISH_THREADS": "2"}
        for command in road(path, inputs, outputs, folder):
            result = subprocess.run(command, capture_output=True, text=True, env=environment)
            if result.returncode:
                sys.exit(f"{name}: {' '.join(command)}\n{result.stderr[:2000]}")
        for n, (file, want) in enumerate(zip(outputs, model.want)):
            got = np.load(file)
            if got.tobytes() != want.tobytes():
                sys.exit(f"{name}: {got.ravel()[:4]} instead of {want.ravel()[:4]}\n{model.body[n]}")


def main():
    static = static_model(LENGTHS)
    dynamic = dynamic_model([1, 2, 15, 16, 17, 100, 1023, 1024, 1025, 5000, 18385])
    for name, road in roads():
        check(name, road, static)
    for name, road in roads():
        if name != "aarch64":
            check(f"{name}, sizes of run time", road, dynamic)
    print(f"{len(static.want)} sums and {len(dynamic.want)} of run time agree bit by bit")


main()
