"""exp, tanh and erf of many numbers, infinities and NaN among them."""

import math
import sys

import numpy as np

# Largest error in units of the last place of float32.
FUNCTIONS = {"exp": (np.exp, 6), "tanh": (np.tanh, 5), "erf": (np.vectorize(math.erf), 5)}

mode, directory = sys.argv[1:3]
special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, 88.7, 89.0, -87.3, -90.0, 3e38]
x = np.concatenate([np.linspace(-100, 100, 40001), np.logspace(-30, 30, 3000), special]).astype(np.float32)

if mode == "make":
    np.save(f"{directory}/x.npy", x)
    shape = f"tensor<{len(x)}xf32>"
    ops = "".join(f"  %{i} = math.{f} %x : {shape}\n" for i, f in enumerate(FUNCTIONS))
    values = ", ".join(f"%{i}" for i in range(len(FUNCTIONS)))
    shapes = ", ".join([shape] * len(FUNCTIONS))
    with open(f"{directory}/math.mlir", "w") as file:
        file.write(f"func.func @f(%x: {shape}) -> ({shapes}) {{\n{ops}  return {values} : {shapes}\n}}\n")
else:
    for i, (name, (function, bound)) in enumerate(FUNCTIONS.items()):
        got = np.load(f"{directory}/out/{i}.npy")
        with np.errstate(all="ignore"):
            want = function(x.astype(np.float64))
            rounded = want.astype(np.float32)
            same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
            # Results below the normal numbers may be flushed to zero.
            tiny = np.abs(want) < 1.2e-38
            ulp = np.abs(got - want) / np.spacing(np.abs(rounded))
        wrong = ~(same | (tiny & (np.abs(got) < 1.2e-38)) | (ulp <= bound))
        worst = np.nanmax(np.where(same | tiny, 0, ulp))
        assert not wrong.any(), f"{name}: {worst} ULP; {x[wrong][:5]} -> {got[wrong][:5]}, not {rounded[wrong][:5]}"
        print(f"{name}: {worst:.2f} ULP")
