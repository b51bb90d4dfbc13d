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
    with edges), "noise" or "crop" (a piece of a larger picture, in [0, 1]).
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
    return (crop - crop.min()) / (crop.max() - crop.min())


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
