"""Operators that the reference evaluator of ONNX has wrong, as the standard has them.

BatchNormalization below operator set 14 trains if a momentum is given or not; LRN
counts images instead of channels; GlobalMaxPool takes images to have two dimensions.
"""

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


CORRECTIONS = {"BatchNormalization": batch_normalization, "GlobalMaxPool": global_max_pool, "LRN": lrn}
