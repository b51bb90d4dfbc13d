"""Models that run with several threads: the same bits as with one, whoever calls
them and however often."""

import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from tools import find_program, run_tool

import hswish
from hswish_bench.networks import make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are for Linux")

NETWORKS = {
    "mobilenet_v3_small": {"size": (160, 160)},  # large enough for averages row by row
    "pp_lcnet": {"size": (128, 96), "batch": 2},
    "tiny_v3": {},
    "tiny_odd": {},
    "tiny_detector": {},
}


def save(name, folder):
    path = folder / f"{name}.onnx"
    if not path.exists():
        onnx.save(make(name, **NETWORKS[name]), path)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """One network, for one thread and for three."""
    folder = tmp_path_factory.mktemp("small")
    path = save("tiny_v3", folder)
    for threads in [1, 3]:
        hswish.compile(path, folder / f"net{threads}.so", threads=threads)
    return folder


@pytest.fixture(autouse=True)
def as_many_as_compiled_for(monkeypatch):
    """However few CPUs there are."""
    monkeypatch.setenv("HSWISH_THREADS", "256")


def random_inputs(model, seed=0):
    random = np.random.default_rng(seed)
    return [random.standard_normal(info.shape).astype(info.dtype) for info in model.inputs]


def outputs_of(model, *inputs):
    result = model(*inputs)
    return result if isinstance(result, tuple) else (result,)


def assert_same_bits(actual, expected):
    for got, want in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(got.view(np.uint8), want.view(np.uint8))


@pytest.mark.parametrize("name, target", [*((name, "host") for name in NETWORKS), ("tiny_odd", "x86-64-v2")])
def test_same_bits(name, target, tmp_path):
    path = save(name, tmp_path)
    expected = None
    for threads in [1, 2, 3, 4] if name.startswith("tiny") else [1, 2]:
        library = hswish.compile(path, tmp_path / f"net{threads}.so", threads=threads, target=target)
        model = hswish.load(library)
        assert model.threads == threads
        inputs = random_inputs(model)
        expected = expected or outputs_of(model, *inputs)
        for _ in range(10):
            assert_same_bits(outputs_of(model, *inputs), expected)


def test_repeated_runs(small):
    one, three = hswish.load(small / "net1.so"), hswish.load(small / "net3.so")
    for seed in range(20):
        inputs = random_inputs(one, seed)
        expected = outputs_of(one, *inputs)
        for pause in [0, 0, 0.001, 0, 0.01]:  # the others are awake, or asleep
            time.sleep(pause)
            assert_same_bits(outputs_of(three, *inputs), expected)


def test_several_callers(small):
    """Who comes while the threads are busy runs alone."""
    one, three = hswish.load(small / "net1.so"), hswish.load(small / "net3.so")
    cases = [random_inputs(one, seed) for seed in range(4)]
    expected = [outputs_of(one, *inputs) for inputs in cases]
    wrong = []

    def call(inputs, expected):
        try:
            for _ in range(50):
                assert_same_bits(outputs_of(three, *inputs), expected)
        except Exception as error:  # of another thread: pytest would not see it
            wrong.append(error)

    callers = [threading.Thread(target=call, args=pair) for pair in zip(cases, expected, strict=True)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def run_script(text, *arguments):
    """In a process of its own, which has no other threads."""
    start = """
import ctypes, os, sys, time
import numpy as np
import hswish

def count_threads():
    return len(os.listdir("/proc/self/task"))

def has_threads(count):
    # One that was joined is listed for another moment.
    for _ in range(1000):
        if count_threads() == count:
            return True
        time.sleep(0.01)
    return False

def load(path):
    model = hswish.load(path)
    x = np.random.default_rng(0).standard_normal(model.inputs[0].shape).astype(np.float32)
    return model, x
"""
    subprocess.run([sys.executable, "-c", start + text, *arguments], check=True, timeout=120)


def test_unloading_ends_the_threads(small):
    script = """
before = count_threads()
for i in range(20):
    model, x = load(sys.argv[1])
    model(x)
    assert has_threads(before + 2)
    handle = model._library._handle
    del model
    assert ctypes.CDLL(None).dlclose(ctypes.c_void_p(handle)) == 0
    assert has_threads(before)
"""
    run_script(script, small / "net3.so")


def test_stopped_threads_start_again(small):
    script = """
model, x = load(sys.argv[1])
stop = getattr(model._library, model.name + "_stop_threads")
stop.restype = None
before = count_threads()
stop()
expected = model(x)
for i in range(20):
    assert has_threads(before + 2)
    stop()
    stop()
    assert has_threads(before)
    assert np.array_equal(model(x), expected)
"""
    run_script(script, small / "net3.so")


def test_after_a_fork(small):
    script = """
model, x = load(sys.argv[1])
expected = model(x)
child = os.fork()
same = all(np.array_equal(model(x), expected) for _ in range(10))
if child == 0:
    os._exit(0 if same else 1)
_, status = os.waitpid(child, 0)
assert same and status == 0
"""
    run_script(script, small / "net3.so")


def test_after_a_fork_into_another_namespace(small):
    """There the child may have the number of its parent: both are the first."""
    script = """
libc = ctypes.CDLL(None, use_errno=True)
def fork_as_first(work):
    if libc.unshare(0x20000000):  # CLONE_NEWPID
        print(os.strerror(ctypes.get_errno()))
        os._exit(77)
    child = os.fork()
    if child == 0:
        assert os.getpid() == 1
        os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

model, x = load(sys.argv[1])
expected = hswish.load(sys.argv[2])(x)
same = lambda: all(np.array_equal(model(x), expected) for _ in range(10))

def parent():
    return 0 if same() and fork_as_first(lambda: not (same() and count_threads() == 3)) == 0 and same() else 1

os._exit(fork_as_first(parent))
"""
    try:
        run_script(script, small / "net3.so", small / "net1.so")
    except subprocess.CalledProcessError as error:
        if error.returncode == 77:
            pytest.skip("no right to make a PID namespace")
        raise


def test_idle_threads_end_and_start_again(small):
    script = """
before = count_threads()
model, x = load(sys.argv[1])
expected = model(x)
for _ in range(2):
    assert has_threads(before + 2)
    assert has_threads(before)  # in two seconds
    child = os.fork()
    before = 1  # NumPy ends its own
    same = np.array_equal(model(x), expected)
    if child == 0:
        os._exit(0 if same and count_threads() == 3 else 1)
    assert same and os.waitpid(child, 0)[1] == 0
for i in range(6):  # about when they end
    time.sleep(1.998 + i / 1000)
    assert np.array_equal(model(x), expected)
    if i % 2 == 0:
        stop = getattr(model._library, model.name + "_stop_threads")
        stop.restype = None
        stop()
        stop()
        assert np.array_equal(model(x), expected)
"""
    run_script(script, small / "net3.so")


LEAVING = """
#include "net.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
  (void)argc;
  const struct hswish_model_info *info = net_info();
  void *input = calloc(1, info->inputs->bytes), *output = calloc(1, info->outputs->bytes);
  void *workspace = aligned_alloc(64, (info->workspace_size + 63) / 64 * 64);
  if (net_run(input, output, workspace) != 0)
    return 1;
  if (!strcmp(argv[1], "blocked")) { /* Who waits for signals gets them. */
    sigset_t set;
    int number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGTERM);
    return sigwait(&set, &number) || number != SIGTERM;
  }
  if (!strcmp(argv[1], "signal"))
    kill(getpid(), SIGTERM);
  pthread_exit(NULL);
}
"""


def test_threads_keep_no_program(small, tmp_path):
    """Neither when its own threads have ended, nor from a signal."""
    compiler = find_program("cc", "gcc")
    run_tool("hswish-compile", small / "tiny_v3.onnx", "-o", tmp_path / "net.o", "--threads=3")
    (tmp_path / "main.c").write_text("#define _GNU_SOURCE\n#include <unistd.h>\n" + LEAVING)
    program = tmp_path / "program"
    files = [tmp_path / "main.c", tmp_path / "net.o"]
    subprocess.run([compiler, f"-I{tmp_path}", *files, "-lm", "-pthread", "-o", program], check=True)
    for how, status in [("blocked", 0), ("exit", 0), ("signal", -signal.SIGTERM)]:
        start = time.monotonic()
        assert subprocess.run([program, how], timeout=30).returncode == status
        assert time.monotonic() - start < 10
    late = subprocess.Popen([program, "exit"])
    time.sleep(0.5)
    late.terminate()  # while only our threads are left, which take no signals
    assert late.wait(timeout=10) in [0, -signal.SIGTERM]


@pytest.mark.parametrize("threads", [1, 3])
def test_by_jit_and_as_a_program(small, threads):
    path = small / "tiny_v3.onnx"
    model = hswish.load(small / "net1.so")
    (x,) = random_inputs(model)
    (expected,) = outputs_of(model, x)
    np.save(small / "x.npy", x)
    files = [f"--input={small / 'x.npy'}", f"--output-dir={small}"]
    run_tool("hswish-run", path, f"--threads={threads}", *files)
    assert_same_bits([np.load(small / "0.npy")], [expected])

    program = small / f"program{threads}"
    run_tool("hswish-compile", path, f"--threads={threads}", "-o", program)
    subprocess.run([program, small / "x.npy", small / "y.npy"], check=True, timeout=120)
    assert_same_bits([np.load(small / "y.npy")], [expected])


def test_by_qemu(small):
    qemu = find_program("qemu-aarch64", "qemu-user")
    gcc = find_program("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
    root = pathlib.Path(__file__).parents[2]
    results = []
    for threads in [1, 3]:
        code, program = small / f"arm{threads}.o", small / f"arm{threads}"
        hswish.compile(small / "tiny_v3.onnx", code, target="aarch64", threads=threads)
        driver = root / "python" / "tests" / "data" / "driver.c"
        command = [gcc, "-O1", "-static", f"-I{root / 'include'}", driver, code, "-lm", "-pthread", "-o", program]
        subprocess.run(command, check=True)
        x = random_inputs(hswish.load(small / "net1.so"))[0]
        x.tofile(small / "x.raw")
        subprocess.run([qemu, program, small / "x.raw", small / "y.raw"], check=True, timeout=600)
        results.append((small / "y.raw").read_bytes())
    assert results[0] == results[1]


def test_profile(small):
    result = run_tool("hswish-run", small / "tiny_v3.onnx", "--threads=3", "--profile=3")
    assert "sum" in result.stdout


@pytest.mark.parametrize("threads", [0, -1, 257])
def test_bad_numbers(small, threads):
    with pytest.raises(hswish.CompileError, match=f"cannot compile for {threads} threads: expected 1 to 256"):
        hswish.compile(small / "tiny_v3.onnx", small / "bad.so", threads=threads)
    assert not (small / "bad.so").exists()


def test_other_systems(small):
    with pytest.raises(hswish.CompileError, match="only for Linux on x86-64 and AArch64"):
        target = "x86_64-pc-windows-msvc,cpu=x86-64-v3"
        hswish.compile(small / "tiny_v3.onnx", small / "bad.o", threads=2, target=target)
