"""Convolutions, fully connected layers, pooling."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .handlers import attributes_of, registry
from .reshaping import pad
from .translation import nhwc
from .writer import OPS

HANDLERS, handles = registry()


@handles("Conv")
def convolution(t, node, attributes):
    weight, bias, out = _absorbed(t, node, channel_axis=0)
    groups, channels = attributes.get("group", 1), t.shapes[node.input[0]][1]
    depthwise = groups == channels == len(weight) and groups > 1
    dilation = attributes.get("dilations", [1, 1])
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    reach = [(n - 1) * d + 1 for n, d in zip(weight.shape[2:], dilation)]
    source, options.padding = _padded(t, node, attributes, reach)
    options.strideH, options.strideW = attributes.get("strides", [1, 1])
    options.dilationHFactor, options.dilationWFactor = dilation
    if depthwise:
        options.depthMultiplier = 1
    options.fusedActivationFunction, out = t.fused_activation(out)
    order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
    inputs = [source, t.constant(weight.transpose(order)), t.constant(bias)]
    t.result(OPS.DEPTHWISE_CONV_2D if depthwise else OPS.CONV_2D, inputs, node, options, out)


@handles("ConvTranspose")
def transposed_convolution(t, node, attributes):
    neutral = {"pads": [0] * 4, "output_padding": [0, 0], "dilations": [1, 1], "group": 1, "auto_pad": b"NOTSET"}
    if any(attributes.get(key, value) != value for key, value in neutral.items()) or "output_shape" in attributes:
        raise NotImplementedError("this ConvTranspose")
    weight, bias, out = _absorbed(t, node, channel_axis=1)
    options = schema.TransposeConvOptionsT()
    options.padding = schema.Padding.VALID
    options.strideH, options.strideW = attributes.get("strides", [1, 1])
    options.fusedActivationFunction, out = t.fused_activation(out)
    size = t.constant(nhwc(t.shapes[node.output[0]]), np.int32)
    inputs = [size, t.constant(weight.transpose(1, 2, 3, 0)), t.operand(node.input[0]), t.constant(bias)]
    t.result(OPS.TRANSPOSE_CONV, inputs, node, options, out)


def _absorbed(t, node, channel_axis):
    """Filter and bias of a convolution with the scales and shifts after it, and
    the name of what comes out."""
    weight, out = t.constants[node.input[1]].astype(np.float32), node.output[0]
    bias = t.constants[node.input[2]] if len(node.input) > 2 else np.zeros(weight.shape[channel_axis], np.float32)
    while (user := t.only_user(out, "BatchNormalization", "Add")) is not None:
        scale, shift = _scale_and_shift(t, user, len(bias))
        if scale is None:
            break
        weight = weight * np.expand_dims(scale, [i for i in range(4) if i != channel_axis])
        bias, out = bias * scale + shift, user.output[0]
        t.done.add(out)
    return weight, bias, out


def _scale_and_shift(t, node, channels):
    """What a batch norm or the addition of a constant does to each channel."""
    if node.op_type == "BatchNormalization":
        gamma, beta, mean, variance = (t.constants[name] for name in node.input[1:])
        scale = gamma / np.sqrt(variance + attributes_of(node).get("epsilon", 1e-5))
        return scale, beta - mean * scale
    shift = _added(t, node)
    if shift is None or shift.ndim != 4 or shift.shape[1] != shift.size:
        return None, None
    return np.ones(channels, np.float32), np.broadcast_to(shift.reshape(-1), channels)


def _added(t, node):
    """The constant that a sum adds, with as many dimensions as its result, or None."""
    shift = next((t.constants[name] for name in node.input if name in t.constants), None) if node else None
    if shift is None:
        return None
    return shift.reshape([1] * (len(t.shapes[node.output[0]]) - shift.ndim) + list(shift.shape))


@handles("BatchNormalization")
def batch_norm(t, node, attributes):
    """One that no convolution took."""
    scale, shift = _scale_and_shift(t, node, t.shapes[node.output[0]][1])
    scaled = f"{node.output[0]}.scaled"
    t.result(OPS.MUL, [t.operand(node.input[0]), t.constant(scale)], node, schema.MulOptionsT(), scaled)
    options = schema.AddOptionsT()
    options.fusedActivationFunction, out = t.fused_activation(node.output[0])
    t.result(OPS.ADD, [t.operand(scaled), t.constant(shift)], node, options, out)


def _padded(t, node, attributes, reach, outside=0):
    """The input of a window that reaches over so many pixels, and its padding:
    what TFLite calls SAME if it is that, or else an operator that pads."""
    source, shape = t.operand(node.input[0]), t.shapes[node.input[0]]
    stride, auto = attributes.get("strides", [1, 1]), attributes.get("auto_pad", b"NOTSET")
    if auto == b"SAME_LOWER" or attributes.get("ceil_mode"):
        raise NotImplementedError(f"the padding of this {node.op_type}")
    total = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in zip(shape[2:], stride, reach)]
    same = [n // 2 for n in total] + [n - n // 2 for n in total]
    pads = list(attributes.get("pads", [0] * 4)) if auto == b"NOTSET" else [0] * 4
    if auto == b"SAME_UPPER" or pads == same:
        return source, schema.Padding.SAME
    if any(pads):
        source = pad(t, source, f"{node.output[0]}.padded", shape, [0, 0, *pads[:2], 0, 0, *pads[2:]], outside)
    return source, schema.Padding.VALID


@handles("MaxPool", "AveragePool")
def pool(t, node, attributes):
    average, kernel = node.op_type == "AveragePool", attributes["kernel_shape"]
    if any(n != 1 for n in attributes.get("dilations", [1])) or len(node.output) > 1:
        raise NotImplementedError(f"this {node.op_type}")
    outside = 0 if average else np.finfo(np.float32).min
    options = schema.Pool2DOptionsT()
    source, options.padding = _padded(t, node, attributes, kernel, outside)
    # SAME counts pixels of the picture alone, an operator that pads makes more of them.
    if average and any(attributes.get("pads", [])):
        if (options.padding == schema.Padding.SAME) == bool(attributes.get("count_include_pad")):
            raise NotImplementedError("what this AveragePool counts")
    options.strideH, options.strideW = attributes.get("strides", [1, 1])
    options.filterHeight, options.filterWidth = kernel
    options.fusedActivationFunction, out = t.fused_activation(node.output[0])
    t.result(OPS.AVERAGE_POOL_2D if average else OPS.MAX_POOL_2D, [source], node, options, out)


@handles("GlobalAveragePool")
def global_average_pool(t, node, attributes):
    options = schema.ReducerOptionsT()
    options.keepDims = True
    t.result(OPS.MEAN, [t.operand(node.input[0]), t.constant([1, 2], np.int32)], node, options)


@handles("Gemm", "MatMul")
def fully_connected(t, node, attributes):
    plain = attributes.get("alpha", 1.0) == attributes.get("beta", 1.0) == 1 and not attributes.get("transA")
    if not plain or node.input[1] not in t.constants or len(t.shapes[node.input[0]]) != 2:
        raise NotImplementedError(f"this {node.op_type}")
    weight, out = t.constants[node.input[1]], node.output[0]
    weight = weight if attributes.get("transB") else weight.T
    bias = t.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)
    shift = _added(t, t.only_user(out, "Add"))
    if shift is not None and shift.size == shift.shape[-1] == len(bias):
        out = t.only_user(out, "Add").output[0]
        bias = bias + shift.reshape(-1)
        t.done.add(out)
    options = schema.FullyConnectedOptionsT()
    options.fusedActivationFunction, out = t.fused_activation(out)
    inputs = [t.operand(node.input[0]), t.constant(weight), t.constant(np.broadcast_to(bias.reshape(-1), len(weight)))]
    t.result(OPS.FULLY_CONNECTED, inputs, node, options, out)
