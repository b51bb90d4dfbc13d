"""Shared by all tests: the package is taken from the source tree if it is not
installed."""

import importlib.util
import pathlib
import sys

if importlib.util.find_spec("hswish") is None:
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
