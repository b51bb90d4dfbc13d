"""Operators that the reference evaluator of ONNX has wrong, as the standard has them.

BatchNormalization below operator set 14 trains if a momentum is given or not; LRN
counts images instead of channels; GlobalMaxPool takes images to have two dimensions;
MaxPool of one dimension
has other sizes if pads differ; of some ConvTranspose it has other values than ONNX Runtime, and than the sum here.
SAME_* forgets dilations, and moves the window of a pool that is narrower than its
steps; Resize to a size that is not whole takes the last pixel's place from that size.
"""

import itertools

import numpy as np
from onnx import helper


def spread(parameter, x):
    return parameter.reshape(-1, *[1] * (x.ndim - 2))


def batch_normalization(x, scale, bias, mean, variance, epsilon=1e-5, **_):
    root = np.sqrt(spread(variance, x) + np.float32(epsilon))
    return (x - spread(mean, x)) / root * spread(scale, x) + spread(bias, x)


def lrn(x, size, alpha=1e-4, beta=0.75, bias=1.0):
    alpha, beta, bias = map(np.float32, (alpha, beta, bias))
    sums = np.zeros_like(x)
    for c in range(x.shape[1]):
        first, last = max(0, c - (size - 1) // 2), c + size // 2
        sums[:, c] = (x[:, first : last + 1] ** 2).sum(axis=1)
    return x / (bias + alpha / size * sums) ** beta


def global_max_pool(x):
    return x.max(axis=tuple(range(2, x.ndim)), keepdims=True)


def max_pool(x, kernel_shape, strides=None, pads=None, dilations=None, ceil_mode=0, **_):
    """The largest of the image, moved to each place of the window."""
    spatial = x.ndim - 2
    steps = range(spatial)
    strides, dilations = (a or [1] * spatial for a in (strides, dilations))
    pads = pads or [0] * 2 * spatial
    extents = [(kernel_shape[d] - 1) * dilations[d] + 1 for d in steps]
    spare = [x.shape[2 + d] + pads[d] + pads[spatial + d] - extents[d] for d in steps]
    counts = [(-(-n // s) if ceil_mode else n // s) + 1 for n, s in zip(spare, strides)]
    # No window starts in the padding at the end.
    counts = [min(n, -(-(x.shape[2 + d] + pads[d]) // strides[d])) for d, n in enumerate(counts)]
    around = [(0, 0), (0, 0), *((pads[d], pads[spatial + d] + extents[d]) for d in steps)]
    padded, y = np.pad(x, around, constant_values=-np.inf), -np.inf
    for k in np.ndindex(*kernel_shape):
        first = [k[d] * dilations[d] for d in steps]
        where = [slice(first[d], first[d] + (counts[d] - 1) * strides[d] + 1, strides[d]) for d in steps]
        y = np.maximum(y, padded[(..., *where)])
    return y


def conv_transpose(x, w, bias=None, group=1, strides=None, pads=None, dilations=None, output_padding=None, **_):
    """Each pixel adds the filter, times itself, to the output."""
    spatial, kernel = x.ndim - 2, w.shape[2:]
    strides, dilations = (a or [1] * spatial for a in (strides, dilations))
    pads, extra = pads or [0] * 2 * spatial, output_padding or [0] * spatial
    steps = range(spatial)
    whole = [(x.shape[2 + d] - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 + extra[d] for d in steps]
    channels, each = x.shape[1] // group, w.shape[1]
    y = np.zeros((x.shape[0], group * each, *whole))
    for g, k in itertools.product(range(group), np.ndindex(kernel)):
        part = slice(g * channels, (g + 1) * channels)
        product = np.einsum("nc...,co->no...", x[:, part], w[(part, slice(None), *k)])
        where = tuple(
            slice(k[d] * dilations[d], k[d] * dilations[d] + (x.shape[2 + d] - 1) * strides[d] + 1, strides[d])
            for d in steps
        )
        y[(slice(None), slice(g * each, (g + 1) * each), *where)] += product
    cropped = tuple(slice(pads[d], whole[d] - pads[spatial + d]) for d in steps)
    y = y[(slice(None), slice(None), *cropped)]
    return y if bias is None else y + spread(bias, y)


def get_attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def get_padding(node):
    return get_attributes(node).get("auto_pad", b"")


def pad_explicitly(node, values):
    """The node with the pads that SAME_* means: as many pixels come out as steps fit into
    the image. Where steps go beyond windows nothing is padded, as ONNX Runtime has it of
    Conv (of pools it refuses that)."""
    attributes = get_attributes(node)
    sizes = values[node.input[0]].shape[2:]
    kernel = attributes.get("kernel_shape") or values[node.input[1]].shape[2:]
    ones = [1] * len(sizes)
    strides, dilations = attributes.get("strides", ones), attributes.get("dilations", ones)
    windows = zip(sizes, kernel, strides, dilations)
    needed = [max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n) for n, k, s, d in windows]
    less, more = [n // 2 for n in needed], [n - n // 2 for n in needed]
    attributes["pads"] = less + more if attributes.pop("auto_pad") == b"SAME_UPPER" else more + less
    return helper.make_node(node.op_type, node.input, node.output, **attributes)


def aligns_corners(node):
    """Whether this is a Resize by scales, from corner to corner."""
    how = get_attributes(node).get("coordinate_transformation_mode")
    return node.op_type == "Resize" and how == b"align_corners" and len(node.input) == 3


def fit_scales(shape, scales):
    """Scales that give whole sizes."""
    sizes = np.floor(np.multiply(shape, scales))
    fitting = sizes / shape
    return np.where(fitting * shape < sizes, np.nextafter(fitting, np.inf), fitting)


CORRECTIONS = {
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_normalization,
    "GlobalMaxPool": global_max_pool,
    "LRN": lrn,
    "MaxPool": max_pool,
}
