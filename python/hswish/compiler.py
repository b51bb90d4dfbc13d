"""Compiling models, by the extension module."""

import os
import pathlib
import tempfile

from .model import Model

try:
    from ._compiler import CompileError, compile_file
except ImportError as error:
    raise ImportError(f"hswish was installed without its compiler: {error}") from error

__all__ = ["CompileError", "compile"]


def _shape_options(shapes):
    if hasattr(shapes, "items"):
        return [f"{name}={'x'.join(map(str, shape))}" for name, shape in shapes.items()]
    return list(shapes or [])


def compile(
    path,
    output=None,
    *,
    target="host",
    shapes=None,
    accuracy=None,
    name=None,
    threads=1,
    huge_pages=True,
    max_memory=None,
    verify=False,
    progress=None,
    entry=None,
):
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

    Raises CompileError with the compiler's message if that fails.
    """
    path = os.fspath(path)
    if not name and output is None:
        name = pathlib.Path(path).stem
    if not isinstance(target, str):
        target = ",".join(target)
    arguments = (target, _shape_options(shapes), accuracy or "", name or "", progress, huge_pages, threads, entry or "")
    arguments += (str(max_memory or ""), True, verify)
    if output is not None:
        compile_file(path, os.fspath(output), *arguments)
        return pathlib.Path(output)
    if target != "host":
        raise ValueError(f"code for {target!r} may not run here: give an output file")
    with tempfile.TemporaryDirectory(prefix="hswish-") as folder:
        library = os.path.join(folder, "model.so")
        compile_file(path, library, *arguments)
        # The library stays mapped after its file is gone.
        return Model(library)
