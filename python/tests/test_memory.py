"""What lies in huge pages, and that nothing is left behind."""

import mmap
import pathlib
import re

import numpy as np
import pytest

from hswish.model import _workspace

HUGE_PAGE = 2 << 20


def huge_bytes(start, size):
    """How much of the process's mappings inside [start, start + size) is in huge pages."""
    total, inside = 0, False
    for line in pathlib.Path("/proc/self/smaps").read_text().splitlines():
        if mapping := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            low, high = (int(text, 16) for text in mapping.groups())
            inside = low < start + size and start < high
        elif inside and line.startswith("AnonHugePages:"):
            total += int(line.split()[1]) * 1024
    return total


@pytest.fixture(scope="module", autouse=True)
def _needs_huge_pages():
    if not hasattr(mmap, "MADV_HUGEPAGE") or not pathlib.Path("/proc/self/smaps").exists():
        pytest.skip("no huge pages on this system")
    pages = mmap.mmap(-1, 2 * HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        pages.madvise(mmap.MADV_HUGEPAGE)
    except OSError:
        pytest.skip("the kernel has no huge pages")
    memory = np.frombuffer(pages, np.uint8)
    memory[:] = 1
    if not huge_bytes(memory.ctypes.data, memory.size):
        pytest.skip("the system gives no huge pages now")


@pytest.mark.parametrize("size", [0, 24, HUGE_PAGE, 3 * HUGE_PAGE + 1])
def test_workspace_is_in_huge_pages(size):
    memory = _workspace(size)
    assert memory.size >= size and memory.ctypes.data % HUGE_PAGE == 0
    memory[:] = 1
    assert huge_bytes(memory.ctypes.data, memory.size) >= memory.size
