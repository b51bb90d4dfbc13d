"""Shared by all tests: the packages are taken from the source tree if they are not
installed."""

import importlib.util
import pathlib
import sys

PYTHON = pathlib.Path(__file__).parents[1]

for package, folder in {"hswish": PYTHON, "hswish_bench": PYTHON / "hswish-bench"}.items():
    if importlib.util.find_spec(package) is None:
        sys.path.insert(0, str(folder))
