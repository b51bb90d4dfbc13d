"""Compiling and running between guard pages.

Inputs, outputs and workspace lie flush against a page that cannot be touched, at
their ends in one run and at their beginnings in another. Inputs cannot be written;
outputs and workspace are full of NaN, so that what is read before it is written,
or never written, shows.
"""

import ctypes
import mmap
import os
import subprocess
from dataclasses import dataclass

import ml_dtypes
import numpy as np

import hswish
from hswish.compiler import compile_file

PAGE = mmap.PAGESIZE
PROT_NONE, PROT_READ, PROT_BOTH = 0, 1, 3
ALIGNMENT = 64  # HSWISH_WORKSPACE_ALIGNMENT

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


@dataclass(frozen=True)
class Way:
    """A way to compile and run a model."""

    target: str = "host"
    threads: int = 1
    kernels: bool = True
    accuracy: str = ""

    def __str__(self):
        parts = [
            self.target,
            f"{self.threads} threads" if self.threads > 1 else "",
            "" if self.kernels else "no kernels",
        ]
        return ", ".join(filter(None, [*parts, self.accuracy]))


class Refused(Exception):
    """The compiler said no."""


def compile(path, output, way):
    try:
        compile_file(
            path, output, way.target, [], way.accuracy, "net", None,
            huge_pages=False, threads=way.threads, kernels=way.kernels,
        )  # fmt: skip
    except hswish.CompileError as error:
        raise Refused(str(error).replace(path, "net.onnx")) from None


class Guarded:
    """Memory of `size` bytes between two pages that cannot be touched."""

    def __init__(self, size, at_end, alignment=1):
        inner = -(-max(size, 1) // PAGE) * PAGE
        whole = libc.mmap(None, inner + 2 * PAGE, PROT_NONE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        self.start, self.inner = whole + PAGE, inner
        self.protect(PROT_BOTH)
        offset = (inner - size) // alignment * alignment if at_end else 0
        self.address, self.size, self.whole = self.start + offset, size, whole
        ctypes.memset(self.start, 0xFF, inner)

    def protect(self, protection):
        if libc.mprotect(self.start, self.inner, protection):
            raise OSError(ctypes.get_errno(), "mprotect")

    def write(self, array):
        ctypes.memmove(self.address, array.ctypes.data, self.size)
        self.protect(PROT_READ)

    def read(self, dtype, shape):
        return np.frombuffer(ctypes.string_at(self.address, self.size), dtype).reshape(shape).copy()

    def is_clean_outside(self):
        """Whether what lies between the pages and the buffer is as it was."""
        before = ctypes.string_at(self.start, self.address - self.start)
        after = ctypes.string_at(self.address + self.size, self.start + self.inner - self.address - self.size)
        return not (before + after).strip(b"\xff")

    def free(self):
        libc.munmap(ctypes.c_void_p(self.whole), ctypes.c_size_t(self.inner + 2 * PAGE))


def as_passed(array):
    """bfloat16 is passed as bits, which NumPy can name."""
    return array.view(np.uint16) if array.dtype == ml_dtypes.bfloat16 else array


def as_typed(array, dtype):
    return array.view(dtype) if dtype == ml_dtypes.bfloat16 else array


def run(library, inputs, at_end, types):
    """Outputs of the compiled library; `types` are their element types."""
    model = hswish.load(library)
    arrays = [np.array(as_passed(inputs[i.name]), order="C") for i in model.inputs]
    for info, array in zip(model.inputs, arrays):
        if info.shape != array.shape:
            raise ValueError(f"input {info.name} has shape {info.shape}, not {array.shape}")
    sources = [Guarded(a.nbytes, at_end) for a in arrays]
    for source, array in zip(sources, arrays):
        source.write(array)
    sizes = [int(np.prod(o.shape, dtype=np.int64)) * o.dtype.itemsize for o in model.outputs]
    results = [Guarded(size, at_end) for size in sizes]
    workspace = Guarded(model.workspace_size, at_end, ALIGNMENT)
    pointers = [(ctypes.c_void_p * max(len(b), 1))(*(g.address for g in b)) for b in (sources, results)]
    status = model._invoke(*pointers, workspace.address)
    if status:
        raise ValueError(f"the run gave status {status}")
    for guarded in (*results, workspace):
        if not guarded.is_clean_outside():
            raise ValueError("written outside of a buffer")
    values = [r.read(o.dtype, o.shape) for r, o in zip(results, model.outputs)]
    for guarded in (*sources, *results, workspace):
        guarded.free()
    return [as_typed(v, t) for v, t in zip(values, types)]


def run_elsewhere(path, inputs, way, types, folder):
    """Compiled as a program for AArch64 and run under qemu."""
    program = os.path.join(folder, "net-aarch64")
    compile(path, program, way)
    files = []
    for i, array in enumerate(inputs.values()):
        files.append(os.path.join(folder, f"in{i}.npy"))
        np.save(files[-1], as_passed(array))
    ends = [os.path.join(folder, f"out{i}.npy") for i in range(len(types))]
    command = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program, *files, *ends]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"qemu-aarch64: status {done.returncode}: {done.stderr.strip()[:200]}")
    return [as_typed(np.load(end), kind) for end, kind in zip(ends, types)]
