"""Counting AArch64 instructions under qemu: the counter and its marks, our own
models, and what runs other runtimes. None of them is needed here."""

import json
import os
import subprocess
import sys
import types

import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from tools import BIN

from hswish_bench.benchmark import cli, instructions, models, peers
from hswish_bench.benchmark.emulation import emulator as emulation
from hswish_bench.benchmark.emulation import runners
from hswish_bench.networks import make

# Turns of a loop of three instructions between two marks, then nothing between two.
LOOP = """
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  long turns = atol(argv[2]);
  pid_t label = -1 - atoi(argv[1]);
  for (int i = 0; i < 2; ++i) {
    long left = turns;
    getpgid(label);
    __asm__ volatile("1: subs %0, %0, #1\\n fmla v0.4s, v1.4s, v2.4s\\n b.ne 1b"
                     : "+r"(left) :: "v0", "cc");
  }
  getpgid(label);
  getpgid(label);
  getpgid(7); /* Not a mark. */
  return argc > 3;
}
"""


@pytest.fixture
def emulator(tmp_path):
    missing = emulation.missing_tools()
    if missing:
        pytest.skip(f"no {', '.join(missing)}")
    return emulation.Emulator(tmp_path)


@pytest.fixture
def loop(emulator, tmp_path):
    (tmp_path / "loop.c").write_text(LOOP)
    emulator.build("-static", tmp_path / "loop.c", "-o", tmp_path / "loop")
    return tmp_path / "loop"


def test_known_loop(emulator, loop):
    counts = {}
    for turns in (1, 1000, 100000):
        marks = emulator.run(loop, 5, turns)
        assert list(marks) == [5] and len(marks[5]) == 4 and marks[5] == sorted(marks[5])
        counts[turns] = emulation.executed(marks[5])
    assert counts[1000] - counts[1] == 3 * 999
    assert counts[100000] - counts[1] == 3 * 99999


def test_failing_program(emulator, loop):
    with pytest.raises(emulation.EmulationError, match="status 1") as failure:
        emulator.run(loop, 3, 10, "fail")
    assert len(failure.value.marks[3]) == 4
    with pytest.raises(emulation.EmulationError):
        emulator.run("/no/such/program")


def test_programs_see_the_cores(emulator, tmp_path):
    source = tmp_path / "show.c"
    source.write_text(
        '#include <stdio.h>\nint main(void) { FILE *file = fopen("/proc/cpuinfo", "r"); int c;'
        " while ((c = getc(file)) != EOF) putchar(c); return 0; }"
    )
    emulator.build("-static", source, "-o", tmp_path / "show")
    emulation.show_cpu(tmp_path / "root")
    lines = []
    assert emulator.run(tmp_path / "show", root=tmp_path / "root", on_line=lines.append) == {}
    assert sum(line.startswith("processor") for line in lines) == os.cpu_count()
    (part,) = {line.split()[-1] for line in lines if line.startswith("CPU part")}
    (core, *_) = (tmp_path / "root").glob("sys/devices/system/cpu/cpu*/regs/identification/midr_el1")
    assert int(core.read_text(), 16) >> 4 & 0xFFF == int(part, 16)


@pytest.fixture
def tools(monkeypatch):
    if not (BIN / "hswish-compile").exists():
        pytest.skip(f"no hswish-compile in {BIN}")
    monkeypatch.setenv("HSWISH_BIN", str(BIN))


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3"), path)
    return path


def test_our_library(emulator, tools, network, tmp_path):
    job = runners.Job.make(9, network, tmp_path, {}, "picture")
    settings = peers.Settings(folder=str(tmp_path), target="aarch64")
    first = runners.run_ours(emulator, job, settings)
    assert job.take_error() < 1e-4
    assert not any(file.exists() for file in job.output_files())
    assert runners.run_ours(emulator, job, settings) == first
    multiply_adds = models.build("tiny_v3", models.Options()).multiply_adds
    assert multiply_adds / 4 < first < multiply_adds


def test_mode_without_peers(emulator, tools, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HSWISH_AARCH64_PEERS", str(tmp_path / "none"))
    result, page = tmp_path / "result.json", tmp_path / "page.md"
    assert cli.main(["instructions", "tiny_v3", f"--json={result}", f"--write={page}"]) == 0
    rows = json.loads(result.read_text())["instructions"]
    assert {row["runtime"] for row in rows} == {"hswish"} and {row["status"] for row in rows} == {"ok"}
    whole = next(row for row in rows if row["kind"] == "network")
    layers = [row for row in rows if row["kind"] not in ("network", "call")]
    assert sum(row["count"] * row["multiply_adds"] for row in layers) == whole["multiply_adds"]
    # A model of one layer does not copy more than the network.
    assert sum(row["count"] * row["instructions"] for row in layers) == pytest.approx(whole["instructions"], rel=0.2)
    assert all(row["counted"] > row["instructions"] > row["multiply_adds"] / 4 for row in layers)
    assert "tools/aarch64-peers fetches" in capsys.readouterr().err
    text = page.read_text()
    assert "left out: onnxruntime, openvino, litert" in text and "| **tiny_v3** |" in text and "| depthwise |" in text


def test_mode_without_emulator(monkeypatch):
    monkeypatch.setattr(emulation, "missing_tools", lambda: ["qemu-aarch64 (Debian package qemu-user)"])
    with pytest.raises(SystemExit, match=r"needs qemu-aarch64 \(Debian package qemu-user\)"):
        instructions.run(types.SimpleNamespace())


def test_guest(network, tmp_path):
    """What runs a peer inside the emulator does it outside, too."""
    good = runners.Job.make(1, network, tmp_path, {}, "picture")
    bad = runners.Job(2, tmp_path / "nothing.onnx", tmp_path)
    jobs = tmp_path / "jobs.json"
    jobs.write_text(json.dumps([good.describe(), bad.describe()]))
    command = [sys.executable, runners.SOURCES / "guest.py", "onnx_runtime", jobs]
    environment = {"PYTHONPATH": str(runners.link_packages(tmp_path / "packages"))}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    version, first, second = (json.loads(line) for line in result.stdout.splitlines() if line.startswith("{"))
    assert version == {"version": peers.load("onnx_runtime").version()}
    assert first == {"label": 1, "status": "ok"} and good.take_error() < 1e-4
    assert second["label"] == 2 and second["status"].startswith("failed: ")


def _row(case, kind, runtime, count, layout="NCHW", times=1, **more):
    row = {"case": case, "network": "net" if kind != "call" else "", "kind": kind, "runtime": runtime}
    row |= {"layout": layout, "count": times, "multiply_adds": 400, "version": "1", "status": "ok"}
    return row | ({"instructions": count} if count else {}) | more


def test_table():
    rows = [
        _row("a call", "call", "hswish", 10),
        _row("a call", "call", "other", 1000),
        _row("net", "network", "hswish", 2_000_000),
        _row("net", "network", "other", 3_000_000),
        _row("a", "stem", "hswish", 110, times=2),
        _row("a", "stem", "other", 1400, times=2),
        _row("b", "gemv", "hswish", 60),
        _row("b", "gemv", "other", None, status="failed: no"),
    ]
    rows = instructions._without_calls(rows)
    assert [row["instructions"] for row in rows[4:7]] == [100, 400, 50]
    text = instructions.table(rows)
    assert "| **net** | 2.0 | 3.0 | 1.50 |" in text
    assert "| stem | 0.00 | 0.00 | 4.00 | 1.00 |" in text
    assert "| its layers, alone | 0.0 | failed |  |" in text
    assert "| a | 2 | 0.1 | 0.4 | 4.00 | 1.00 |" in text and "| b | 1 | 0.1 | failed |  | 0.50 |" in text
