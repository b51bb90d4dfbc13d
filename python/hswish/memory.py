"""Memory that compiled models like."""

import mmap

import numpy as np

_LINE = 64
_HUGE_PAGE = 2 << 20


def empty(shape, dtype=np.float32):
    """An array that starts with a cache line. NumPy's own start 16 bytes into one:
    each vector is written to two lines then, which takes up to a fifth longer."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(count + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + count].view(dtype).reshape(shape)


def workspace(size):
    """Zeroed memory, in huge pages where the system has them: private and aligned, or they are not."""
    length = (size // _HUGE_PAGE + 1) * _HUGE_PAGE
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    pages = mmap.mmap(-1, length + _HUGE_PAGE, **private)
    memory = np.frombuffer(pages, np.uint8)
    start = -memory.ctypes.data % _HUGE_PAGE
    if hasattr(mmap, "MADV_HUGEPAGE"):
        try:
            pages.madvise(mmap.MADV_HUGEPAGE, start, length)
        except OSError:
            pass  # a kernel without huge pages
    return memory[start : start + length]
