"""Compiling models, by the extension module."""

import os
import pathlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import overload

from .model import Model

try:
    from ._compiler import CompileError, compile_file
except ImportError as error:
    raise ImportError(f"hswish was installed without its compiler: {error}") from error

__all__ = ["CompileError", "compile"]


StrPath = str | os.PathLike[str]
#: Sizes by the input's name, or texts like "x=1x3x224x224".
Shapes = Mapping[str, Sequence[int]] | Iterable[str]


def _shape_options(shapes: Shapes | None) -> list[str]:
    if isinstance(shapes, Mapping):
        return [f"{name}={'x'.join(map(str, shape))}" for name, shape in shapes.items()]
    return list(shapes or [])


@overload
def compile(
    path: StrPath,
    output: None = None,
    *,
    target: str | Iterable[str] = "host",
    shapes: Shapes | None = None,
    accuracy: str | None = None,
    name: str | None = None,
    threads: int = 1,
    huge_pages: bool = True,
    max_memory: int | str | None = None,
    verify: bool = False,
    progress: Callable[[str], object] | None = None,
    entry: str | None = None,
) -> Model: ...
@overload
def compile(
    path: StrPath,
    output: StrPath,
    *,
    target: str | Iterable[str] = "host",
    shapes: Shapes | None = None,
    accuracy: str | None = None,
    name: str | None = None,
    threads: int = 1,
    huge_pages: bool = True,
    max_memory: int | str | None = None,
    verify: bool = False,
    progress: Callable[[str], object] | None = None,
    entry: str | None = None,
) -> pathlib.Path: ...
def compile(
    path: StrPath,
    output: StrPath | None = None,
    *,
    target: str | Iterable[str] = "host",
    shapes: Shapes | None = None,
    accuracy: str | None = None,
    name: str | None = None,
    threads: int = 1,
    huge_pages: bool = True,
    max_memory: int | str | None = None,
    verify: bool = False,
    progress: Callable[[str], object] | None = None,
    entry: str | None = None,
) -> Model | pathlib.Path:
    """Compiles the model at `path` (.onnx, .mlir).

    With `output`, writes that file and returns its path; the suffix says what is
    wanted: .so, .o, .a, .s, .ll, .mlir, .mlirbc, .h or a program. Without, compiles for this
    machine and returns the `Model`, ready to be called.

    target:   host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64 or
              TRIPLE[,cpu=...][,features=...]; of a list, the best one that the
              CPU has is chosen when the model is loaded
    shapes:   sizes for dynamic inputs: {"x": (1, 3, 224, 224)}
    accuracy: fast, default, torch, onnx or exact, for all activations
    name:     the prefix of the C functions; by default the output's file name, or
              the model's where there is no output
    threads:  that a run uses at most; results are the same bits for any number
    huge_pages: whether constants of 2 MB and more are copied into huge pages when
              the model is loaded, if the system has any: faster, but memory that
              processes do not share
    max_memory: bytes, or a size like "800M" or "4G", that the model may take with
              its constants, workspace, inputs and outputs; by default 2 GiB
    verify:   whether each layer of what was compiled is run, here or under qemu,
              and compared with a reference; `Model.verification` says what
              came out, and CompileError which layer is wrong
    progress: called with the name of each stage as it starts
    entry:    the function to compile, of a .mlir file that has several public ones

    Raises CompileError with the compiler's message if that fails; ValueError for code
    of another machine without `output`, or for a size that is none.
    """
    if not name and output is None:
        name = pathlib.Path(path).stem
    if not isinstance(target, str):
        target = ",".join(target)

    def write(file: StrPath) -> None:
        compile_file(
            os.fspath(path),
            os.fspath(file),
            target=target,
            shapes=_shape_options(shapes),
            accuracy=accuracy or "",
            name=name or "",
            progress=progress,
            huge_pages=huge_pages,
            threads=threads,
            entry=entry or "",
            max_memory=str(max_memory or ""),
            verify=verify,
        )

    if output is not None:
        write(output)
        return pathlib.Path(output)
    if target != "host":
        raise ValueError(f"code for {target!r} may not run here: give an output file")
    with tempfile.TemporaryDirectory(prefix="hswish-") as folder:
        library = os.path.join(folder, "model.so")
        write(library)
        # The library stays mapped after its file is gone.
        return Model(library)
