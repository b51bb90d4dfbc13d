"""What lies in huge pages, and that nothing is left behind."""

import _ctypes
import mmap
import pathlib
import re
import subprocess

import numpy as np
import pytest
from tools import find_program, run_tool

import hswish
from hswish.memory import workspace

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
    memory = workspace(size)
    assert memory.size >= size and memory.ctypes.data % HUGE_PAGE == 0
    memory[:] = 1
    assert huge_bytes(memory.ctypes.data, memory.size) >= memory.size


# The constants of a compiled model: three to four whole huge pages.
ROWS, COLUMNS = 1536, 1280

DRIVER = r"""
#include "net.h"
#include <stdio.h>
#include <string.h>
static float x[1536], y[1280];
static _Alignas(64) char workspace[1 << 20];
int main(void) {
  char line[256];
  for (int i = 0; i < 1536; ++i) x[i] = i % 7;
  if (net_workspace_size() > sizeof workspace || net_run(x, y, workspace)) return 1;
  fwrite(y, sizeof y, 1, stdout);
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file && fgets(line, sizeof line, file))
    if (strstr(line, "AnonHugePages")) fputs(line, stderr);
  return 0;
}
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A matrix times a vector, and the matrix."""
    onnx = pytest.importorskip("onnx")
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    weights = np.random.default_rng(0).integers(-4, 5, (ROWS, COLUMNS)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", float32, [1, ROWS])],
        [helper.make_tensor_value_info("y", float32, [1, COLUMNS])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    path = tmp_path_factory.mktemp("memory") / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path, weights


def mappings_of(path):
    """The ranges that belong to a library: of its file, and what took their place."""
    ranges, inside = [], False
    for line in pathlib.Path("/proc/self/maps").read_text().splitlines():
        fields = line.split()
        inside = line.endswith(str(path)) or (inside and len(fields) == 5 and fields[1].startswith("r--p"))
        if inside:
            ranges.append(tuple(int(text, 16) for text in fields[0].split("-")))
    return ranges


@pytest.mark.parametrize("option, least, most", [("auto", 2, 4), ("never", 0, 0)])
def test_library_has_its_constants_in_huge_pages(network, tmp_path, option, least, most):
    path, weights = network
    library = tmp_path / "net.so"
    run_tool("hswish-compile", path, "-o", library, f"--huge-pages={option}")
    model = hswish.load(library)
    mapped = mappings_of(library)
    pages = sum(huge_bytes(low, high - low) for low, high in mapped) // HUGE_PAGE
    assert least <= pages <= most
    x = np.arange(ROWS, dtype=np.float32).reshape(1, ROWS) % 7
    np.testing.assert_array_equal(model(x), x @ weights)
    # Unloaded, nothing of it is left.
    low, high = mapped[0][0], mapped[-1][1]
    _ctypes.dlclose(model._library._handle)
    for line in pathlib.Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(text, 16) for text in line.split()[0].split("-"))
        assert end <= low or high <= start, line


@pytest.mark.parametrize("kind, flags", [("a", []), ("o", ["-static"])])
def test_program_has_its_constants_in_huge_pages(network, tmp_path, kind, flags):
    path, weights = network
    run_tool("hswish-compile", path, "-o", tmp_path / f"net.{kind}")
    (tmp_path / "driver.c").write_text(DRIVER)
    program = tmp_path / "driver"
    compiler = find_program("cc", "gcc")
    command = [compiler, *flags, tmp_path / "driver.c", tmp_path / f"net.{kind}", "-lm", "-o", program]
    subprocess.run(command, check=True)
    result = subprocess.run([program], capture_output=True, check=True)
    x = np.arange(ROWS, dtype=np.float32).reshape(1, ROWS) % 7
    np.testing.assert_array_equal(np.frombuffer(result.stdout, np.float32), (x @ weights)[0])
    assert int(result.stderr.split()[1]) * 1024 >= 2 * HUGE_PAGE
