"""Operators that the reference evaluator of ONNX has wrong, as the standard has them.

BatchNormalization below operator set 14 trains if a momentum is given or not; LRN
counts images instead of channels; GlobalMaxPool takes images to have two dimensions;
of some ConvTranspose it has other values than ONNX Runtime, and than the sum here.
"""

import itertools

import numpy as np


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


CORRECTIONS = {
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_normalization,
    "GlobalMaxPool": global_max_pool,
    "LRN": lrn,
}
