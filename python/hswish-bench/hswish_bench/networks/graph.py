"""A builder that writes an ONNX graph and runs it on a few calibration pictures
at the same time, so that random weights come with batch-norm statistics that
fit them and activations neither die nor explode."""

from dataclasses import dataclass, replace

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from . import numerics
from .spellings import find_spelling


@dataclass(frozen=True)
class Options:
    """How a network is written; the network itself stays the same."""

    batch_norm: str = "unfolded"  # or "folded"
    hard_swish: str = "op"
    activation: str | None = "hard_swish"  # in its place: relu6, swish, None for nothing
    hard_sigmoid: str | None = None  # None: the one that goes with hard_swish
    constants: str = "initializer"  # or "node"
    dtype: str = "float32"  # or "float16"
    opset: int = 17
    batch: int | str = 1  # a name makes the dimension symbolic
    size: tuple | None = None  # (height, width); names make them symbolic
    width: float = 1.0
    classes: int = 1000
    softmax: bool = False
    seed: int = 0


@dataclass
class Tensor:
    """A value of the graph: its name, its activation on the calibration
    pictures, and its picture size at the size the network is meant for."""

    name: str
    data: np.ndarray
    size: tuple
    scale: float = 1.0  # the value lacks this factor; the next linear op has it

    @property
    def channels(self):
        return self.data.shape[1]


def make_divisible(value, divisor=8):
    """Channels scaled by a width: to the nearest multiple, never below 90 %."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


EPSILON = 1e-3


class Graph:
    def __init__(self, name, options, default_size):
        self.name = name
        self.options = options
        self.rng = np.random.default_rng(options.seed)
        self.np_type = np.dtype(options.dtype)
        self.onnx_type = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16}[options.dtype]
        self.size = tuple(options.size or default_size)
        self.nominal = tuple(n if isinstance(n, int) else d for n, d in zip(self.size, default_size))
        self.spelling = find_spelling(options.hard_swish)
        self.gate_spelling = find_spelling(options.hard_sigmoid or options.hard_swish)
        oldest = max(self.spelling.min_opset, self.gate_spelling.min_opset if options.hard_sigmoid else 7)
        if options.opset < oldest:
            raise ValueError(f"{options.hard_swish!r} needs opset {oldest} or newer")
        self.nodes, self.initializers, self.functions = [], [], {}
        self.inputs, self.outputs = [], []
        self.parameters = 0  # what a training framework counts: no running statistics
        self.multiply_adds = 0
        self.counter = 0

    # Low level: names, constants, nodes.

    def fresh(self, hint):
        self.counter += 1
        return f"{hint.lower()}_{self.counter}"

    def initializer(self, name, array):
        array = np.asarray(array).astype(self.np_type)
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def constant(self, value, dtype=None):
        """A constant between nodes, as an initialiser or a Constant node."""
        array = np.asarray(value, dtype or self.np_type)
        name = self.fresh("constant")
        tensor = numpy_helper.from_array(array, name)
        if self.options.constants == "node":
            self.nodes.append(helper.make_node("Constant", [], [name], name=name, value=tensor))
        else:
            self.initializers.append(tensor)
        return name

    def node(self, op, inputs, outputs=None, **attributes):
        name = self.fresh(op)
        results = outputs or [name]
        self.nodes.append(helper.make_node(op, inputs, results, name=name, **attributes))
        return results[0]

    def clip(self, x, low, high):
        if self.options.opset <= 10:
            return self.node("Clip", [x], min=low, max=high)
        return self.node("Clip", [x, self.constant(low), self.constant(high)])

    def call(self, function, body, x):
        """Calls a local function of one input `x`; `body` writes it once."""
        if function not in self.functions:
            inner = _FunctionBody(self.options, self.np_type)
            result = body(inner, "x")
            opsets = [helper.make_opsetid("", self.options.opset)]
            self.functions[function] = helper.make_function(
                "hswish.test", function, ["x"], [result], inner.nodes, opsets
            )
        return self.node(function, [x], domain="hswish.test")

    # The network's vocabulary.

    def input(self, name="input", channels=3):
        batch = self.options.batch
        shape = [batch, channels, *self.size]
        self.inputs.append(helper.make_tensor_value_info(name, self.onnx_type, shape))
        # Many small pictures calibrate better than a few big ones.
        shrink = max(1, min(self.nominal) / 112)
        calibration = [max(32, round(n / shrink)) for n in self.nominal]
        data = numerics.images(self.rng, 12, *calibration, channels=channels)
        return Tensor(name, data, self.nominal)

    def conv(self, x, channels, kernel=1, stride=1, groups=1, act=None, norm=True, gain=1.0, spread=0.0):
        """Convolution, then batch norm (or a bias), then an activation."""
        inputs = x.channels // groups
        deviation = gain * np.sqrt(2.0 / (inputs * kernel * kernel))
        weight = self.rng.normal(0, deviation, (channels, inputs, kernel, kernel)).astype(np.float32)
        pad = (kernel - 1) // 2
        data = numerics.conv2d(x.data, weight, stride, pad, groups)
        size = tuple(numerics.conv_output(n, kernel, stride, pad) for n in x.size)
        self.parameters += weight.size
        self.multiply_adds += weight.size * size[0] * size[1]
        name = self.fresh("conv")
        attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4, "group": groups}
        weight = weight * np.float32(x.scale)
        if norm:
            result = self._normalised(x, weight, data, name, attributes)
        else:
            bias = self.rng.normal(0, spread, channels).astype(np.float32)
            self.parameters += bias.size
            data = data + bias.reshape(-1, 1, 1)
            names = [x.name, self.initializer(f"{name}.weight", weight), self.initializer(f"{name}.bias", bias)]
            result = Tensor(self.node("Conv", names, [name], **attributes), data, size)
        return self.activation(replace(result, size=size), act)

    def _normalised(self, x, weight, data, name, attributes):
        channels = weight.shape[0]
        gamma = self.rng.uniform(0.7, 1.3, channels).astype(np.float32)
        beta = self.rng.normal(0, 0.3, channels).astype(np.float32)
        mean, variance = data.mean((0, 2, 3)), data.var((0, 2, 3))
        # Subtracting large means and dividing by small deviations would amplify
        # what little a new picture differs from the calibration, layer by layer.
        variance = variance + 0.2 * np.square(data).mean()
        self.parameters += gamma.size + beta.size
        factor = gamma / np.sqrt(variance + EPSILON)
        offset = beta - mean * factor
        normalised = data * factor.reshape(-1, 1, 1) + offset.reshape(-1, 1, 1)
        if self.options.batch_norm == "folded":
            weight = weight * factor.reshape(-1, 1, 1, 1)
            names = [self.initializer(f"{name}.weight", weight), self.initializer(f"{name}.bias", offset)]
            return Tensor(self.node("Conv", [x.name, *names], [name], **attributes), normalised, x.size)
        out = self.node("Conv", [x.name, self.initializer(f"{name}.weight", weight)], [name], **attributes)
        statistics = {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": variance}
        names = [self.initializer(f"{name}.bn.{key}", value) for key, value in statistics.items()]
        out = self.node("BatchNormalization", [out, *names], epsilon=EPSILON)
        return Tensor(out, normalised, x.size)

    def activation(self, x, act):
        if act == "hard_swish":
            act = self.options.activation
        data = numerics.ACTIVATIONS[act](x.data)
        scale = 1.0
        if act is None:
            return x
        if act == "hard_swish":
            name = self.spelling.hard_swish(self, x.name)
            scale = self.spelling.pending_scale
        elif act == "hard_sigmoid":
            name = self.gate_spelling.hard_sigmoid(self, x.name)
        elif act == "relu6":
            name = self.clip(x.name, 0.0, 6.0)
        elif act == "swish":
            name = self.node("Mul", [x.name, self.node("Sigmoid", [x.name])])
        else:
            name = self.node(act.capitalize(), [x.name])
        return Tensor(name, data, x.size, scale)

    def exact(self, x):
        """`x` with no factor pending."""
        if x.scale == 1.0:
            return x
        return replace(x, name=self.node("Mul", [x.name, self.constant(x.scale)]), scale=1.0)

    def add(self, a, b):
        a, b = self.exact(a), self.exact(b)
        return Tensor(self.node("Add", [a.name, b.name]), a.data + b.data, a.size)

    def multiply(self, a, b):
        return Tensor(self.node("Mul", [a.name, b.name]), a.data * b.data, a.size, a.scale * b.scale)

    def global_pool(self, x):
        data = x.data.mean((2, 3), keepdims=True)
        return Tensor(self.node("GlobalAveragePool", [x.name]), data, (1, 1), x.scale)

    def max_pool(self, x, kernel, stride):
        x, pad = self.exact(x), (kernel - 1) // 2
        name = self.node("MaxPool", [x.name], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
        size = tuple(numerics.conv_output(n, kernel, stride, pad) for n in x.size)
        return Tensor(name, numerics.max_pool(x.data, kernel, stride, pad), size)

    def squeeze_excite(self, x, squeezed):
        """Channels weighed by what the whole picture says about them."""
        gate = self.conv(self.global_pool(x), squeezed, act="relu", norm=False, spread=0.1)
        # Wide enough for some gates to be all open or all shut.
        gate = self.conv(gate, x.channels, act="hard_sigmoid", norm=False, gain=2.0, spread=0.5)
        return self.multiply(x, gate)

    def concat(self, tensors):
        tensors = [self.exact(t) for t in tensors]
        data = np.concatenate([t.data for t in tensors], axis=1)
        return Tensor(self.node("Concat", [t.name for t in tensors], axis=1), data, tensors[0].size)

    def upsample(self, x, factor=2):
        """Nearest neighbour, by Resize or, before opset 10, by Upsample."""
        scales = self.constant([1.0, 1.0, factor, factor], np.float32)
        if self.options.opset >= 11:
            inputs = [x.name, self.constant([], np.float32), scales]
            rounding = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            name = self.node("Resize", inputs, mode="nearest", **rounding)
        else:
            name = self._upsample_old(x, scales, factor)
        data = x.data.repeat(factor, 2).repeat(factor, 3)
        return Tensor(name, data, tuple(n * factor for n in x.size), x.scale)

    def _upsample_old(self, x, scales, factor):
        if self.options.opset >= 9:
            op = "Resize" if self.options.opset == 10 else "Upsample"
            return self.node(op, [x.name, scales], mode="nearest")
        return self.node("Upsample", [x.name], mode="nearest", scales=[1.0, 1.0, factor, factor])

    def deconv(self, x, channels, factor=2):
        """Transposed convolution whose stride is its kernel."""
        weight = self.rng.normal(0, np.sqrt(2.0 / x.channels), (x.channels, channels, factor, factor)).astype(
            np.float32
        )
        bias = self.rng.normal(0, 0.1, channels).astype(np.float32)
        batch, _, height, width = x.data.shape
        data = np.einsum("nchw,cokl->nohkwl", x.data, weight)
        data = data.reshape(batch, channels, height * factor, width * factor) + bias.reshape(-1, 1, 1)
        self.parameters += weight.size + bias.size
        self.multiply_adds += weight.size * x.size[0] * x.size[1]
        name = self.fresh("deconv")
        names = [self.initializer(f"{name}.weight", weight * x.scale), self.initializer(f"{name}.bias", bias)]
        self.node("ConvTranspose", [x.name, *names], [name], kernel_shape=[factor] * 2, strides=[factor] * 2)
        return Tensor(name, data.astype(np.float32), tuple(n * factor for n in x.size))

    def flatten(self, x):
        return Tensor(self.node("Flatten", [x.name], axis=1), x.data.reshape(len(x.data), -1), x.size, x.scale)

    def linear(self, x, outputs, act=None):
        weight = self.rng.normal(0, np.sqrt(2.0 / x.channels), (outputs, x.channels)).astype(np.float32)
        bias = self.rng.normal(0, 0.1, outputs).astype(np.float32)
        self.parameters += weight.size + bias.size
        self.multiply_adds += weight.size
        name = self.fresh("linear")
        names = [self.initializer(f"{name}.weight", weight * x.scale), self.initializer(f"{name}.bias", bias)]
        self.node("Gemm", [x.name, *names], [name], alpha=1.0, beta=1.0, transB=1)
        return self.activation(Tensor(name, x.data @ weight.T + bias, x.size), act)

    def output(self, x, name="output"):
        x = self.exact(x)
        if x.data.ndim == 2:
            shape = [self.options.batch, x.channels]
            if self.options.softmax:
                x = replace(x, name=self.node("Softmax", [x.name], axis=1))
        else:
            fixed = all(isinstance(n, int) for n in self.size)
            shape = [self.options.batch, x.channels, *(x.size if fixed else (f"{name}_height", f"{name}_width"))]
        self.node("Identity", [x.name], [name])
        self.outputs.append(helper.make_tensor_value_info(name, self.onnx_type, shape))

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", self.options.opset)]
        if self.functions:
            opsets.append(helper.make_opsetid("hswish.test", 1))
        # The oldest format that has the opset: more programs read it.
        version = max(8 if self.functions else 4, helper.find_min_ir_version_for(opsets[:1]))
        model = helper.make_model(
            graph, producer_name="hswish_bench.networks", opset_imports=opsets, functions=list(self.functions.values())
        )
        model.ir_version = version
        return model


class _FunctionBody:
    """What a spelling needs to write the nodes of a local function."""

    clip = Graph.clip
    fresh = Graph.fresh
    node = Graph.node
    constant = Graph.constant

    def __init__(self, options, np_type):
        # A function has no initialisers.
        self.options = replace(options, constants="node")
        self.np_type = np_type
        self.nodes, self.counter = [], 0
