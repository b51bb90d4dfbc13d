# Several targets in one library: the best that the CPU has is chosen, or the one
# that $HSWISH_TARGET names; without any the run says so. All compute the same.
# Which CPUs there are is qemu's business.

# REQUIRES: host-x86_64, qemu-x86_64, numpy, onnx
# RUN: rm -rf %t && mkdir %t
# RUN: env PYTHONPATH=%hswish_src_root/python/hswish-bench %python -m hswish_bench.networks tiny_v3 -o %t/net.onnx
# RUN: hswish-compile %t/net.onnx -o %t/net --target=x86-64-v2,x86-64-v3 --target=x86-64-v4
# RUN: hswish-compile %t/net.onnx -o %t/plain --target=x86-64-v2
# RUN: %python %s %t

import os
import pathlib
import subprocess
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(0)
np.save(folder / "x.npy", rng.uniform(-1, 1, (1, 3, 32, 32)).astype(np.float32))


def run(program, *arguments, cpu, target=""):
    command = ["qemu-x86_64", "-cpu", cpu, folder / program, *arguments]
    env = os.environ | {"HSWISH_TARGET": target}
    return subprocess.run(command, capture_output=True, text=True, env=env)


def answer(program, cpu, target=""):
    result = run(program, folder / "x.npy", folder / "y.npy", cpu=cpu, target=target)
    assert result.returncode == 0, result.stderr
    return np.load(folder / "y.npy")


def chosen(cpu, target=""):
    return run("net", "--help", cpu=cpu, target=target).stdout.split("for ", 1)[1].split(")")[0]


expected = answer("plain", "Nehalem")
assert np.ptp(expected) > 0.1
for cpu, target, name in [
    ("Nehalem", "", "x86-64-v2"),
    ("Haswell", "", "x86-64-v3"),
    ("Haswell", "x86-64-v2", "x86-64-v2"),
    # Half of what the level needs is not enough.
    ("Haswell,-bmi2", "", "x86-64-v2"),
    # A system that does not save the registers.
    ("Haswell,-xsave", "", "x86-64-v2"),
]:
    assert chosen(cpu, target) == f"x86_64-unknown-linux-gnu/{name}", (cpu, chosen(cpu, target))
    difference = np.abs(answer("net", cpu, target) - expected).max()
    assert difference <= 1e-6 * np.ptp(expected), (cpu, difference)

for cpu, target, reason in [
    ("core2duo", "", "this CPU is none of those that the model was compiled for"),
    ("Haswell", "x86-64-v4", "this CPU cannot run the code that HSWISH_TARGET names"),
    ("Haswell", "none", "the model has no code of the name in HSWISH_TARGET"),
    ("Haswell", "x86-64-v", "the model has no code of the name in HSWISH_TARGET"),
]:
    result = run("net", folder / "x.npy", folder / "none.npy", cpu=cpu, target=target)
    assert result.returncode == 1, (cpu, target)
    assert f"x86-64-v4,x86-64-v3,x86-64-v2: {reason}" in result.stderr, result.stderr
    assert not (folder / "none.npy").exists()
