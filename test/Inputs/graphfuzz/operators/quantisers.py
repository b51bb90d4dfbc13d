"""Pairs of quantisers, around values and constants, and spellings of h-swish."""

import numpy as np
from onnx import TensorProto as T

from .table import row

RANGES = {T.UINT8: (0, 255), T.INT8: (-128, 127), T.UINT16: (0, 65535), T.INT16: (-32768, 32767)}


def parameters(d, x, count=None):
    """Scale and zero point that are more or less right for x, and the attributes."""
    kind = d.pick([T.UINT8, T.INT8] + ([T.UINT16, T.INT16] if d.opset >= 21 else []))
    low, high = RANGES[kind]
    width = float(np.abs(x.array).max(initial=0)) or 1.0
    shape = () if count is None else (count,)
    scale = width * d.rng.uniform(0.3, 2.5, shape) / (high - low)
    zero = d.rng.integers(low, high + 1, shape) if d.chance(0.5) else np.full(shape, (low + high + 1) // 2)
    return d.constant(np.asarray(scale), x.kind), d.constant(np.asarray(zero), kind), kind


@row("QuantizeLinear", since=13, weight=3)
def pair(d, op):
    """A pair, as networks of quantisers have them, or its first half."""
    x = d.value((T.FLOAT,), rank=(1, 4))
    axis = d.axis(x)
    per_axis = d.chance(0.3)
    scale, zero, kind = parameters(d, x, x.shape[axis] if per_axis else None)
    attributes = {"axis": axis} if per_axis else {}
    codes = d.emit(op, [x, scale, zero], kind=kind, **attributes)
    if codes and d.chance(0.8):
        d.emit("DequantizeLinear", [codes, scale, zero], kind=x.kind, **attributes)


@row("DequantizeLinear", since=13)
def dequantise(d, op):
    kind = d.pick([T.UINT8, T.INT8, T.INT32] + ([T.UINT16, T.INT16] if d.opset >= 21 else []))
    x = d.value((kind,), rank=(1, 4))
    blocked = d.opset >= 21 and kind != T.INT32 and d.chance(0.4)
    axis = d.axis(x)
    shape, attributes = (), {}
    if blocked:
        block = d.pick([1, 2, 3])
        shape = list(x.shape)
        shape[axis] = -(-shape[axis] // block)
        attributes = {"axis": axis, "block_size": block}
    elif d.chance(0.5):
        shape, attributes = (x.shape[axis],), {"axis": axis}
    scale = d.rng.uniform(0.01, 0.1, shape) * (d.rng.random(shape) > 0.1)
    inputs = [x, d.constant(np.asarray(scale), T.FLOAT)]
    if kind != T.INT32 and d.chance(0.7):
        inputs.append(d.constant(d.array(shape, kind), kind))
    d.emit(op, inputs, kind=T.FLOAT, **attributes)


@row("spelling", since=13, weight=3)
def spelling(d, op):
    """x * relu6(x + 3) / 6. (Pairs inside: test/Integration/quantised-spellings.py.)"""
    x = d.value((T.FLOAT,))
    three, six = d.constant(np.array(3.0), x.kind), d.constant(np.array(6.0), x.kind)
    zero = d.constant(np.array(0.0), x.kind)
    t = d.emit("Add", d.shuffled(x, three))
    t = t and d.emit("Clip", [t, zero, six])
    t = t and d.emit("Mul", d.shuffled(x, t))
    if t:
        d.emit("Div", [t, six])
