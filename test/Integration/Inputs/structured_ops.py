"""Inputs and expected results of structured-ops.mlir."""

import sys

import numpy as np


def expected(x):
    padded = np.pad(x.astype(np.float64), [(0, 0), (1, 1), (1, 1), (0, 0)])
    acc = sum(padded[:, i : i + 7, j : j + 6] for i in range(3) for j in range(3)) / 8
    acc = acc.reshape(1, 7, 6, 4, 2).sum(-1).repeat(2, -1)  # four groups
    conv = acc * np.clip(acc + 3, 0, 6) / 6 + x
    pooled = np.stack(
        [
            np.stack([conv[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 2].max((1, 2)) for j in range(3)], 1)
            for i in range(3)
        ],
        1,
    )
    border = np.pad(conv, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=2)
    return conv, pooled, border


mode, directory = sys.argv[1:3]
if mode == "make":
    rng = np.random.default_rng(0)
    np.save(f"{directory}/x.npy", rng.normal(size=(1, 7, 6, 8)).astype(np.float32) * 3)
else:
    x = np.load(f"{directory}/x.npy")
    for i, want in enumerate(expected(x)):
        got = np.load(f"{directory}/{sys.argv[3]}/{i}.npy")
        assert got.shape == want.shape, (got.shape, want.shape)
        error = np.abs(got - want).max()
        assert error < 1e-5, f"output {i}: error {error}"
