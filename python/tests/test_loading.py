"""What `hswish.load` loads is what is there, and what it refuses it says why."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

compiler = pytest.importorskip("hswish.compiler", reason="built without HSWISH_BUILD_PYTHON")

import hswish

MODEL = """func.func @net(%x: tensor<4xf32>) -> tensor<4xf32> {{
  %c = arith.constant dense<{factor:.1f}> : tensor<4xf32>
  %0 = arith.mulf %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}}
"""
X = np.arange(4, dtype=np.float32)


def write(folder, output, factor):
    """Libraries of one size, name and all but a number."""
    (folder / "net.mlir").write_text(MODEL.format(factor=factor))
    return hswish.compile(folder / "net.mlir", output, name="net")


def factor_of(model):
    return float(model(X)[1])


def test_recompiled_to_the_same_path(tmp_path):
    models = [hswish.load(write(tmp_path, tmp_path / "net.so", factor)) for factor in range(1, 6)]
    assert [factor_of(model) for model in models] == [1, 2, 3, 4, 5]


def test_written_over(tmp_path):
    """In place: the file stays the same, only its contents do not."""
    contents = [write(tmp_path, tmp_path / f"net{i}.so", i).read_bytes() for i in range(3, 6)]
    assert len({len(data) for data in contents}) == 1
    path, found = tmp_path / "net.so", []
    for data in contents:
        with open(path, "r+b" if path.exists() else "wb") as file:
            file.write(data)
        found.append(factor_of(hswish.load(path)))
    assert found == [3, 4, 5]


def test_moved_and_linked(tmp_path):
    one, two = (write(tmp_path, tmp_path / f"{name}.so", i) for i, name in [(1, "one"), (2, "two")])
    link = tmp_path / "net.so"
    for target, factor in [(one, 1), (two, 2), (one, 1)]:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        assert factor_of(hswish.load(link)) == factor
    one.rename(tmp_path / "other.so")
    two.rename(one)
    assert factor_of(hswish.load(one)) == 2
    assert factor_of(hswish.load(tmp_path / "other.so")) == 1


def test_one_file_is_mapped_once(tmp_path):
    """Its pages are shared, however often it is loaded."""
    path = write(tmp_path, tmp_path / "net.so", 3)
    models = [hswish.load(path) for _ in range(5)]
    addresses = {model._library._handle for model in models}
    assert len(addresses) == 1 and factor_of(models[-1]) == 3
    lines = open("/proc/self/maps").read().splitlines()
    assert sum(str(path) in line and " r-xp " in line for line in lines) == 1


def test_a_running_model_keeps_its_code(tmp_path):
    model = hswish.load(write(tmp_path, tmp_path / "net.so", 1))
    write(tmp_path, tmp_path / "net.so", 2)
    (tmp_path / "net.so").unlink()
    assert factor_of(model) == 1


def machine_of(path, number):
    data = bytearray(path.read_bytes())
    data[18:20] = number.to_bytes(2, "little")
    return data


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda path: b"<!DOCTYPE html>" + bytes(100), "not a compiled model: it is no shared library"),
        (lambda path: b"", "it is no shared library"),
        (lambda path: machine_of(path, 243), "it is for RISC-V, and this machine is"),
        (lambda path: machine_of(path, 4711), "it is for machine 4711, and this machine is"),
        (lambda path: path.read_bytes()[:100], "not a compiled model: "),
        (lambda path: path.read_bytes().replace(b"hswish_get_model_info", b"hswish_got_model_info"), "not a compiled"),
    ],
)
def test_what_is_no_model(tmp_path, damage, message):
    path = write(tmp_path, tmp_path / "net.so", 1)
    contents = damage(path)
    path.unlink()
    path.write_bytes(contents)
    with pytest.raises(hswish.ModelError, match=f"net.so: .*{message}") as error:
        hswish.load(path)
    assert "/./" not in str(error.value)  # how the path is spelt for the loader


def test_other_kinds_of_code(tmp_path):
    foreign = "aarch64" if os.uname().machine == "x86_64" else "x86-64-v2"
    write(tmp_path, tmp_path / "net.so", 1)
    hswish.compile(tmp_path / "net.mlir", tmp_path / "arm.so", target=foreign)
    with pytest.raises(hswish.ModelError, match="arm.so: .*it is for (AArch64|x86-64), and this machine is"):
        hswish.load(tmp_path / "arm.so")
    hswish.compile(tmp_path / "net.mlir", tmp_path / "net.o")
    shutil.copy(tmp_path / "net.o", tmp_path / "object.so")
    with pytest.raises(hswish.ModelError, match="it is an object file, no shared library"):
        hswish.load(tmp_path / "object.so")


def test_target_in_the_environment(tmp_path, monkeypatch):
    path = write(tmp_path, tmp_path / "net.so", 1)
    monkeypatch.setenv("HSWISH_TARGET", "nonsense")
    with pytest.raises(hswish.ModelError, match="net.so: HSWISH_TARGET=nonsense: the model has no code of that name"):
        hswish.load(path)
    monkeypatch.setenv("HSWISH_TARGET", "")
    name = hswish.load(path).target.split("/")[1]
    monkeypatch.setenv("HSWISH_TARGET", name)
    assert factor_of(hswish.load(path)) == 1


def test_names(tmp_path):
    path = write(tmp_path, tmp_path / "net.so", 1)
    assert hswish.load(path).name == "net"
    assert hswish.load(hswish.compile(tmp_path / "net.mlir", tmp_path / "2-net.so")).name == "m2_net"
    assert hswish.compile(tmp_path / "net.mlir").name == "net"
    assert hswish.compile(tmp_path / "net.mlir", name="a b").name == "a_b"


@pytest.mark.parametrize(
    "output, message",
    [
        ("net.mlir", "would be both the model and the output"),
        ("./net.mlir", "would be both the model and the output"),
        ("net.dll", "nothing is known that is called .dll"),
    ],
)
def test_outputs_that_would_lose_a_file(tmp_path, output, message):
    (tmp_path / "net.mlir").write_text(MODEL.format(factor=1))
    with pytest.raises(hswish.CompileError, match=message):
        hswish.compile(tmp_path / "net.mlir", os.path.join(tmp_path, output))
    assert (tmp_path / "net.mlir").read_text() == MODEL.format(factor=1)


def test_calls_are_cheap_after_many_loads(tmp_path):
    """A thousand loads of one file: neither memory nor descriptors grow with them."""
    path = write(tmp_path, tmp_path / "net.so", 1)
    script = """
import os, resource, sys, hswish
hswish.load(sys.argv[1])
def state():
    return len(os.listdir("/proc/self/fd")), int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = state()
for _ in range(1000):
    hswish.load(sys.argv[1])
after = state()
assert after[0] == before[0] and after[1] - before[1] < 8 << 20, (before, after)
"""
    subprocess.run([sys.executable, "-c", script, path], check=True, timeout=120)
