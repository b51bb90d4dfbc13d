"""hswish: the compiler for hard-swish networks, from Python.

`compile` turns a network into a shared library, `load` calls it on NumPy
arrays, `plot` draws what it is all about. `hswish.networks` writes networks to
try it on. Nothing is imported before it is used, so the parts that need only
NumPy run without the compiled extension.
"""

import importlib

__version__ = "0.1.0"

# Where each name lives.
_HOMES = {}


def __getattr__(name):
    if name == "networks":
        return importlib.import_module("hswish.networks")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hswish' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "networks", *_HOMES])
