"""Memory that compiled models like."""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "empty", "workspace"]

#: An array of any element type.
Array = npt.NDArray[Any]

_LINE = 64
_HUGE_PAGE = 2 << 20


def empty(shape: tuple[int, ...], dtype: npt.DTypeLike = np.float32) -> Array:
    """An uninitialised array of `shape` that starts with a cache line. NumPy's own start
    16 bytes into one: each vector is written to two lines then, which takes up to a fifth
    longer."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(count + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + count].view(dtype).reshape(shape)


def workspace(size: int) -> npt.NDArray[np.uint8]:
    """Zeroed memory of at least `size` bytes, in huge pages where the system has them:
    private and aligned, or they are not."""
    length = (size // _HUGE_PAGE + 1) * _HUGE_PAGE
    private: dict[str, int] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    pages = mmap.mmap(-1, length + _HUGE_PAGE, **private)
    memory = np.frombuffer(pages, np.uint8)
    start = -memory.ctypes.data % _HUGE_PAGE
    if hasattr(mmap, "MADV_HUGEPAGE"):
        try:
            pages.madvise(mmap.MADV_HUGEPAGE, start, length)
        except OSError:
            pass  # a kernel without huge pages
    return memory[start : start + length]
