"""hswish: the compiler for hard-swish networks, from Python.

    model = hswish.compile("net.onnx")          # for this machine, ready to call
    scores = model(picture)

    hswish.compile("net.onnx", "net.so", target="x86-64-v3")
    scores = hswish.load("net.so")(picture)     # needs NumPy, but no compiler

`plot` draws what it is all about; `hswish.networks` writes networks to try it
on. Nothing is imported before it is used, so the parts that need only NumPy run
without the compiled extension.
"""

import importlib

__version__ = "0.1.0"

# Where each name lives.
_HOMES = {
    "CompileError": "hswish.compiler",
    "compile": "hswish.compiler",
    "Model": "hswish.model",
    "ModelError": "hswish.model",
    "TensorInfo": "hswish.model",
    "load": "hswish.model",
}


def plot(path=None, low=-6.0, high=6.0):
    """Draws h-swish beside swish, and their difference; see `hswish.plotting`."""
    from .plotting import plot as draw

    return draw(path, low, high)


def __getattr__(name):
    if name == "networks":
        return importlib.import_module("hswish.networks")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hswish' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "networks", *_HOMES])
