"""Writes .npy files that a model with an input float32[2, 8] must refuse."""

import sys

import numpy as np

directory = sys.argv[1]
good = np.linspace(-8, 8, 16, dtype=np.float32).reshape(2, 8)


def save(name, array):
    np.save(f"{directory}/{name}.npy", array)


save("good", good)
save("shape", good.reshape(-1))
save("dtype", good.astype(np.int64))
save("fortran", np.asfortranarray(good))
save("complex", good.astype(np.complex64))
save("big_endian", good.astype(">f4"))
data = open(f"{directory}/good.npy", "rb").read()
with open(f"{directory}/truncated.npy", "wb") as file:
    file.write(data[:-4])
with open(f"{directory}/header.npy", "wb") as file:
    file.write(data[:40])
with open(f"{directory}/huge.npy", "wb") as file:
    file.write(data.replace(b"(2, 8), }" + b" " * 40, b"(%d, %d), }" % (2**62, 2**62) + b" " * 8))
