"""The generated networks are what they claim to be."""

import json

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from hswish_bench.networks import NETWORKS, SPELLINGS, Options, build, make
from hswish_bench.networks.__main__ import main
from hswish_bench.networks.numerics import images
from hswish_bench.networks.spellings import find_spelling


def run(model, x):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def picture(height, width, batch=1):
    return images(np.random.default_rng(1), batch, height, width)


@pytest.mark.parametrize(
    "name, parameters, multiply_adds",
    [
        ("mobilenet_v3_large", 5_483_032, 216.6),
        ("mobilenet_v3_small", 2_542_856, 56.5),
        ("mobilenet_v2", 3_504_872, 300.8),
    ],
)
def test_counts_are_the_published_ones(name, parameters, multiply_adds):
    graph = build(name)
    assert graph.parameters == parameters
    assert round(graph.multiply_adds / 1e6, 1) == multiply_adds
    # Counted again from the file: all but the running statistics.
    stored = sum(np.prod(t.dims, dtype=int) for t in graph.initializers if t.name.endswith((".weight", ".bias")))
    assert stored == parameters


@pytest.mark.parametrize("name", NETWORKS)
def test_is_valid_and_alive(name):
    model = make(name)
    onnx.checker.check_model(model, full_check=True)
    _, (height, width) = NETWORKS[name]
    for output in run(model, picture(height, width)):
        assert np.isfinite(output).all()
        assert 0.05 < output.std() < 50, "activations die or explode"


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "mobilenet_v3_small"])
def test_activations_stay_in_range(name):
    model = make(name)
    inner = [n.output[0] for n in model.graph.node if n.op_type in ("BatchNormalization", "HardSwish", "Add")]
    for value in inner:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(value))
    for value, data in zip(["output", *inner], run(model, picture(224, 224))):
        assert 0.02 < data.std() < 20, value


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("constants", ["initializer", "node"])
def test_spellings_agree(spelling, constants):
    x = picture(32, 32)
    expected = run(make("tiny_v3"), x)[0]
    model = make("tiny_v3", hard_swish=spelling, constants=constants)
    onnx.checker.check_model(model, full_check=True)
    written = {node.op_type for node in model.graph.node}
    assert ("HardSwish" in written) == (spelling == "op")
    np.testing.assert_allclose(run(model, x)[0], expected, rtol=1e-4, atol=1e-4)


def test_spellings_by_form_id():
    assert find_spelling("P4") is SPELLINGS["add_clip_mul_div"]
    with pytest.raises(ValueError, match="unknown spelling"):
        find_spelling("P99")


@pytest.mark.parametrize("opset", [7, 9, 10, 11, 13, 14, 17, 20, 22])
def test_opsets_agree(opset):
    x = picture(64, 64)
    spelling = "op" if opset >= 14 else "add_clip_div_mul"
    model = make("tiny_detector", opset=opset, hard_swish=spelling)
    onnx.checker.check_model(model, full_check=True)
    for actual, expected in zip(run(model, x), run(make("tiny_detector"), x)):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


def test_folded_batch_norm_agrees():
    x = picture(32, 32)
    folded = make("tiny_v3", batch_norm="folded")
    assert "BatchNormalization" not in {node.op_type for node in folded.graph.node}
    np.testing.assert_allclose(run(folded, x)[0], run(make("tiny_v3"), x)[0], rtol=1e-4, atol=1e-4)


def test_half_precision_is_close():
    x = picture(32, 32)
    half = run(make("tiny_v3", dtype="float16"), x.astype(np.float16))[0]
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, run(make("tiny_v3"), x)[0], rtol=0.05, atol=0.05)


def test_symbolic_dimensions():
    model = make("tiny_v3", batch="N", size=("H", "W"))
    onnx.checker.check_model(model, full_check=True)
    assert run(model, picture(48, 40, batch=3))[0].shape == (3, 10)


def test_same_seed_same_file():
    assert make("tiny_v3") == make("tiny_v3")
    assert make("tiny_v3") != make("tiny_v3", seed=1)


def test_old_opset_is_refused_for_new_ops():
    with pytest.raises(ValueError, match="opset 14"):
        build("tiny_v3", Options(opset=11))


def test_command_line(tmp_path, capsys):
    path = tmp_path / "net.onnx"
    assert main(["tiny_v3", "-o", str(path), "--json", "--bn", "folded", "--hard-swish", "P4"]) == 0
    assert json.loads(capsys.readouterr().out)["network"] == "tiny_v3"
    onnx.checker.check_model(str(path))
    assert main(["tiny_v3", "-o", str(path / "no"), "--opset", "11"]) == 1
    assert "error: 'op' needs opset 14" in capsys.readouterr().err
