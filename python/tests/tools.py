"""The compiler's tools, for tests that run them."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BIN = pathlib.Path(os.environ.get("HSWISH_BIN", ROOT / "build" / "bin"))
MODELS = pathlib.Path(os.environ.get("HSWISH_MODELS", ROOT.parent / "shared" / "models"))


def run_tool(name, *arguments, check=True, timeout=600):
    """Runs a tool; its output is shown when the test fails."""
    tool = BIN / name
    if not tool.exists():
        pytest.skip(f"no {name} in {BIN}")
    command = [str(tool), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    print("$", " ".join(command), result.stdout, result.stderr, sep="\n")
    if check:
        assert result.returncode == 0, f"{name} failed with status {result.returncode}: {result.stderr[-2000:]}"
    return result


def shape_options(inputs):
    return [f"--shape={name}={'x'.join(map(str, array.shape))}" for name, array in inputs.items()]


def find_program(name, package):
    path = shutil.which(name)
    if not path:
        pytest.skip(f"no {name} (Debian package {package})")
    return path
