"""The few operators that calibration needs, in NumPy (NCHW, float32)."""

import numpy as np


def conv_output(size, kernel, stride, pad):
    return (size + 2 * pad - kernel) // stride + 1


def conv2d(x, weight, stride=1, pad=0, groups=1):
    """Convolution as one product per filter tap; slow taps are few here."""
    batch, _, height, width = x.shape
    outputs, _, kh, kw = weight.shape
    oh, ow = conv_output(height, kh, stride, pad), conv_output(width, kw, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    result = np.zeros((batch, outputs, oh, ow), np.float32)
    for i in range(kh):
        for j in range(kw):
            rows = slice(i, i + stride * (oh - 1) + 1, stride)
            columns = slice(j, j + stride * (ow - 1) + 1, stride)
            result += _tap(padded[:, :, rows, columns], weight[:, :, i, j], groups)
    return result


def _tap(x, weight, groups):
    batch, channels, height, width = x.shape
    outputs = weight.shape[0]
    if groups == channels == outputs:
        return x * weight.reshape(1, channels, 1, 1)
    flat = x.reshape(batch, groups, channels // groups, height * width)
    grouped = weight.reshape(groups, outputs // groups, channels // groups)
    return np.matmul(grouped, flat).reshape(batch, outputs, height, width)


def max_pool(x, kernel, stride, pad):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    oh = conv_output(x.shape[2], kernel, stride, pad)
    ow = conv_output(x.shape[3], kernel, stride, pad)
    taps = [
        padded[:, :, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride]
        for i in range(kernel)
        for j in range(kernel)
    ]
    return np.max(taps, axis=0)


def hard_sigmoid(x):
    return np.clip(x + np.float32(3), 0, 6) / np.float32(6)


ACTIVATIONS = {
    None: lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hard_swish": lambda x: x * hard_sigmoid(x),
    "hard_sigmoid": hard_sigmoid,
    "swish": lambda x: x / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def images(rng, batch, height, width, channels=3):
    """Seeded pictures with smooth structure, edges and a little noise, in about
    the range of a normalised photograph. White noise alone would never drive the
    early layers the way an image does."""
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    result = np.empty((batch, channels, height, width), np.float32)
    for picture in result:
        noise, light = rng.uniform(0.02, 1.0), rng.normal(0, 0.7)
        for channel in picture:
            channel[:] = noise * rng.standard_normal((height, width)) + light
            for _ in range(6):
                fy, fx, phase = rng.uniform(0, 9), rng.uniform(0, 9), rng.uniform(0, 6.28)
                wave = np.sin(6.28 * (fy * y + fx * x) + phase) * rng.uniform(0.1, 0.7)
                channel += np.where(wave > 0.35, 0.6, wave) if fy > 5 else wave
    return result
