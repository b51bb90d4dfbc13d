"""Runtimes to compare with, behind one small interface.

A peer is a module of this package with

    NAME                                  as it stands in tables
    def version() -> str                  ImportError if it is not installed
    def prepare(path, inputs, settings)   a `Runner` for the ONNX model at `path`

`inputs` are arrays by name. What a peer cannot run it refuses with any
exception: that is reported, and the others go on.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field

# In the order of the tables. Peers that need much time to compile come last.
_MODULES = ["onnx_runtime", "open_vino", "litert", "iree", "tvm"]


@dataclass
class Settings:
    """What all runtimes are told."""

    threads: int = 1
    folder: str = "."  # for files they make
    target: str = "host"  # ours alone
    accuracy: str = ""  # ours alone
    weights: str = ""  # ours alone: f16 rounds those of matrix-vector products
    tools: str = ""  # ours alone: the folder of the compiler, if not the usual one


@dataclass
class Runner:
    """A model that is ready: `run` is what is timed, `read` gives the outputs
    of the last run in the model's order."""

    run: Callable
    read: Callable
    notes: dict = field(default_factory=dict)


def names():
    return [load(module).NAME for module in _MODULES]


def load(module):
    return importlib.import_module(f"{__name__}.{module}")


def installed(wanted=None):
    """The peers that can be imported, by name, and the names of those that
    cannot. `wanted`: names, or None for all."""
    found, missing = {}, []
    for module in map(load, _MODULES):
        if wanted is not None and module.NAME not in wanted:
            continue
        try:
            module.version()
            found[module.NAME] = module
        except ImportError:
            missing.append(module.NAME)
    return found, missing
