# RUN: env PYTHONPATH=%S/../Inputs %python %s hswish-compile hswish-run %t
# REQUIRES: numpy
"""A network in TOSA, from MLIR to numbers.

An inverted bottleneck with squeeze-and-excite, its activations spelt in several
ways, between a stem and a classifier: compiled ahead of time and by the JIT, and
compared with NumPy in float64.
"""

import os
import subprocess
import sys

import numpy as np
from spellings.forms import FORMS
from spellings.tosa import SHIFT, TosaBuilder

compiler, runner, folder = sys.argv[1:4]
rng = np.random.default_rng(5)


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr[:4000]}")
    return result.stdout


def type_of(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def hard_sigmoid(x):
    return np.clip(x + 3, 0, 6) / 6


def hard_swish(x):
    return x * hard_sigmoid(x)


def windows(x, kernel, stride, pad, value=0.0):
    """[n, oh, ow, kh, kw, c] of an image."""
    x = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)], constant_values=value)
    views = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (1, 2))
    return views[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


class Network:
    """Writes TOSA and computes beside it: a value is (SSA name, array)."""

    def __init__(self):
        self.lines = []

    def new(self, text):
        self.lines.append(f"%n{len(self.lines)} = {text}")
        return f"%n{len(self.lines) - 1}"

    def const(self, array):
        t = type_of(array.shape)
        hex = array.astype(np.float32).tobytes().hex().upper()
        return self.new(f'"tosa.const"() <{{values = dense<"0x{hex}"> : {t}}}> : () -> {t}')

    def weights(self, *shape, fan_in):
        return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32)

    def op(self, text, operands, y):
        names = ", ".join(name for name, _ in operands)
        types = ", ".join(t for _, t in operands)
        name = self.new(f"tosa.{text.replace('OPERANDS', names)} : ({types}) -> {type_of(y.shape)}")
        return name, y

    def conv(self, v, channels, kernel, stride=1, depthwise=False):
        name, x = v
        pad, c = kernel // 2, x.shape[-1]
        views = windows(x, kernel, stride, pad)
        if depthwise:
            w = self.weights(kernel, kernel, c, 1, fan_in=kernel**2)
            y = np.einsum("nhwklc,klc->nhwc", views, w[..., 0].astype(np.float64))
        else:
            w = self.weights(channels, kernel, kernel, c, fan_in=kernel**2 * c)
            y = np.einsum("nhwklc,fklc->nhwf", views, w.astype(np.float64))
        bias = (0.1 * rng.standard_normal(y.shape[-1])).astype(np.float32)
        operands = [(name, type_of(x.shape))]
        operands += [(self.const(a), type_of(a.shape)) for a in (w, bias)]
        operands += [("%zero", "tensor<1xf32>")] * 2
        attributes = (
            f"{{acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: {pad}, {pad}, {pad}, {pad}>, "
            f"stride = array<i64: {stride}, {stride}>}}"
        )
        op = "depthwise_conv2d" if depthwise else "conv2d"
        return self.op(f"{op} OPERANDS {attributes}", operands, y + bias)

    def spell(self, v, form, function):
        """An activation, as a form writes it."""
        name, x = v
        builder = TosaBuilder("f32", "x".join(map(str, x.shape)), constant="ones")
        builder.lines, builder.count = [], 1000 * len(self.lines)
        result = FORMS[form].body(builder, name)
        self.lines += builder.lines
        return result, function(x)

    def pool(self, v, kind, kernel, stride, pad=0):
        name, x = v
        views = windows(x, kernel, stride, pad, np.nan)
        y = (np.nanmax if kind == "max" else np.nanmean)(views, axis=(3, 4))
        attributes = (
            f"kernel = array<i64: {kernel}, {kernel}>, pad = array<i64: {pad}, {pad}, {pad}, {pad}>, "
            f"stride = array<i64: {stride}, {stride}>"
        )
        operands = [(name, type_of(x.shape))]
        if kind == "max":
            return self.op(f"max_pool2d OPERANDS {{{attributes}}}", operands, y)
        operands += [("%zero", "tensor<1xf32>")] * 2
        return self.op(f"avg_pool2d OPERANDS {{acc_type = f32, {attributes}}}", operands, y)

    def add(self, a, b):
        return self.op("add OPERANDS", [(n, type_of(x.shape)) for n, x in (a, b)], a[1] + b[1])

    def mul(self, a, b):
        operands = [(n, type_of(x.shape)) for n, x in (a, b)] + [("%shift", "tensor<1xi8>")]
        return self.op("mul OPERANDS", operands, a[1] * b[1])

    def relu(self, v):
        clamp = f"clamp OPERANDS {{min_val = 0.0 : f32, max_val = {np.finfo(np.float32).max:.9e} : f32}}"
        return self.op(clamp, [(v[0], type_of(v[1].shape))], np.maximum(v[1], 0))

    def reshape(self, v, *shape):
        dims = ", ".join(map(str, shape))
        s = self.new(f"tosa.const_shape {{values = dense<[{dims}]> : tensor<{len(shape)}xindex>}} "
                     f": () -> !tosa.shape<{len(shape)}>")  # fmt: skip
        operands = [(v[0], type_of(v[1].shape)), (s, f"!tosa.shape<{len(shape)}>")]
        return self.op("reshape OPERANDS", operands, v[1].reshape(shape))

    def matmul(self, v, outputs):
        name, x = v
        w = self.weights(1, x.shape[-1], outputs, fan_in=x.shape[-1])
        operands = [(name, type_of(x.shape)), (self.const(w), type_of(w.shape))]
        operands += [("%zero", "tensor<1xf32>")] * 2
        return self.op("matmul OPERANDS", operands, x @ w.astype(np.float64))


def build(net, x):
    stem = net.spell(net.conv(("%x", x), 16, 3, stride=2), "P4", hard_swish)
    y = net.spell(net.conv(stem, 64, 1), "P7", hard_swish)
    y = net.spell(net.conv(y, 64, 3, depthwise=True), "P12", hard_swish)
    gate = net.relu(net.conv(net.pool(y, "avg", y[1].shape[1], 1), 16, 1))
    gate = net.spell(net.conv(gate, 64, 1), "gate3", hard_sigmoid)
    y = net.add(net.conv(net.mul(y, gate), 16, 1), stem)
    y = net.pool(net.pool(y, "max", 2, 2), "avg", 2, 2, pad=1)
    y = net.spell(net.conv(y, 40, 1), "P18", hard_swish)
    features = y[1].shape[1] * y[1].shape[2] * 40
    y = net.matmul(net.reshape(y, 1, 1, features), 10)
    return net.reshape(y, 1, 10)


def main():
    os.makedirs(folder, exist_ok=True)
    x = rng.standard_normal((1, 31, 31, 3)).astype(np.float32)
    net = Network()
    result, want = build(net, x.astype(np.float64))
    zero = '%zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>'
    head = f"func.func @net(%x: {type_of(x.shape)}) -> {type_of(want.shape)} {{"
    text = "\n".join([head, SHIFT, zero, *net.lines, f"return {result} : {type_of(want.shape)}", "}"])
    model, library, source, output = (os.path.join(folder, n) for n in ("net.mlir", "net.so", "x.npy", "y.npy"))
    with open(model, "w") as file:
        file.write(text)
    np.save(source, x)

    fused = run(compiler, model, "--emit=mlir", "-o", "-")
    assert "tosa." not in fused, "something is left in TOSA"
    for op, count in (("hard_swish", 4), ("hard_sigmoid", 1), ("conv_2d", 7), ("matmul", 1)):
        found = fused.count(f"hswish.{op} ")
        assert found == count, f"{found} {op}, not {count}"
    # Averages are divided by their size, and the gate is applied: nothing else is alone.
    assert fused.count("linalg.generic") == 3, fused
    run(compiler, model, "-o", library)
    for path in (model, library):
        run(runner, path, source, "--output", output)
        error = np.abs(np.load(output) - want).max() / np.ptp(want)
        print(f"{os.path.basename(path)}: error {error:.2e} of the range")
        assert error < 1e-5, "too far from NumPy"


main()
