"""The benchmark: what it checks, what it reports, what it writes. How fast
anything is, no test asks."""

import json
import types

import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import numpy as np
from tools import BIN

from hswish_bench.benchmark import cli, document, machine, models, peers, reductions, report, timing
from hswish_bench.benchmark.peers import Runner, onnx_runtime
from hswish_bench.networks import make


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """Runs hswish-bench with onnxruntime and the peers given; what it writes."""
    if not (BIN / "hswish-run").exists():
        pytest.skip(f"no hswish-run in {BIN}")
    monkeypatch.setenv("HSWISH_BIN", str(BIN))
    monkeypatch.setattr(machine, "measure", lambda: {"gflops": 100.0, "gigabytes_per_second": 10.0})

    def run(*arguments, extra=(), status=0):
        found = {onnx_runtime.NAME: onnx_runtime} | {peer.NAME: peer for peer in extra}
        monkeypatch.setattr(cli, "installed", lambda wanted: (found, ["absent"]))
        path = tmp_path / "result.json"
        assert cli.main([*arguments, "--seconds=0", f"--json={path}"]) == status
        return json.loads(path.read_text())

    return run


def make_peer(name, prepare):
    return types.SimpleNamespace(NAME=name, version=lambda: "1", prepare=prepare)


def wrong(path, inputs, settings):
    runner = onnx_runtime.prepare(path, inputs, settings)
    return Runner(runner.run, lambda: [value + 0.01 for value in runner.read()])


def broken(path, inputs, settings):
    raise NotImplementedError("no such layer\nand more")


def test_rounded_weights_are_a_variant_with_a_tolerance_of_its_own(bench):
    result = bench("tiny_v3", "--weights", "f32", "--weights", "f16", "--tolerance", "1e-5")
    rows = {row["runtime"]: row for row in result["networks"]}
    assert list(rows) == ["hswish", "hswish f16 weights", "onnxruntime"]
    assert rows["hswish"]["error"] < 1e-5 < rows["hswish f16 weights"]["error"]
    assert rows["hswish f16 weights"]["status"] == "ok"


def test_networks_are_checked_before_they_are_timed(bench, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("Before\n\n<!-- hswish-bench networks -->\nold\n<!-- /hswish-bench -->\n\nAfter\n")
    extra = [make_peer("liar", wrong), make_peer("wreck", broken)]
    result = bench("tiny_v3", "--accuracy", "default", "--accuracy", "fast", "--write", str(page), extra=extra)
    rows = {row["runtime"]: row for row in result["networks"]}
    assert list(rows) == ["hswish", "hswish fast", "onnxruntime", "liar", "wreck"]
    for name in ["hswish", "hswish fast", "onnxruntime"]:
        assert rows[name]["status"] == "ok"
        assert 0 < rows[name]["p10_ms"] <= rows[name]["median_ms"] <= rows[name]["p90_ms"]
        assert rows[name]["gflops"] > 0 and 0 < rows[name]["of_peak"] < 2
    assert rows["liar"]["status"] == "wrong" and "median_ms" not in rows["liar"]
    assert rows["wreck"]["status"] == "failed: NotImplementedError: no such layer"
    assert result["machine"]["missing"] == ["absent"]
    text = page.read_text()
    assert text.startswith("Before\n") and text.endswith("After\n") and "old" not in text
    assert "not installed: absent" in text and "liar: wrong by" in text and "| tiny_v3 |" in text
    assert "## Networks" in capsys.readouterr().out


def test_own_wrong_answer_is_an_error(bench):
    bench("tiny_v3", "--tolerance=1e-30", status=1)


def test_files_and_spellings(bench, tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", batch="n"), path)
    result = bench("networks", f"{path}:input=2x3x32x32", "tiny_v3", "--spelling=op", "--spelling=P4")
    cases = list(report.group(result["networks"]))
    assert cases == ["net", "tiny_v3", "tiny_v3 (P4)"]
    table = report.times_table(result["networks"])
    assert "| geometric mean |" in table
    with pytest.raises(SystemExit, match="neither a file nor one of"):
        bench("networks", str(tmp_path / "nothing.onnx"))
    with pytest.raises(SystemExit, match="expected FILE.onnx:INPUT"):
        bench("networks", f"{path}:input=2xnx32")


def test_layers_are_the_network(bench, tmp_path):
    pytest.importorskip("matplotlib")
    result = bench("layers", "tiny_v3", "--plots", str(tmp_path / "plots"))
    rows = [row for row in result["layers"] if row["runtime"] == "hswish"]
    assert all(row["status"] == "ok" for row in result["layers"])
    graph = models.build("tiny_v3", models.Options())
    assert sum(row["multiply_adds"] * row["count"] for row in rows) == graph.multiply_adds
    assert {row["kind"] for row in rows} == {"stem", "pointwise", "depthwise", "gemv"}
    assert "| sum |" in report.layers_table(result["layers"])
    pictures = {path.name for path in (tmp_path / "plots").iterdir()}
    assert pictures == {"layers-tiny_v3.svg", "roofline-tiny_v3.svg"}


def test_elementwise(bench, tmp_path):
    pytest.importorskip("matplotlib")
    result = bench("elementwise", "--sizes", "4K", "64K", "--plots", str(tmp_path))
    rows = result["elementwise"]
    assert {row["runtime"] for row in rows} == {"hswish", "onnxruntime", "copy"}
    assert {row["kind"] for row in rows} == {"h-swish", "h-sigmoid", "relu6", "swish"}
    assert all(row["status"] == "ok" and row["gigabytes_per_second"] > 0 for row in rows)
    assert {row["size"] for row in rows} == {4096, 65536}
    assert (tmp_path / "elementwise.svg").exists()


def test_reductions_beside_another_build(bench, monkeypatch):
    monkeypatch.setattr(reductions, "_ROWS", [(30, 5)])
    monkeypatch.setattr(reductions, "_MIDDLES", [(2, 70, 9)])
    monkeypatch.setattr(reductions, "_FIRST", [])
    rows = bench("reductions", "--before", str(BIN))["reductions"]
    assert {row["runtime"] for row in rows} == {"hswish", "hswish before", "onnxruntime"}
    assert all(row["status"] == "ok" for row in rows)
    assert {row["kind"] for row in rows} == {"sum", "mean", "softmax", "layer norm"}
    assert "| hswish before / hswish |" in reductions.table(rows)


def test_activations(bench, tmp_path):
    result = bench("activations", "tiny_v3", "--plots", str(tmp_path))
    rows = {row["runtime"]: row for row in result["activations"]}
    assert list(rows) == ["relu6", "h-swish", "none", "swish"]
    # The stem, five convolutions of blocks, the last one and the classifier's first.
    assert {row["layers"] for row in rows.values()} == {7}
    assert all(0 < row["layers_ms"] < row["median_ms"] for row in rows.values())
    assert rows["relu6"]["ratio"] == rows["relu6"]["layers_ratio"] == 1


def test_batch(bench):
    result = bench("batch", "tiny_v3", "--batches", "1", "3")
    assert list(report.group(result["batch"])) == ["tiny_v3, batch 1", "tiny_v3, batch 3"]
    one, three = (row for row in result["batch"] if row["runtime"] == "hswish")
    assert three["multiply_adds"] == 3 * one["multiply_adds"]


@pytest.mark.parametrize("module", peers._MODULES)
def test_peers(module, tmp_path):
    """Every peer that is installed computes the tiny network."""
    peer = peers.load(module)
    try:
        peer.version()
    except ImportError:
        pytest.skip(f"{peer.NAME} is not installed")
    from hswish_bench import reference

    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", batch_norm="folded"), path)
    inputs = reference.make_inputs(path)
    runner = peer.prepare(path, inputs, peers.Settings(folder=str(tmp_path)))
    runner.run()
    (answer,) = runner.read()
    (expected,) = reference.session(path).run(None, inputs)
    assert reference.relative_error(answer, expected) < 1e-4


def test_machine(monkeypatch):
    if not (BIN / "hswish-run").exists():
        pytest.skip(f"no hswish-run in {BIN}")
    monkeypatch.setenv("HSWISH_BIN", str(BIN))
    found = machine.describe()
    assert found["gflops"] > 1 and found["gigabytes_per_second"] > 0.1 and found["cpu"] and found["cores"] >= 1


def test_turns():
    calls = []
    runs = {name: lambda name=name: calls.append(name) for name in "ab"}
    times = timing.measure(runs, seconds=0, block=4)
    assert set(times) == {"a", "b"} and times["a"].runs == 12
    assert times["a"].min_ms <= times["a"].median_ms
    # Turns, not one after the other.
    assert len({tuple(calls[i : i + 2]) for i in range(len(calls) - 1)}) == 4


def test_single_runs_have_a_spread():
    assert timing.Timing.of([2.0]).spread == 0
    assert np.isclose(timing.Timing.of([1.0, 2.0, 3.0]).median_ms, 2)


def test_document_is_made(tmp_path):
    path = tmp_path / "new.md"
    document.update(path, {"a": "first", "b": r"back\1slash"})
    document.update(path, {"a": "second"})
    assert path.read_text() == (
        "<!-- hswish-bench a -->\nsecond\n<!-- /hswish-bench -->\n\n"
        "<!-- hswish-bench b -->\nback\\1slash\n<!-- /hswish-bench -->\n"
    )


def test_new_sections_have_titles(tmp_path):
    path = tmp_path / "folder" / "new.md"
    document.update(path, {"a": "first"}, {"a": "The first"})
    document.update(path, {"a": "second"}, {"a": "Another"})
    assert path.read_text() == "## The first\n\n<!-- hswish-bench a -->\nsecond\n<!-- /hswish-bench -->\n"


@pytest.mark.parametrize(
    "name, slug",
    [
        ("AMD EPYC 9B14 96-Core Processor", "amd-epyc-9b14"),
        ("Intel(R) Xeon(R) Platinum 8488C CPU @ 2.40GHz", "intel-xeon-platinum-8488c"),
        ("...", "machine"),
    ],
)
def test_machines_have_files(name, slug):
    assert machine.slug(name) == slug
