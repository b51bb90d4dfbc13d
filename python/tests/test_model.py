"""Compiled models, with a stand-in written in C: no compiler of ours needed."""

import pathlib
import shutil
import subprocess
import threading

import numpy as np
import pytest

import hswish

ROOT = pathlib.Path(__file__).parents[2]

# y = 2 x and the number of its bytes; keeps x in the workspace meanwhile.
STAND_IN = """
#include "hswish/Runtime/model_info.h"
#include <string.h>
static int invoke(const void *const *in, void *const *out, void *workspace) {
  if ((size_t)workspace % HSWISH_WORKSPACE_ALIGNMENT) return HSWISH_MISALIGNED_WORKSPACE;
  float *x = workspace;
  memcpy(x, in[0], 24);
  for (int i = 0; i < 6; ++i) ((float *)out[0])[i] = 2 * x[i];
  *(int64_t *)out[1] = 24;
  return ((const float *)in[0])[0] == -1 ? HSWISH_NULL_POINTER : HSWISH_OK;
}
static const int64_t shape[] = {2, 3};
static const struct hswish_tensor_info inputs[] = {{"x", shape, 24, 2, HSWISH_FLOAT32}};
static const struct hswish_tensor_info outputs[] = {{"y", shape, 24, 2, HSWISH_FLOAT32},
                                                    {"bytes", 0, 8, 0, HSWISH_INT64}};
static const struct hswish_model_info info = {ABI, 1, 2, 0, "twice", "0.1.0", "here/any",
                                              inputs, outputs, 24, invoke};
const struct hswish_model_info *hswish_get_model_info(void) { return &info; }
"""


def build(folder, abi="HSWISH_MODEL_ABI"):
    compiler = shutil.which("clang-22") or shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    source, library = folder / "twice.c", folder / f"twice-{abi}.so"
    source.write_text(STAND_IN)
    command = [compiler, "-shared", "-fPIC", f"-DABI={abi}", f"-I{ROOT / 'include'}", source, "-o", library]
    subprocess.run(command, check=True)
    return library


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    return hswish.load(build(tmp_path_factory.mktemp("stand-in")))


X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_describes_itself(twice):
    assert (twice.name, twice.version, twice.target) == ("twice", "0.1.0", "here/any")
    assert twice.inputs == (hswish.TensorInfo("x", (2, 3), np.dtype("float32")),)
    assert [info.shape for info in twice.outputs] == [(2, 3), ()]
    assert "x: 2x3 float32" in repr(twice)


def test_runs_by_order_and_by_name(twice):
    for y, count in (twice(X), twice(x=X)):
        np.testing.assert_array_equal(y, 2 * X)
        assert count == 24 and count.dtype == np.int64


def test_writes_into_arrays_given(twice):
    y, count = np.zeros((2, 3), np.float32), np.zeros((), np.int64)
    result = twice(X, out=(y, count))
    assert result[0] is y and (y == 2 * X).all()


def test_outputs_start_with_a_cache_line(twice):
    assert all(output.ctypes.data % 64 == 0 for _ in range(5) for output in twice(X))


def test_is_bound_to_arrays(twice):
    x, outputs, found = X.copy(), [np.zeros((2, 3), np.float32), np.zeros((), np.int64)], []
    thread = threading.Thread(target=lambda: found.append(twice.bind(x, out=outputs)))
    thread.start()
    thread.join()  # the thread's workspace stays
    x += 1
    assert found[0]() == 0
    np.testing.assert_array_equal(outputs[0], 2 * x)
    x[0, 0] = -1
    assert found[0]() == 1
    with pytest.raises(ValueError, match="got shape 3x2"):
        twice.bind(X.T, out=outputs)


# A view of bytes: contiguous, but not at a multiple of four.
UNALIGNED = np.zeros(25, np.uint8)[1:].view(np.float32).reshape(2, 3)


@pytest.mark.parametrize(
    "array, error, message",
    [
        (X.astype(np.float64), TypeError, r"x: 2x3 float32: got float64; convert it with .astype\('float32'\)"),
        (X.T, ValueError, "got shape 3x2"),
        (np.asfortranarray(X), ValueError, "not contiguous; copy it"),
        (UNALIGNED, ValueError, r"not aligned to its elements; copy it with \.copy\(\)"),
        ([[1.0]], TypeError, "got list, not a NumPy array"),
    ],
)
def test_refuses_what_it_would_have_to_copy(twice, array, error, message):
    with pytest.raises(error, match=message):
        twice(array)


def test_refuses_wrong_arguments(twice):
    with pytest.raises(TypeError, match="missing inputs: x"):
        twice()
    with pytest.raises(TypeError, match="takes 1 inputs"):
        twice(X, X)
    with pytest.raises(TypeError, match="has no input 'z'; it has x"):
        twice(z=X)
    with pytest.raises(TypeError, match="given twice"):
        twice(X, x=X)
    with pytest.raises(TypeError, match="has 2 outputs"):
        twice(X, out=X)
    frozen = np.zeros((2, 3), np.float32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        twice(X, out=(frozen, np.zeros((), np.int64)))


def test_a_failed_run_raises(twice):
    with pytest.raises(hswish.ModelError, match="the run failed: a null pointer"):
        twice(np.full((2, 3), -1, np.float32))


def test_threads_have_their_own_workspaces(twice):
    wrong = []

    def work(seed):
        x = np.random.default_rng(seed).standard_normal((2, 3), np.float32)
        wrong.extend(1 for _ in range(500) if (twice(x)[0] != 2 * x).any())

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_refuses_files_that_are_no_models(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        hswish.load(tmp_path / "none.so")
    (tmp_path / "text.so").write_text("not a library")
    with pytest.raises(hswish.ModelError, match="not a compiled model"):
        hswish.load(tmp_path / "text.so")


def test_knows_the_interfaces_before_its_own(tmp_path, twice):
    assert twice.verification == "not verified"
    assert hswish.load(build(tmp_path, abi="1")).verification == "not verified"


def test_refuses_another_interface(tmp_path):
    with pytest.raises(hswish.ModelError, match="made for interface 99"):
        hswish.load(build(tmp_path, abi="99"))
