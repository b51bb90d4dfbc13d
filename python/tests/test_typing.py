"""The types of the package hswish: complete, true, and of use to its users."""

import ast
import importlib.resources
import importlib.util
import inspect
import pkgutil
import subprocess
import sys

import pytest

import hswish

# Lines that a type checker must refuse say so.
PROGRAM = """\
import pathlib
import numpy as np
import hswish

model = hswish.compile("net.onnx", shapes={"x": (1, 8)}, progress=print)
scores = model(np.ones((1, 8), np.float32))
print(scores.argmax(), model.inputs[0].shape[0] + 1, model.bind(scores, out=[scores])() + 1)
file: pathlib.Path = hswish.compile(pathlib.Path("net.onnx"), "net.so", target=["x86-64-v2", "x86-64-v3"])
hswish.load(file).threads + 1
hswish.plot("hswish.png")
try:
    hswish.compile(b"net.onnx")  # refused
except hswish.CompileError as error:
    print(error.args)
hswish.compile("net.onnx").suffix  # refused
hswish.compile("net.onnx", "net.so").inputs  # refused
hswish.load("net.so", target="host")  # refused
hswish.networks  # refused
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Runs mypy --strict; the lines (of one file) and messages it complains of."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("mypy")

    def run(*arguments):
        options = ["--strict", "--config-file=", "--cache-dir", folder, "--no-error-summary", "--hide-error-context"]
        command = [sys.executable, "-m", "mypy", *options, *arguments]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=folder, env=environment)
        assert not result.stderr, result.stderr
        return [line for line in result.stdout.splitlines() if ": error: " in line]

    environment = {"MYPYPATH": str(next(iter(hswish.__path__)).removesuffix("hswish"))}
    return run


def test_package_is_clean(mypy):
    assert mypy("-p", "hswish") == []


def test_users_program(mypy, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    refused = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# refused")]
    complaints = mypy(path)
    assert [int(line.split(":")[1]) for line in complaints] == refused, complaints


def modules():
    names = [module.name for module in pkgutil.iter_modules(hswish.__path__) if not module.name.startswith("_")]
    assert {"compiler", "library", "memory", "model"} == set(names)
    return [hswish, *(importlib.import_module(f"hswish.{name}") for name in names if name != "compiler" or compiler())]


def compiler():
    return importlib.util.find_spec("hswish._compiler")


def test_names_are_listed_and_explained():
    for module in modules():
        for name in module.__all__:
            if module is hswish and name in ("compile", "CompileError") and not compiler():
                continue
            thing = getattr(module, name)
            assert not (inspect.isclass(thing) or inspect.isroutine(thing)) or inspect.getdoc(thing), name
        public = {name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
        public = {name for name in public if not name.startswith("_")}
        assert public <= set(module.__all__), module


def signatures(text):
    """Name -> the parameters of each function and their defaults."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {f.name: [[a.arg for a in f.args.args], list(map(ast.unparse, f.args.defaults))] for f in functions}


def test_stub_is_true():
    """What nanobind finds in the extension is what the stub says; only that knows what callbacks take."""
    stubgen = pytest.importorskip("nanobind.stubgen")
    native = pytest.importorskip("hswish._compiler", reason="built without HSWISH_BUILD_PYTHON")
    generator = stubgen.StubGen(native)
    generator.put(native)
    written = importlib.resources.files("hswish").joinpath("_compiler.pyi").read_text()
    assert signatures(written) == signatures(generator.get())
