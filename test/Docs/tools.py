# RUN: %python %s %hswish_src_root %hswish_tools_dir
"""Every tool says what it is for, explains all its options, and has a version."""

import importlib.util
import os
import pathlib
import subprocess
import sys

root, bin_dir = map(pathlib.Path, sys.argv[1:])
OURS = ["hswish-compile", "hswish-run"]
UPSTREAM = ["hswish-opt", "hswish-translate", "hswish-lsp-server"]  # Hundreds of options of LLVM's.
PACKAGE = bin_dir.parent / "python"  # Only where the Python package is built.
MODULES = ["hswish.networks", "hswish.benchmark", "hswish.conformance"]
SCRIPTS = ["setup", "build", "check", "demo", "bench"]
VERSION = (root / "python/hswish/__init__.py").read_text().split('__version__ = "')[1].split('"')[0]


def run(*command):
    environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    assert result.returncode == 0, f"{command}: {result.returncode}\n{result.stderr}"
    assert not result.stderr, f"{command}: {result.stderr}"
    return result.stdout


def options(text):
    """Option -> description, of LLVM's command lines."""
    lines = [line.strip() for line in text.splitlines() if line.lstrip().startswith("-")]
    return {name.strip(): what.strip() for name, _, what in (line.partition(" - ") for line in lines)}


tools = [bin_dir / name for name in OURS + UPSTREAM]
assert sorted(os.path.basename(tool) for tool in tools) == sorted(
    path.name for path in bin_dir.glob("hswish-*") if "fuzzer" not in path.name
)
for tool in tools:
    assert VERSION in run(tool, "--version"), tool
for name in OURS:
    text = run(bin_dir / name, "--help")
    assert text.startswith("OVERVIEW: ") and "USAGE: " in text, text
    bare = [option for option, what in options(text).items() if not what]
    assert not bare, f"{name}: without a description: {bare}"

# What hswish-opt has: our passes and pipelines, and upstream's.
passes = options(run(bin_dir / "hswish-opt", "--help"))
for name in ["hswish-raise", "hswish-compile", "convert-hswish-to-arith", "canonicalize", "tosa-to-linalg"]:
    assert passes[f"--{name}"], name
assert any(option.startswith("--import-onnx") for option in options(run(bin_dir / "hswish-translate", "--help")))

for module in MODULES if PACKAGE.exists() and importlib.util.find_spec("onnx") else []:
    assert VERSION in run(sys.executable, "-m", module, "--version"), module
    assert run(sys.executable, "-m", module, "--help").startswith("usage: "), module
for script in SCRIPTS:
    assert run(root / "tools" / script, "--help").startswith(f"usage: tools/{script}"), script
