"""hswish: the compiler for hard-swish networks, from Python.

    model = hswish.compile("net.onnx")          # for this machine, ready to call
    scores = model(picture)

    hswish.compile("net.onnx", "net.so", target="x86-64-v3")
    scores = hswish.load("net.so")(picture)     # needs NumPy, but no compiler

The compiled extension is imported with the first use of `compile`: loading and
running models works without it. Networks to try it on, benchmarks and what measures
rounding are a package of their own, hswish-bench.
"""

from typing import TYPE_CHECKING, Any

from .model import Model, ModelError, TensorInfo, load

if TYPE_CHECKING:
    import os

    from .compiler import CompileError, compile

__all__ = ["CompileError", "Model", "ModelError", "TensorInfo", "__version__", "compile", "load", "plot"]
__version__ = "0.1.0"


# Hidden from type checkers, which would take any name for one of ours.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in ("CompileError", "compile"):
            from . import compiler

            return getattr(compiler, name)
        raise AttributeError(f"module 'hswish' has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})


def plot(path: "str | os.PathLike[str] | None" = None, low: float = -6.0, high: float = 6.0) -> Any:
    """Draws h-swish beside swish and, below, their difference, from `low` to `high`.

    Returns the `matplotlib.figure.Figure`, or writes it to `path` (.png, .svg, .pdf)
    and returns that. Raises ImportError without hswish-bench or matplotlib.
    """
    import importlib

    try:
        plotting = importlib.import_module("hswish_bench.plotting")
    except ModuleNotFoundError:
        raise ImportError("hswish.plot needs hswish-bench and matplotlib: pip install 'hswish[plot]'") from None
    return plotting.plot(path, low, high)
