"""The translation to TFLite that LiteRT is measured with: each op beside ONNX Runtime."""

import re

import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("ai_edge_litert.schema_py_generated")

import numpy as np
from onnx import numpy_helper

from hswish_bench import reference
from hswish_bench.benchmark import peers
from hswish_bench.benchmark.peers import litert

# From x to y. Constants say by their names what they are: c_6_8_3_3 noise of that shape,
# p_6 positive noise, f_6 the number 6, i_0_m1 the integers [0, -1].
SAME, WINDOW = "pads=[1,1,1,1]", "kernel_shape=[3,3]"
NORM = "BatchNormalization({}, c_6, c__6, c___6, p_6)"
CASES = {
    "conv": "y = Conv(x, c_6_8_3_3, c_6)",
    "conv, same": f"y = Conv<{SAME}>(x, c_6_8_3_3)",
    "conv, pads": "y = Conv<pads=[0,2,1,0]>(x, c_6_8_3_3)",
    "conv, stride, torch's pads": f"y = Conv<{SAME}, strides=[2,2]>(x, c_6_8_3_3)",
    "conv, uneven strides": f"y = Conv<{SAME}, strides=[2,1]>(x, c_6_8_3_3)",
    "conv, dilated": "y = Conv<pads=[2,2,2,2], dilations=[2,2]>(x, c_6_8_3_3)",
    "conv, auto": 'y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(x, c_6_8_3_3)',
    "conv, groups": "y = Conv<group=2>(x, c_6_4_3_3)",
    "conv, depthwise": "y = Conv<group=8, pads=[2,2,2,2], strides=[2,2]>(x, c_8_1_5_5, c_8)",
    "conv, norm, relu": f"t = Conv(x, c_6_8_3_3) n = {NORM.format('t')} y = Relu(n)",
    "conv, sum, norm": f"t = Conv(x, c_6_8_3_3, c_6) s = Add(t, c_6_1_1) y = {NORM.format('s')}",
    "conv, sum along rows": "t = Conv(x, c_6_8_3_3) y = Add(c_1_1_7_1, t)",
    "conv, used twice": "t = Conv(x, c_6_8_3_3) r = Relu(t) y = Add(r, t)",
    "norm alone": "t = Relu(x) n = BatchNormalization(t, c_8, c__8, c___8, p_8) y = Relu(n)",
    "fused conv, relu": f'y = com.microsoft.FusedConv<activation="Relu", {SAME}>(x, c_6_8_3_3, c_6)',
    "fused conv, sigmoid": 'y = com.microsoft.FusedConv<activation="Sigmoid">(x, c_6_8_3_3)',
    "fused conv, tanh": 'y = com.microsoft.FusedConv<activation="Tanh">(x, c_6_8_3_3)',
    "fused conv, leaky relu": 'y = com.microsoft.FusedConv<activation="LeakyRelu", activation_params=[0.1]>'
    "(x, c_6_8_3_3)",
    "fused conv, clip": 'y = com.microsoft.FusedConv<activation="Clip", activation_params=[0.0, 6.0]>(x, c_6_8_3_3)',
    "fused conv, h-sigmoid": 'y = com.microsoft.FusedConv<activation="HardSigmoid", activation_params=[0.2, 0.5]>'
    "(x, c_6_8_1_1)",
    "fused conv, sum": 't = Conv(x, c_6_8_1_1) y = com.microsoft.FusedConv<activation="Relu">(x, c__6_8_1_1, c_6, t)',
    "transposed conv": "y = ConvTranspose<strides=[2,2]>(x, c_8_6_2_2, c_6)",
    "transposed conv, overlap": "y = ConvTranspose<strides=[2,2]>(x, c_8_6_3_3)",
    "transposed conv, norm": "t = ConvTranspose<strides=[2,2]>(x, c_8_6_2_2) s = Add(t, c_1_6_1_1)"
    f" n = {NORM.format('s')} y = Relu(n)",
    "max pool": "y = MaxPool<kernel_shape=[2,2], strides=[2,2]>(x)",
    "max pool, same": f"y = MaxPool<{WINDOW}, {SAME}>(x)",
    "max pool, pads": f"y = MaxPool<{WINDOW}, strides=[2,2], pads=[2,1,0,1]>(x)",
    "average pool": "y = AveragePool<kernel_shape=[3,2], strides=[2,2]>(x)",
    "average pool, same": f"y = AveragePool<{WINDOW}, {SAME}>(x)",
    "average pool, pads": f"y = AveragePool<{WINDOW}, strides=[2,2], pads=[2,1,0,1], count_include_pad=1>(x)",
    "global pool": "y = GlobalAveragePool(x)",
    "sum": "y = Add(x, c_8_1_1)",
    "sum of two": "t = Sigmoid(x) y = Add(t, x)",
    "difference": "y = Sub(f_3, x)",
    "product, relu6": "t = Mul(x, c_1_1_12) y = Clip(t, f_0, f_6)",
    "quotient": "y = Div(x, p_1_8_1_1)",
    "h-swish": "y = HardSwish(x)",
    "h-swish in parts": "a = Add(x, f_3) c = Clip(a, f_0, f_6) m = Mul(x, c) y = Div(m, f_6)",
    "h-sigmoid": "y = HardSigmoid<alpha=0.16666667>(x)",
    "h-sigmoid of ONNX": "y = HardSigmoid(x)",
    "relu": "y = Relu(x)",
    "leaky relu": "y = LeakyRelu<alpha=0.2>(x)",
    "sigmoid": "y = Sigmoid(x)",
    "tanh": "y = Tanh(x)",
    "clip": "y = Clip(x, f_m2, f_5)",
    "clip, one-sided": "y = Clip(x, , f_5)",
    "clip, fused": "t = Sub(x, f_1) y = Clip(t, f_m1, f_1)",
    "softmax": "y = Softmax<axis=1>(x)",
    "identity": "t = Identity(x) y = Relu(t)",
    "flatten": "y = Flatten(x)",
    "reshape": "y = Reshape(x, i_1_4_18_12)",
    "reshape to rows": "t = Reshape(x, i_12_m1) y = Softmax(t)",
    "reshape by shape": "s = Shape(x) p = Slice(s, i_0, i_2, i_0) c = Cast<to=6>(p) d = Cast<to=7>(c)"
    " e = Concat<axis=0>(d, i_m1) y = Reshape(x, e)",
    "squeeze": "t = GlobalAveragePool(x) s = Squeeze(t, i_2_3) y = Softmax(s)",
    "unsqueeze": "t = Flatten(x) y = Unsqueeze(t, i_0_2)",
    "concat": "t = Relu(x) y = Concat<axis=1>(t, x, c_1_3_9_12)",
    "concat of rows": "t = Relu(x) y = Concat<axis=-2>(t, x)",
    "slice": "y = Slice(x, i_1_m4, i_7_99, i_1_3, i_2_1)",
    "slice of all axes": "y = Slice(x, i_0_2_0_0, i_1_4_9_12)",
    "pad": "y = Pad(x, i_0_1_2_0_0_0_3_4)",
    "pad with a value": "y = Pad(x, i_0_0_1_1_0_0_1_1, f_m7)",
    "constant": "c = Constant<value = float[2] {1.0, 2.0}>() r = Reshape(c, i_2_1_1_1) y = Conv<group=8>(x, c_8_1_1_1)",
    "gemm": "t = Flatten(x) g = Gemm(t, c_864_5, c_5) y = Relu(g)",
    "gemm, transposed": "t = Flatten(x) y = Gemm<transB=1>(t, c_5_864)",
    "matmul": "t = Flatten(x) m = MatMul(t, c_864_5) y = Add(m, c_5)",
    "resize, nearest": 'y = Resize<mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor">'
    "(x, , g_1_1_2_3)",
    "resize, corners": 'y = Resize<mode="linear", coordinate_transformation_mode="align_corners">(x, , , i_1_8_20_23)',
    "resize, half pixels": 'y = Resize<mode="linear">(x, , , i_1_8_20_23)',
    "resize, asymmetric": 'y = Resize<mode="linear", coordinate_transformation_mode="asymmetric">(x, , , i_1_8_20_23)',
}
REFUSED = {
    "no translation of Erf": "y = Erf(x)",
    "no translation of FusedConv with Elu": 'y = com.microsoft.FusedConv<activation="Elu">(x, c_6_8_3_3)',
    "this ConvTranspose": "y = ConvTranspose<group=2>(x, c_8_6_2_2)",
    "padding of this Conv": 'y = Conv<auto_pad="SAME_LOWER">(x, c_6_8_3_3)',
    "padding of this MaxPool": f"y = MaxPool<{WINDOW}, ceil_mode=1>(x)",
    "what this AveragePool counts": f"y = AveragePool<{WINDOW}, strides=[2,2], pads=[2,1,0,1]>(x)",
    "Resize, nearest, half_pixel": "y = Resize(x, , , i_1_8_20_23)",
    "Softmax along this axis": "y = Softmax(x)",
    "this Pad": 'y = Pad<mode="reflect">(x, i_0_0_1_1_0_0_1_1)',
    "different ranks": "t = Flatten(x) s = Slice(t, i_0, i_12, i_1) y = Add(x, s)",
}


def constant(name, rng):
    kind, *numbers = name.split("_")
    numbers = [int(n.replace("m", "-")) for n in numbers if n]
    if kind in "cp":
        noise = rng.standard_normal(numbers).astype(np.float32)
        return noise if kind == "c" else 0.5 + noise**2
    if kind == "f":
        return np.float32(numbers[0])
    return np.array(numbers, np.int64 if kind == "i" else np.float32)


def save(text, path, shape):
    rng = np.random.default_rng(0)
    header = '<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]> model (float[{}] x) => (float y)'
    model = onnx.parser.parse_model(f"{header.format(','.join(map(str, shape)))} {{ {text} }}")
    for name in dict.fromkeys(re.findall(r"\b[cpfig]_[\dm_]+", text)):
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(constant(name, rng)), name))
    model.graph.output[0].type.tensor_type.ClearField("shape")
    onnx.save(model, path)


@pytest.mark.parametrize("shape", ["static", "dynamic"])
@pytest.mark.parametrize("name", CASES)
def test_op(name, shape, tmp_path):
    path = tmp_path / "model.onnx"
    save(CASES[name], path, [1, 8, 9, 12] if shape == "static" else ["n", 8, "h", "w"])
    inputs = {"x": 4 * np.random.default_rng(1).standard_normal((1, 8, 9, 12)).astype(np.float32)}
    runner = litert.prepare(path, inputs, peers.Settings())
    runner.run()
    (answer,), (expected,) = runner.read(), reference.session(path).run(None, inputs)
    assert reference.relative_error(answer, expected) < 1e-5


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message, tmp_path):
    path = tmp_path / "model.onnx"
    save(REFUSED[message], path, [1, 8, 9, 12])
    inputs = {"x": np.zeros((1, 8, 9, 12), np.float32)}
    with pytest.raises(NotImplementedError, match=message):
        litert.prepare(path, inputs, peers.Settings())
