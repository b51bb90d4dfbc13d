"""Compiling from several threads and processes, however they were started."""

import multiprocessing
import os
import threading

import pytest

compiler = pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import hswish

GOOD = """func.func @net(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = hswish.hard_swish %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
"""
TARGETS = ["x86-64-v2", "x86-64-v3", "aarch64"]
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.mlir").write_text(GOOD)
    (tmp_path / "bad.mlir").write_text(GOOD.replace("hard_swish", "hard_wish"))
    return tmp_path


def work(folder, name):
    """Compiles good input, bad input, and what cannot be linked, by turns."""
    for target in TARGETS:
        hswish.compile(folder / "good.mlir", folder / f"{name}.so", target=target, name="net")
        for model, other in [("bad", target), ("good", "x86_64-pc-windows-msvc")]:
            try:
                hswish.compile(folder / f"{model}.mlir", folder / f"none-{name}.so", target=other)
            except hswish.CompileError as error:
                assert str(error)
            else:
                raise AssertionError("bad input was compiled")


def check(folder, names):
    hswish.compile(folder / "good.mlir", folder / "alone.so", target=TARGETS[-1], name="net")
    # The name of the library is in it.
    expected = (folder / "alone.so").read_bytes().replace(b"alone.so", b"")
    for name in names:
        assert (folder / f"{name}.so").read_bytes().replace(f"{name}.so".encode(), b"") == expected, name
    assert not list(folder.glob("none*")) and not list(folder.glob("*.tmp"))


def test_threads(folder):
    errors = []

    def run(name):
        try:
            work(folder, name)
        except BaseException as error:  # of another thread: pytest would not see it
            errors.append(error)

    threads = [threading.Thread(target=run, args=[f"net-{i}"]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not errors
    check(folder, [f"net-{i}" for i in range(4)])


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(folder, method):
    work(folder, "net-0")
    context = multiprocessing.get_context(method)
    children = [context.Process(target=work, args=[folder, f"net-{i}"]) for i in range(1, 4)]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=300)
    assert [child.exitcode for child in children] == [0, 0, 0]
    check(folder, [f"net-{i}" for i in range(4)])


def test_fork_while_threads_compile(folder):
    done, numbers = threading.Event(), iter(range(10**6))

    def run():
        while not done.is_set():
            hswish.compile(folder / "good.mlir", folder / f"thread-{next(numbers)}.so")

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    children = []
    for i in range(5):
        child = os.fork()
        if child == 0:
            try:
                work(folder, f"net-{i}")
                os._exit(0)
            except BaseException:
                os._exit(1)
        children.append(child)
    # pytest has no time limit of its own; one that hangs would not come back.
    timer = threading.Timer(300, lambda: [os.kill(child, 9) for child in children])
    timer.start()
    statuses = [os.waitpid(child, 0)[1] for child in children]
    timer.cancel()
    done.set()
    for thread in threads:
        thread.join()
    assert statuses == [0] * 5
    check(folder, [f"net-{i}" for i in range(5)])


def test_one_output_for_all(folder):
    """The last one wins, as a whole; a file is there all the time."""
    output = folder / "net.so"
    hswish.compile(folder / "good.mlir", output)
    size, seen = output.stat().st_size, set()
    threads = [threading.Thread(target=hswish.compile, args=[folder / "good.mlir", output]) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.add(output.stat().st_size)
    assert seen <= {size} and not list(folder.glob("*.tmp"))
