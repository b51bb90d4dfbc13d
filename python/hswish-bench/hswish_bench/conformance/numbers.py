"""The floats that implementations are tried on, as NumPy arrays."""

import functools

import numpy as np

DTYPES = {"f32": np.float32, "f16": np.float16, "bf16": np.uint16}
# The two sides' parts in a gradient at -3 and 3, by its convention.
KINKS = {"outer": (0, 0), "inner": (1, 1), "average": (0.5, 0.5), "left": (0, 1), "right": (1, 0)}
CHUNK = 1 << 20


def encode(values, dtype):
    """Numbers that `dtype` has exactly."""
    values = np.asarray(values, np.float32)
    if dtype == "bf16":
        return (values.view(np.uint32) >> 16).astype(np.uint16)
    return values.astype(DTYPES[dtype])


def decode(array, dtype):
    if dtype == "bf16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.float32)


def bits(array):
    return array.view({2: np.uint16, 4: np.uint32}[array.itemsize])


def chunks_of_all(dtype):
    """Every number of the type, a chunk at a time."""
    if dtype != "f32":
        yield np.arange(1 << 16, dtype=np.uint16).view(DTYPES[dtype])
        return
    for start in range(0, 1 << 32, CHUNK):
        yield np.arange(start, start + CHUNK, dtype=np.uint32).view(np.float32)


@functools.cache
def sample(size=1 << 22, seed=1):
    """f32 from everywhere, most of them between -8 and 8, all near the edges."""
    rng = np.random.default_rng(seed)
    parts = []
    for centre in (-3.0, 3.0, 0.0, -0.0, -6.0, 6.0):
        middle = int(np.float32(centre).view(np.uint32))
        parts.append((middle + np.arange(-(1 << 15), 1 << 15)).astype(np.uint32).view(np.float32))
    rest = (size - sum(map(len, parts))) // 2
    parts.append(rng.integers(0, 1 << 32, rest, dtype=np.uint32).view(np.float32))
    parts.append(rng.uniform(-8, 8, size - rest - sum(map(len, parts[:-1]))).astype(np.float32))
    return rng.permutation(np.concatenate(parts))


def chunks_of_sample(dtype):
    if dtype != "f32":
        yield from chunks_of_all(dtype)
        return
    x = sample()
    for start in range(0, len(x), CHUNK):
        yield np.ascontiguousarray(x[start : start + CHUNK])
