"""Operators with windows, products of matrices, normalisation over channels."""

import numpy as np
from onnx import TensorProto as T

from .table import WIDE, row

F32 = (T.FLOAT,)
CHANNELS = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 32, 33)


def image(d, channels=None, kinds=F32):
    """A value of one or two spatial dimensions."""
    fits = [
        v
        for v in d.values
        if v.kind in kinds and len(v.shape) in (3, 4) and (channels is None or v.shape[1] == channels)
    ]
    if fits and d.chance(0.7):
        return d.pick(fits)
    spatial = 2 if d.chance(0.8) else 1
    shape = [
        d.pick([1, 1, 2, 3]),
        channels or d.pick(CHANNELS),
        *(d.pick([1, 3, 5, 7, 8, 14, 17]) for _ in range(spatial)),
    ]
    return d.value(kinds, shape=shape)


def window(d, x, dilates=True):
    """Attributes of a window that fits."""
    spatial = len(x.shape) - 2
    kernel = [d.pick([1, 1, 2, 3, 3, 5]) for _ in range(spatial)]
    strides = [d.pick([1, 1, 2, 3]) for _ in range(spatial)]
    dilations = [d.pick([1, 1, 1, 2]) if dilates else 1 for _ in range(spatial)]
    attributes = {"kernel_shape": kernel, **d.maybe(strides=strides)}
    if dilates and d.chance(0.3):
        attributes["dilations"] = dilations
    if d.chance(0.15):
        attributes["auto_pad"] = d.pick(["SAME_UPPER", "SAME_LOWER", "VALID"])
    elif d.chance(0.6):
        attributes["pads"] = [int(d.rng.integers(0, k)) for k in kernel * 2]
    return attributes


@row("Conv", weight=8)
def conv(d, op):
    x = image(d, kinds=WIDE if d.chance(0.1) else F32)
    channels = x.shape[1]
    group = d.pick([1, 1, channels, channels] + [g for g in (2, 4) if channels % g == 0])
    outputs = group * d.pick([1, 1, 2, 3] if group > 1 else CHANNELS)
    attributes = window(d, x)
    shape = [outputs, channels // group, *attributes["kernel_shape"]]
    inputs = [x, d.constant(d.array(shape, x.kind) / 2, x.kind)]
    if d.chance(0.6):
        inputs.append(d.constant(d.array([outputs], x.kind), x.kind))
    d.emit(op, inputs, group=group, **attributes)


@row("ConvTranspose")
def conv_transpose(d, op):
    x = image(d)
    channels = x.shape[1]
    spatial = len(x.shape) - 2
    group = d.pick([1, channels])
    kernel = [d.pick([1, 2, 3, 4]) for _ in range(spatial)]
    attributes = {"strides": [d.pick([1, 2, 3]) for _ in range(spatial)], "group": group}
    if d.chance(0.5):
        attributes["pads"] = [int(d.rng.integers(0, k)) for k in kernel * 2]
    if d.chance(0.3):
        attributes["output_padding"] = [int(d.rng.integers(0, s)) for s in attributes["strides"]]
    shape = [channels, d.pick([1, 2, 3, 8]), *kernel]
    inputs = [x, d.constant(d.array(shape, x.kind) / 2, x.kind)]
    if d.chance(0.5):
        inputs.append(d.constant(d.array([shape[1] * group], x.kind), x.kind))
    d.emit(op, inputs, kernel_shape=kernel, **attributes)


@row("MaxPool", "AveragePool", weight=2)
def pool(d, op):
    x = image(d)
    attributes = window(d, x, dilates=op == "MaxPool" and d.opset >= 10)
    if d.opset >= 10 and d.chance(0.3) and "auto_pad" not in attributes:
        attributes["ceil_mode"] = 1
    if op == "AveragePool" and d.chance(0.3):
        attributes["count_include_pad"] = 1
    d.emit(op, [x], **attributes)


@row("GlobalAveragePool", "GlobalMaxPool", weight=2)
def global_pool(d, op):
    d.emit(op, [image(d)])


@row("MatMul", weight=3)
def matmul(d, op):
    x = d.value(WIDE, rank=(1, 4))
    inner, columns = x.shape[-1], d.pick([1, 5, 8, 16, 17])
    shape = d.pick([(inner,), (inner, columns), (inner, columns)])
    if len(x.shape) > 2 and d.chance(0.4):
        shape = (*(n if d.chance(0.6) else 1 for n in x.shape[:-2]), inner, columns)
    array = d.array(shape, x.kind) / 2
    y = d.constant(array, x.kind) if d.chance(0.7) else d.constant_or_input(array, x.kind)
    d.emit(op, [x, y])


@row("Gemm", weight=2)
def gemm(d, op):
    x = d.value(F32, rank=(2, 2))
    a, b = int(d.chance(0.3)), int(d.chance(0.5))
    rows, inner = x.shape[::-1] if a else x.shape
    columns = d.pick([1, 3, 8, 16, 17])
    array = d.array((columns, inner) if b else (inner, columns), x.kind) / 2
    inputs = [x, d.constant(array, x.kind)]
    if d.opset < 11 or d.chance(0.6):
        inputs.append(d.constant(d.array(d.pick([(columns,), (rows, columns), (rows, 1), (1,)]), x.kind), x.kind))
    d.emit(op, inputs, transA=a, transB=b, **d.maybe(alpha=d.number(-2, 2), beta=d.number(-2, 2)))


@row("BatchNormalization", weight=3)
def batch_norm(d, op):
    x = image(d)
    n = [x.shape[1]]
    parts = [d.array(n, x.kind) for _ in range(3)]
    variance = abs(d.array(n, x.kind)) + 0.1
    d.emit(op, [x, *(d.constant(p, x.kind) for p in (*parts, variance))], **d.maybe(epsilon=d.number(1e-5, 1e-2)))


@row("InstanceNormalization")
def instance_norm(d, op):
    x = image(d)
    n = [x.shape[1]]
    d.emit(op, [x, *(d.constant(d.array(n, x.kind), x.kind) for _ in range(2))], epsilon=d.number(1e-3, 1e-1))


@row("LRN")
def lrn(d, op):
    x = image(d)
    if len(x.shape) == 4:
        d.emit(op, [x], size=d.pick([1, 3, 5]), **d.maybe(alpha=d.number(0.01, 1), beta=d.number(0.2, 1), bias=1.5))


@row("Upsample", since=9)
def upsample(d, op):
    x = image(d)
    if d.opset == 9 and len(x.shape) == 4:
        scales = np.array([1.0, 1.0, d.pick([1, 2, 3]), d.pick([1, 2])])
        d.emit(op, [x, d.constant(scales, T.FLOAT)], mode=d.pick(["nearest", "linear"]))


@row("Resize", since=13)
def resize(d, op):
    x = image(d)
    if len(x.shape) != 4:
        return
    mode = d.pick(["nearest", "linear", "linear"])
    scales = [1.0, 1.0, *(d.pick([0.5, 1.0, 2.0, 2.0, 3.0]) for _ in range(2))]
    attributes = {"mode": mode, "coordinate_transformation_mode": d.pick(["half_pixel", "asymmetric", "align_corners"])}
    if mode == "nearest":
        attributes["nearest_mode"] = d.pick(["round_prefer_floor", "floor", "ceil", "round_prefer_ceil"])
    if min(n * s for n, s in zip(x.shape, scales)) < 1:
        return
    if d.chance(0.3):
        sizes = [int(n * s) for n, s in zip(x.shape, scales)]
        return d.emit(op, [x, None, None, d.integers(sizes)], **attributes)
    return d.emit(op, [x, None, d.constant(np.array(scales), T.FLOAT)], **attributes)
