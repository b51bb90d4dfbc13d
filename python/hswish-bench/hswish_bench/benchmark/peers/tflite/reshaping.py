"""Ops that move values."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .handlers import registry
from .translation import nhwc
from .writer import OPS

HANDLERS, handles = registry()

_TO_NCHW, _TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


@handles("Flatten", "Reshape", "Squeeze", "Unsqueeze")
def reshape(t, node, attributes):
    """In the order of ONNX: pictures of more than one pixel and more than one
    channel are transposed before and after."""
    before, after = t.shapes[node.input[0]], t.shapes[node.output[0]]
    source, out = t.operand(node.input[0]), node.output[0]
    if _has_order(before):
        source = _transpose(t, source, f"{out}.before", before, _TO_NCHW)
    options = schema.ReshapeOptionsT()
    options.newShape = after if _has_order(after) else nhwc(after)
    reshaped = f"{out}.reshaped" if _has_order(after) else out
    size = t.constant(options.newShape, np.int32)
    source = t.emit(OPS.RESHAPE, [source, size], reshaped, options.newShape, options)
    if _has_order(after):
        _transpose(t, source, out, nhwc(after), _TO_NHWC)


def _has_order(shape):
    return len(shape) == 4 and shape[1] > 1 and shape[2] * shape[3] > 1


def _transpose(t, source, name, shape, order):
    return t.emit(OPS.TRANSPOSE, [source, t.constant(order, np.int32)], name, shape, schema.TransposeOptionsT())


@handles("Concat")
def concat(t, node, attributes):
    rank, options = len(t.shapes[node.output[0]]), schema.ConcatenationOptionsT()
    options.axis = nhwc(range(rank)).index(attributes["axis"] % rank)
    options.fusedActivationFunction, out = t.fused_activation(node.output[0])
    t.result(OPS.CONCATENATION, [t.operand(name, rank) for name in node.input], node, options, out)


@handles("Slice")
def slice_(t, node, attributes):
    shape = t.shapes[node.input[0]]
    starts, ends, axes, steps = _slice_arguments(t, node, attributes)
    begin, end, stride = [0] * len(shape), list(shape), [1] * len(shape)
    for axis, *part in zip(axes, starts, ends, steps):
        if part[2] < 0:
            raise NotImplementedError("Slice backwards")
        begin[axis], end[axis], stride[axis] = slice(*map(int, part)).indices(shape[axis])
    inputs = [t.operand(node.input[0]), *[t.constant(nhwc(part), np.int32) for part in (begin, end, stride)]]
    t.result(OPS.STRIDED_SLICE, inputs, node, schema.StridedSliceOptionsT())


def _slice_arguments(t, node, attributes):
    """Before opset 10 they are attributes."""
    given = [t.constants[name] if name else None for name in node.input[1:]] or [
        attributes.get(key) for key in ("starts", "ends", "axes")
    ]
    starts, ends, axes, steps = [*given, None, None][:4]
    axes = range(len(starts)) if axes is None else axes
    return starts, ends, axes, [1] * len(starts) if steps is None else steps


@handles("Pad")
def pad_(t, node, attributes):
    given = [*[t.constants[name] if name else None for name in node.input[1:]], None, None, None][:3]
    pads = attributes["pads"] if given[0] is None else list(given[0])
    outside = attributes.get("value", 0) if given[1] is None else given[1].item()
    if attributes.get("mode", b"constant") != b"constant" or given[2] is not None or min(pads) < 0:
        raise NotImplementedError("this Pad")
    pad(t, t.operand(node.input[0]), node.output[0], t.shapes[node.input[0]], pads, outside)


def pad(t, source, name, shape, pads, outside=0):
    """The operator that pads, with shape and amounts in the order of ONNX."""
    rank = len(shape)
    amounts = np.array([nhwc(pads[:rank]), nhwc(pads[rank:])]).T
    padded = np.array(nhwc(shape)) + amounts.sum(1)
    inputs = [source, t.constant(amounts, np.int32)]
    if not outside:
        return t.emit(OPS.PAD, inputs, name, padded, schema.PadOptionsT())
    return t.emit(OPS.PADV2, [*inputs, t.constant([outside])], name, padded, schema.PadV2OptionsT())


@handles("Resize", "Upsample")
def resize(t, node, attributes):
    source, target = t.shapes[node.input[0]], t.shapes[node.output[0]]
    if len(source) != 4 or source[:2] != target[:2]:
        raise NotImplementedError(f"this {node.op_type}")
    mode = attributes.get("mode", b"nearest").decode()
    # Opset 10 had no choice.
    spelling = attributes.get("coordinate_transformation_mode", b"half_pixel" if t.opset > 10 else b"asymmetric")
    rounding = attributes.get("nearest_mode", b"round_prefer_floor" if t.opset > 10 else b"floor")
    corners, half = spelling == b"align_corners", spelling in (b"half_pixel", b"pytorch_half_pixel")
    same = spelling == b"asymmetric" and rounding == b"floor"
    if not (same if mode == "nearest" else mode == "linear" and (corners or half or spelling == b"asymmetric")):
        raise NotImplementedError(f"Resize, {mode}, {spelling.decode()}")
    options = schema.ResizeBilinearOptionsT() if mode == "linear" else schema.ResizeNearestNeighborOptionsT()
    options.alignCorners, options.halfPixelCenters = corners, half
    code = OPS.RESIZE_BILINEAR if mode == "linear" else OPS.RESIZE_NEAREST_NEIGHBOR
    t.result(code, [t.operand(node.input[0]), t.constant(target[2:], np.int32)], node, options)
