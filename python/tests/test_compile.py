"""Compiling from Python, by the extension module."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
compiler = pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import hswish
from hswish_bench import reference
from hswish_bench.networks import make


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny") / "tiny v3.onnx"
    onnx.save(make("tiny_v3"), path)
    return path


def answers(path, **options):
    inputs = reference.make_inputs(path, **options)
    return inputs, reference.session(path).run(None, inputs)


def test_compiles_and_runs(tiny):
    model = hswish.compile(tiny)
    inputs, (expected,) = answers(tiny)
    assert reference.relative_error(model(*inputs.values()), expected) < 1e-5


def test_writes_a_library(tiny, tmp_path):
    stages = []
    path = hswish.compile(tiny, tmp_path / "net.so", target="x86-64-v3", name="my net", progress=stages.append)
    assert path == tmp_path / "net.so" and stages
    model = hswish.load(path)
    assert model.name == "my_net" and model.target.endswith("x86-64-v3")
    inputs, (expected,) = answers(tiny)
    assert reference.relative_error(model(**inputs), expected) < 1e-5


def test_verifies(tiny, tmp_path):
    model = hswish.compile(tiny, verify=True)
    assert model.verification.startswith("verified: ") and "layers" in model.verification
    assert hswish.compile(tiny).verification == "not verified"


def test_what_does_not_run_is_not_verified(tiny, tmp_path):
    with pytest.raises(hswish.CompileError, match="cannot be verified: .*riscv64"):
        hswish.compile(tiny, tmp_path / "net.o", target="riscv64-unknown-linux-gnu", verify=True)
    assert not (tmp_path / "net.o").exists()


@pytest.mark.parametrize("suffix, magic", [(".o", b"\x7fELF"), (".a", b"!<arch>"), (".s", b""), (".ll", b"")])
def test_writes_what_the_suffix_says(tiny, tmp_path, suffix, magic):
    path = hswish.compile(tiny, tmp_path / f"net{suffix}", target="aarch64")
    assert path.read_bytes().startswith(magic) and path.stat().st_size > 1000


def test_binds_dynamic_shapes(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", batch="N", size=("H", "W")), path)
    shapes = {"input": (2, 3, 40, 48)}
    inputs, (expected,) = answers(path, shapes=shapes)
    model = hswish.compile(path, shapes=shapes)
    assert model.inputs[0].shape == (2, 3, 40, 48)
    assert reference.relative_error(model(**inputs), expected) < 1e-5


def test_several_targets(tiny, tmp_path, monkeypatch):
    """Each process chooses once: every variant gets a library of its own."""
    inputs, (expected,) = answers(tiny)
    for name in ["x86-64-v2", "x86-64-v3"]:
        library = hswish.compile(tiny, tmp_path / f"{name}.so", target=["x86-64-v2", "x86-64-v3"])
        monkeypatch.setenv("HSWISH_TARGET", name)
        model = hswish.load(library)
        assert model.target.endswith(f"/{name}")
        assert reference.relative_error(model(*inputs.values()), expected) < 1e-5
    library = hswish.compile(tiny, tmp_path / "none.so", target=["x86-64-v2", "x86-64-v3"])
    monkeypatch.setenv("HSWISH_TARGET", "none")
    with pytest.raises(hswish.ModelError, match="HSWISH_TARGET=none: the model has no code of that name"):
        hswish.load(library)


def test_the_model_outlives_its_file(tiny):
    model = hswish.compile(tiny)
    gc.collect()
    assert not model.path.exists()
    assert np.isfinite(model(np.zeros((1, 3, 32, 32), np.float32))).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"path": "none.onnx"}, "none.onnx"),
        ({"target": "z80"}, "z80"),
        ({"accuracy": "perfect"}, "perfect"),
        ({"output": "/nonexistent/net.so"}, "/nonexistent"),
        ({"shapes": {"input": (1, 4, 32, 32)}}, "input"),
    ],
)
def test_errors_carry_the_compilers_message(tiny, tmp_path, arguments, message, capfd):
    with pytest.raises(hswish.CompileError, match=message):
        hswish.compile(**{"path": tiny, "output": tmp_path / "net.so", **arguments})
    assert not (tmp_path / "net.so").exists()
    # In the exception, and nowhere else.
    assert capfd.readouterr().err == ""


def test_one_of_several_functions(tmp_path):
    path = tmp_path / "two.mlir"
    body = "(%x: tensor<8xf32>) -> tensor<8xf32> {{ %0 = arith.{} %x, %x : tensor<8xf32> return %0 : tensor<8xf32> }}\n"
    path.write_text("func.func @double" + body.format("addf") + "func.func @square" + body.format("mulf"))
    x = np.arange(8, dtype=np.float32)
    assert (hswish.compile(path, entry="double")(x) == 2 * x).all()
    assert (hswish.compile(path, entry="square")(x) == x * x).all()
    with pytest.raises(hswish.CompileError, match="several public functions, @double, @square"):
        hswish.compile(path)


def test_not_a_model(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"certainly not")
    with pytest.raises(hswish.CompileError, match="net.onnx"):
        hswish.compile(path)


def test_an_exception_in_progress_comes_back(tiny, tmp_path):
    def stop(stage):
        raise KeyError(stage)

    with pytest.raises(KeyError):
        hswish.compile(tiny, tmp_path / "net.so", progress=stop)


def test_foreign_code_needs_an_output(tiny):
    with pytest.raises(ValueError, match="give an output file"):
        hswish.compile(tiny, target="aarch64")


def test_the_interpreter_ends_cleanly(tiny):
    code = "import hswish, sys; m = hswish.compile(sys.argv[1]); print(m.name)"
    result = subprocess.run([sys.executable, "-c", code, tiny], capture_output=True, text=True, cwd="/")
    assert result.returncode == 0 and "tiny_v3" in result.stdout, result.stderr


def test_the_same_bytes_however_many_came_before(tiny, tmp_path):
    """Neither what was compiled earlier in a process, nor its seeds, nor who else
    compiles meanwhile make a difference."""
    suffixes = [".o", ".so", ""]
    names = [f"net{suffix}" for suffix in suffixes]

    def compile_all(folder):
        folder.mkdir()
        for name in names:
            hswish.compile(tiny, folder / name, target="x86-64-v2,x86-64-v3", threads=2)

    compile_all(tmp_path / "first")
    hswish.compile(tiny, tmp_path / "other.o", target="aarch64", accuracy="fast")
    threads = [threading.Thread(target=compile_all, args=[tmp_path / name]) for name in ["second", "third"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    code = """if True:
        import sys, hswish
        for name in sys.argv[3:]:
            hswish.compile(sys.argv[1], f"{sys.argv[2]}/{name}", target="x86-64-v2,x86-64-v3", threads=2)
    """
    (tmp_path / "fourth").mkdir()
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, tiny, tmp_path / "fourth", *names], env=environment, check=True)
    for name in names:
        contents = {(tmp_path / folder / name).read_bytes() for folder in ["first", "second", "third", "fourth"]}
        assert len(contents) == 1, name
