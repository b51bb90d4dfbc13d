"""Comparing with other runtimes: reference answers, seeded inputs, errors."""

import pathlib
import sys

import numpy as np

from .networks.numerics import images

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


def session(path, optimized=False, threads=1):
    """An ONNX Runtime session on the CPU, by default with nothing optimised."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def make_inputs(path, shapes=None, kind="picture", seed=0):
    """Seeded inputs for the model at `path`, by name: "picture" (smooth fields
    with edges), "noise" or "crop" (a piece of a larger picture, with writing).
    `shapes` binds dynamic dimensions: name -> shape."""
    rng = np.random.default_rng(seed)
    result = {}
    for info in session(path).get_inputs():
        shape = tuple((shapes or {}).get(info.name, info.shape))
        if not all(isinstance(n, int) for n in shape):
            raise ValueError(
                f"{pathlib.Path(path).name}: input {info.name!r} has dynamic dimensions {shape}: give a shape"
            )
        result[info.name] = _array(rng, shape, kind).astype(_TYPES[info.type])
    return result


def _array(rng, shape, kind):
    if kind == "noise" or len(shape) != 4:
        return rng.standard_normal(shape)
    batch, channels, height, width = shape
    if kind == "picture":
        return images(rng, batch, height, width, channels)
    large = images(rng, batch, height + 64, width + 64, channels)
    top, left = rng.integers(0, 64, 2)
    crop = large[:, :, top : top + height, left : left + width]
    crop = (crop - crop.min()) / (crop.max() - crop.min())
    return 4 * np.stack([_write(rng, picture) for picture in crop]) - 2


# Digits, three by five, a row of bits each.
_DIGITS = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717"]


def _write(rng, picture):
    """Paper and lines of digits over most of a picture: detectors of text and
    faces answer nothing at all to smooth fields or noise."""
    _, height, width = picture.shape
    ink = np.zeros((height, width), np.float32)
    y = int(rng.integers(2, 12))
    while y + 20 < height:
        scale, x = int(rng.integers(2, 5)), int(rng.integers(2, 20))
        while x + 4 * scale < width and y + 5 * scale < height:
            rows = [[int(bits) >> shift & 1 for shift in (2, 1, 0)] for bits in _DIGITS[rng.integers(10)]]
            glyph = np.kron(np.array(rows, np.float32), np.ones((scale, scale), np.float32))
            ink[y : y + 5 * scale, x : x + 3 * scale] = glyph
            x += 4 * scale if rng.random() < 0.85 else 8 * scale
        y += 5 * scale + int(rng.integers(6, 24))
    return (0.8 + 0.2 * picture) * (1 - ink) + 0.1 * ink


def relative_error(actual, expected):
    """The largest difference as a part of the range of what is expected. NaN
    and infinity must be where they are expected."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if actual.shape != expected.shape:
        raise ValueError(f"shape {actual.shape} instead of {expected.shape}")
    finite = np.isfinite(expected)
    if not np.array_equal(actual[~finite], expected[~finite], equal_nan=True):
        return np.inf
    if not finite.any():
        return 0.0
    difference = np.abs(actual[finite] - expected[finite]).max()
    scale = np.ptp(expected[finite]) or np.abs(expected[finite]).max() or 1.0
    return float(difference / scale) if np.isfinite(difference) else np.inf


def main(arguments):
    """Writes FOLDER/input.npy, a picture, and FOLDER/expected.npy, what ONNX
    Runtime answers to it, for a model of one input and one output."""
    path, folder = arguments[0], pathlib.Path(arguments[1])
    inputs = make_inputs(path)
    expected = session(path).run(None, inputs)
    np.save(folder / "input.npy", next(iter(inputs.values())))
    np.save(folder / "expected.npy", expected[0])
    print(f"{folder}/input.npy: a picture; {folder}/expected.npy: what ONNX Runtime makes of it, nothing optimised")


if __name__ == "__main__":
    main(sys.argv[1:])
