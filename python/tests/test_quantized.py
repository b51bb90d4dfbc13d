"""QDQ networks: computed in floats, rounded where the file says so."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from tools import run_tool

from hswish_bench import reference


def network(path, spelling):
    """Convolutions between pairs, weights by channel, a bias in 32 bits."""
    rng = np.random.default_rng(3)
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    nodes, weights = [], []

    def const(name, array):
        weights.append(numpy_helper.from_array(array, name))
        return name

    def pair(x, low, high):
        scale = const(f"{x}_scale", np.float32((high - low) / 255))
        zero = const(f"{x}_zero", np.uint8(round(-low * 255 / (high - low))))
        nodes.append(helper.make_node("QuantizeLinear", [x, scale, zero], [f"{x}_q"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{x}_q", scale, zero], [f"{x}_d"]))
        return f"{x}_d"

    def conv(x, name, inputs, outputs):
        filters = rng.integers(-127, 128, (outputs, inputs, 3, 3)).astype(np.int8)
        scales = const(f"{name}_ws", rng.uniform(0.001, 0.004, outputs).astype(np.float32))
        zeros = const(f"{name}_wz", np.zeros(outputs, np.int8))
        nodes.append(
            helper.make_node("DequantizeLinear", [const(f"{name}_w", filters), scales, zeros], [f"{name}_f"], axis=0)
        )
        bias = const(f"{name}_b", rng.integers(-500, 500, outputs).astype(np.int32))
        step = const(f"{name}_bs", np.float32(0.001))
        nodes.append(helper.make_node("DequantizeLinear", [bias, step], [f"{name}_bias"]))
        nodes.append(helper.make_node("Conv", [x, f"{name}_f", f"{name}_bias"], [name], pads=[1, 1, 1, 1]))
        return pair(name, -8.0, 8.0)

    y = conv(pair("x", -3.0, 3.0), "c1", 3, 8)
    if spelling == "saturated":  # x * relu6(x + 3) / 6, whose relu6 is the quantiser
        nodes.append(helper.make_node("Add", [y, const("three", np.float32(3))], ["a"]))
        nodes.append(helper.make_node("Mul", [y, pair("a", 0.0, 6.0)], ["m"]))
        nodes.append(helper.make_node("Div", ["m", const("six", np.float32(6))], ["h"]))
    else:
        nodes.append(helper.make_node("Relu", [y], ["h"]))
    conv(pair("h", -1.0, 7.0), "c2", 8, 4)
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "qdq",
        [info("x", 1, [1, 3, 16, 16])],
        [info("c2_d", 1, [1, 4, 16, 16])],
        weights,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


@pytest.mark.parametrize("spelling", ["relu", "saturated"])
def test_qdq_network(spelling, tmp_path):
    path = tmp_path / "net.onnx"
    network(path, spelling)
    inputs = reference.make_inputs(path, kind="noise")
    np.save(tmp_path / "x.npy", inputs["x"])
    (expected,) = reference.session(path).run(None, inputs)
    run_tool("hswish-run", path, tmp_path / "x.npy", "--output", tmp_path / "y.npy")
    steps = np.abs(np.load(tmp_path / "y.npy") - expected) * 255 / 16
    # A sum in another order may fall on the other side of a half; the raised
    # h-swish is not rounded in the middle.
    assert steps.max() < (1.01 if spelling == "relu" else 2.01)
    assert (steps < 0.01).mean() > (0.99 if spelling == "relu" else 0.8)


def test_saturation_is_raised(tmp_path):
    path = tmp_path / "net.onnx"
    network(path, "saturated")
    result = run_tool("hswish-compile", path, "--emit=mlir", "-o", "-", "--explain")
    assert result.stdout.count("hard_swish %") == 1
    assert "like h-" not in result.stderr


def activation_of_codes(path, spelling, kind, scales, zeros):
    """Codes, dequantised, activated and quantised again."""
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    weights = {"si": np.float32(scales[0]), "so": np.float32(scales[1])}
    weights |= {"zi": kind(zeros[0]), "zo": kind(zeros[1])}
    weights |= {name: np.float32(value) for name, value in {"c3": 3, "c0": 0, "c6": 6}.items()}
    nodes = {
        "HardSwish": [("HardSwish", ["x"], "y", {})],
        "HardSigmoid": [("HardSigmoid", ["x"], "y", {"alpha": 1 / 6, "beta": 0.5})],
        "spelt": [
            ("Add", ["x", "c3"], "a", {}),
            ("Clip", ["a", "c0", "c6"], "r", {}),
            ("Mul", ["x", "r"], "m", {}),
            ("Div", ["m", "c6"], "y", {}),
        ],
    }[spelling]
    nodes = [("DequantizeLinear", ["q", "si", "zi"], "x", {}), *nodes, ("QuantizeLinear", ["y", "so", "zo"], "p", {})]
    tensor = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    ends = [helper.make_tensor_value_info(name, tensor, [16, 16]) for name in "qp"]
    graph = helper.make_graph(
        [helper.make_node(op, inputs, [output], **attributes) for op, inputs, output, attributes in nodes],
        "codes",
        ends[:1],
        ends[1:],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), path)


@pytest.mark.parametrize("kind", [np.int8, np.uint8])
@pytest.mark.parametrize("spelling", ["HardSwish", "HardSigmoid", "spelt"])
def test_activation_between_quantisers(spelling, kind, tmp_path):
    """All codes as ONNX Runtime has them, by a table wherever that is the same."""
    path, rng, tables = tmp_path / "net.onnx", np.random.default_rng(11), 0
    codes = np.arange(256, dtype=np.uint8).view(kind).reshape(16, 16)
    np.save(tmp_path / "q.npy", codes)
    # The first ones are full of ties, some of which f32 misses.
    scales = [(0.05, 0.03), *zip(rng.uniform(0.01, 0.1, 5), rng.uniform(0.003, 0.03, 5))]
    for pair in scales:
        zeros = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, 2)
        activation_of_codes(path, spelling, kind, pair, zeros)
        (expected,) = reference.session(path).run(None, {"q": codes})
        run_tool("hswish-run", path, tmp_path / "q.npy", "--output", tmp_path / "p.npy")
        assert np.array_equal(np.load(tmp_path / "p.npy").view(kind), expected), (pair, zeros)
        result = run_tool("hswish-compile", path, "--emit=mlir", "-o", "-", "--explain")
        is_table = "hswish.quantized_" in result.stdout
        assert is_table != ("stays in floats between its quantisers" in result.stderr)
        tables += is_table
    assert tables >= 4
