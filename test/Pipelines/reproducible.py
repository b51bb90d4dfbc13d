# The same bytes for the same input, version and options: whatever the folder, the
# time, the language, the environment, where the system puts things in memory.

# REQUIRES: onnx, host-x86_64
# RUN: rm -rf %t && mkdir %t
# RUN: env PYTHONPATH=%hswish_src_root/python/hswish-bench %python %s %t %S/..

import filecmp
import os
import pathlib
import shutil
import subprocess
import sys
import time

import onnx

from hswish_bench.networks import make

folder, tests = map(pathlib.Path, sys.argv[1:])
onnx.save(make("tiny_v3"), folder / "tiny_v3.onnx")
onnx.save(make("tiny_detector"), folder / "tiny_detector.onnx")
onnx.save(make("tiny_odd"), folder / "tiny_odd.onnx")
shutil.copy(tests / "Integration/structured-ops.mlir", folder / "ops.mlir")

ALL = [".o", ".a", ".so", ".ll", ".mlirbc", ".h", ""]
CASES = [
    ("tiny_v3.onnx", ["--target=x86-64-v2"], ALL),
    ("tiny_v3.onnx", ["--target=x86-64-v2,x86-64-v3,x86-64-v4", "--threads=3"], [".so"]),
    ("tiny_detector.onnx", ["--target=x86-64-v3", "--profile"], [".o"]),
    ("tiny_odd.onnx", ["--target=aarch64", "--threads=2", "--accuracy=fast"], [".so", ".o"]),
    ("ops.mlir", ["--target=x86-64-v4"], [".a"]),
    ("ops.mlir", ["--target=host", "--no-kernels"], [".so"]),
]
# Two users: of one folder and another, at different times, with more or less in
# front of the stack.
USERS = {"a": {"LC_ALL": "C"}, "a longer name/of a folder": {"LC_ALL": "de_DE.UTF-8", "MORE": "x" * 5000, "TZ": "Asia/Tokyo"}}

for name, environment in USERS.items():
    home = folder / name
    (home / "tmp").mkdir(parents=True)
    environment |= {"TMPDIR": str(home / "tmp"), "HOME": str(home)}
    for number, (model, options, suffixes) in enumerate(CASES):
        (home / str(number)).mkdir()
        shutil.copy(folder / model, home / str(number))
        for suffix in suffixes:
            command = ["hswish-compile", model, "-o", f"net{suffix}", *options]
            subprocess.run(command, cwd=home / str(number), env=os.environ | environment, check=True)
    time.sleep(1.1)

one, two = (folder / name for name in USERS)
files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
assert len(files) >= len(CASES) + sum(len(suffixes) for *_, suffixes in CASES)
different = [str(path) for path in files if not filecmp.cmp(one / path, two / path, shallow=False)]
assert not different, different
# And nothing of where it was made.
for path in files:
    text = (one / path).read_bytes()
    assert path.suffix == ".onnx" or str(folder).encode() not in text, path
