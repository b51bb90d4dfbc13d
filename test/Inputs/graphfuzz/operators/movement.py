"""Operators that move elements."""

import numpy as np
from onnx import TensorProto as T
from onnx import helper, numpy_helper

from .table import FLOATS, INTEGERS, row

ANY = FLOATS + INTEGERS + (T.BOOL,)


@row("Transpose", weight=4)
def transpose(d, op):
    x = d.value(ANY, rank=(1, 5))
    d.emit(op, [x], **d.maybe(perm=[int(p) for p in d.rng.permutation(len(x.shape))]))


@row("Reshape", weight=2)
def reshape(d, op):
    x = d.value(ANY)
    shape, rest = [], x.array.size
    while rest > 1 and len(shape) < 4:
        divisors = [n for n in range(1, rest + 1) if rest % n == 0]
        shape.append(d.pick(divisors))
        rest //= shape[-1]
    shape.append(rest)
    if shape and d.chance(0.3):
        shape[d.rng.integers(len(shape))] = -1
    d.emit(op, [x, d.integers(shape)])


@row("Flatten")
def flatten(d, op):
    x = d.value(ANY, rank=(1, 5))
    d.emit(op, [x], axis=int(d.rng.integers(0, len(x.shape) + 1)))


@row("Squeeze")
def squeeze(d, op):
    x = d.value(ANY, rank=(1, 5))
    axes = [i for i, n in enumerate(x.shape) if n == 1 and d.chance(0.7)]
    if not axes:
        return None
    if d.opset < 13:
        return d.emit(op, [x], axes=axes)
    return d.emit(op, [x, d.integers(axes)])


@row("Unsqueeze")
def unsqueeze(d, op):
    x = d.value(ANY, rank=(0, 4))
    axes = sorted(d.pick_some(range(len(x.shape) + 1), 1))
    if d.opset < 13:
        return d.emit(op, [x], axes=axes)
    return d.emit(op, [x, d.integers(axes)])


@row("Concat", weight=3)
def concat(d, op):
    x = d.value(ANY, rank=(1, 5))
    axis = d.axis(x)
    parts = [x]
    for _ in range(d.rng.integers(1, 4)):
        shape = list(x.shape)
        shape[axis] = d.size()
        same = [v for v in d.values if v.kind == x.kind and v.shape == tuple(shape)]
        parts.append(d.pick(same) if same else d.constant_or_input(d.array(shape, x.kind), x.kind))
    d.emit(op, d.shuffled(*parts), axis=axis - (len(x.shape) if d.chance(0.3) else 0), kind=x.kind)


@row("Split", weight=2)
def split(d, op):
    x = d.value(ANY, rank=(1, 5))
    axis = d.axis(x)
    n = x.shape[axis]
    if n < 2:
        return None
    cut = int(d.rng.integers(1, n))
    if d.opset < 13:
        return d.emit(op, [x], count=2, axis=axis, split=[cut, n - cut])
    return d.emit(op, [x, d.integers([cut, n - cut])], count=2, axis=axis)


@row("Slice", since=10, weight=3)
def slice(d, op):
    x = d.value(ANY, rank=(1, 5))
    axes = d.pick_some(range(len(x.shape)), 1)
    starts, ends, steps = [], [], []
    for axis in axes:
        n = x.shape[axis]
        step = d.pick([1, 1, 1, 2, 3, -1, -2])
        start, end = sorted(int(v) for v in d.rng.integers(-n, n + 1, 2))
        start, end = (end, start) if step < 0 else (start, end)
        if d.chance(0.2):
            end = -1000 if step < 0 else 2**31 - 1
        starts.append(start), ends.append(end), steps.append(step)
    d.emit(op, [x, *(d.integers(v) for v in (starts, ends, axes, steps))])


@row("Gather", weight=2)
def gather(d, op):
    x = d.value(ANY, rank=(1, 4))
    axis = d.axis(x)
    n = x.shape[axis]
    shape = d.pick([(), (1,), (3,), (2, 2)])
    indices = d.rng.integers(-n if d.opset >= 11 else 0, n, shape)
    # Of constants, or of indices that come at run time.
    kind = d.pick([T.INT64, T.INT32])
    d.emit(op, [x, d.constant_or_input(np.asarray(indices), kind)], axis=axis)


@row("Pad", since=11, weight=2)
def pad(d, op):
    x = d.value(ANY, rank=(1, 4))
    mode = d.pick(["constant", "constant", "edge", "reflect"])
    if mode == "reflect" and min(x.shape) < 2:
        return
    limit = 1 if mode == "reflect" else 3
    pads = d.rng.integers(-1 if mode == "constant" and min(x.shape) > 2 else 0, limit + 1, 2 * len(x.shape))
    inputs = [x, d.integers(pads)]
    if mode == "constant" and d.chance(0.5):
        inputs.append(d.constant(d.array((), x.kind), x.kind))
    d.emit(op, inputs, mode=mode)


@row("Tile", weight=0.7)
def tile(d, op):
    x = d.value(ANY, rank=(1, 4))
    d.emit(op, [x, d.integers(d.rng.integers(1, 4, len(x.shape)))])


@row("Expand", since=8)
def expand(d, op):
    x = d.value(ANY, rank=(0, 4))
    shape = [n if n != 1 else d.size() for n in x.shape]
    if d.chance(0.3):
        shape = [d.size(), *shape]
    d.emit(op, [x, d.integers(shape)])


@row("DepthToSpace", "SpaceToDepth")
def blocks(d, op):
    block = d.pick([2, 3])
    shape = [d.pick([1, 2]), d.pick([1, 2, 3]), d.pick([1, 2, 5]), d.pick([1, 3, 4])]
    if op == "DepthToSpace":
        shape[1] *= block * block
    else:
        shape[2:] = [n * block for n in shape[2:]]
    x = d.value((T.FLOAT,), shape=shape)
    mode = d.maybe(mode="CRD") if op == "DepthToSpace" and d.opset >= 11 else {}
    d.emit(op, [x], blocksize=block, **mode)


@row("Shape", "Size", weight=0.5)
def shape(d, op):
    x = d.value(ANY)
    limits = d.maybe(start=int(d.rng.integers(-6, 6)), end=int(d.rng.integers(-6, 6))) if d.opset >= 15 else {}
    d.emit(op, [x], kind=T.INT64, **(limits if op == "Shape" else {}))


@row("ConstantOfShape", since=9, weight=0.5)
def constant_of_shape(d, op):
    shape = [d.size() for _ in range(d.rng.integers(0, 4))]
    kind = d.pick([T.FLOAT, T.INT32, T.UINT16, T.UINT64, T.BOOL])
    value = numpy_helper.from_array(d.array((1,), kind).astype(helper.tensor_dtype_to_np_dtype(kind)))
    d.emit(op, [d.integers(shape)], kind=kind, value=value)


@row("Constant", weight=0.5)
def constant(d, op):
    shape = [d.size() for _ in range(d.rng.integers(0, 3))]
    kind = d.pick([T.FLOAT, T.INT64, T.UINT32, T.BOOL])
    value = numpy_helper.from_array(d.array(shape, kind).astype(helper.tensor_dtype_to_np_dtype(kind)))
    d.emit(op, [], kind=kind, value=value)


@row("Range", since=11, weight=0.5)
def range_of_numbers(d, op):
    kind = d.pick([T.FLOAT, T.INT16, T.INT32, T.INT64])
    start, count, step = int(d.rng.integers(-5, 6)), int(d.rng.integers(1, 20)), d.pick([1, 2, -1, -3])
    d.emit(op, [d.constant(np.array(v), kind) for v in (start, start + count * step, step)], kind=kind)


@row("Dropout", since=12, weight=0.5)
def dropout(d, op):
    x = d.value(FLOATS)
    d.emit(op, [x, d.constant(np.array(0.5), T.FLOAT)])


@row("CastLike", since=15, weight=0.5)
def cast_like(d, op):
    x = d.value((*INTEGERS, T.BOOL))
    to = d.pick([T.FLOAT, T.INT32, T.UINT16, T.UINT64, T.BOOL])
    d.emit(op, [x, d.constant(d.array((1,), to), to)], kind=to)
