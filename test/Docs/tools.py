# RUN: %python %s %hswish_src_root %hswish_tools_dir
"""Every tool says what it is for, explains all its options, and has a version;
the documentation names no option that none of them has."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

root, bin_dir = map(pathlib.Path, sys.argv[1:])
OURS = ["hswish-compile", "hswish-run"]
UPSTREAM = ["hswish-opt", "hswish-translate", "hswish-lsp-server"]  # Hundreds of options of LLVM's.
PACKAGE = bin_dir.parent / "python"  # Only where the Python package is built.
MODULES = ["hswish_bench.networks", "hswish_bench.benchmark", "hswish_bench.conformance"]
SCRIPTS = ["setup", "build", "check", "demo", "bench", "aarch64-peers", "fuzz-graphs", "sanitize-model", "wheel"]
VERSION = (root / "python/hswish/__init__.py").read_text().split('__version__ = "')[1].split('"')[0]
# The Python packages ask for each other's version, which is one.
PROJECTS = [root / "pyproject.toml", root / "python/hswish-bench/pyproject.toml"]
for project in PROJECTS:
    assert set(re.findall(r'"hswish[^"]*==([\d.]+)"', project.read_text())) == {VERSION}, project


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
helps = {tool.name: run(tool, "--help") for tool in tools if "lsp" not in tool.name}
for name in OURS:
    text = helps[name]
    assert text.startswith("OVERVIEW: ") and "USAGE: " in text, text
    bare = [option for option, what in options(text).items() if not what]
    assert not bare, f"{name}: without a description: {bare}"

# What hswish-opt has: our passes and pipelines, and upstream's.
passes = options(helps["hswish-opt"])
for name in ["hswish-raise", "hswish-compile", "convert-hswish-to-arith", "canonicalize", "tosa-to-linalg"]:
    assert passes[f"--{name}"], name
assert any(option.startswith("--import-onnx") for option in options(helps["hswish-translate"]))

modules = MODULES if PACKAGE.exists() and importlib.util.find_spec("onnx") else []
for module in modules:
    assert VERSION in run(sys.executable, "-m", module, "--version"), module
    helps[module] = run(sys.executable, "-m", module, "--help")
    assert helps[module].startswith("usage: "), module
for script in SCRIPTS:
    helps[script] = run(root / "tools" / script, "--help")
    assert helps[script].startswith(f"usage: tools/{script}"), script

# Of cmake, FileCheck, lit, .ci/tidy and scripts of test/.
OTHERS = {
    "--preset",
    "--gtest_filter",
    "--write",
    "--enable-var-scope",
    "--filter",
    "--changed",
    "--exhaustive",
    "--largest",
    "--rounds",
}
known = OTHERS | {option for text in helps.values() for option in re.findall(r"--[\w-]+", text)}
for file in [root / "README.md", root / "CONTRIBUTING.md", *root.glob("docs/**/*.md")] if modules else []:
    unknown = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", file.read_text())) - known
    assert not unknown, f"{file}: {unknown}"
