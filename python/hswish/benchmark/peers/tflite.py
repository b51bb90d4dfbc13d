"""ONNX to TFLite, for the ops of MobileNetV3 and its kin.

Pictures are NHWC. Batch norm is folded, ReLU and ReLU6 are fused into the op
before them, as TensorFlow's converter does; h-swish is an op of its own, for
TFLite has no layer that ends in it. What is not known is refused by name.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from onnx import helper

from ..models import Graph

_OPS = schema.BuiltinOperator
_ACTIVATIONS = schema.ActivationFunctionType
_TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int32): schema.TensorType.INT32}


def translate(model, shapes):
    """The bytes of a .tflite file that computes `model`."""
    for value in model.graph.input:
        for dim, size in zip(value.type.tensor_type.shape.dim, shapes.get(value.name, ())):
            dim.dim_value = size
    return _Translator(model).run()


def _nhwc(shape):
    return [shape[0], *shape[2:], shape[1]] if len(shape) == 4 else list(shape)


class _Translator(Graph):
    def __init__(self, model):
        super().__init__(model)
        self.graph = model.graph
        self.inputs = [v.name for v in self.graph.input if v.name not in self.constants]
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], []
        self.indices = {}  # name -> tensor
        self.done = set()  # nodes that are part of another op, by output

    def run(self):
        for name in self.inputs:
            self.indices[name] = self.tensor(name, _nhwc(self.shapes[name]))
        for node in self.graph.node:
            if node.output[0] in self.done:
                continue
            handler = getattr(self, f"_{node.op_type}", None)
            if handler is None:
                raise NotImplementedError(f"no translation of {node.op_type} to TFLite")
            handler(node, {a.name: helper.get_attribute_value(a) for a in node.attribute})
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs = [self.indices[name] for name in self.inputs]
        subgraph.outputs = [self.indices[v.name] for v in self.graph.output]
        model = schema.ModelT()
        model.version, model.subgraphs = 3, [subgraph]
        model.buffers, model.operatorCodes = self.buffers, self.codes
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    # Tensors and operators.

    def tensor(self, name, shape, data=None):
        result = schema.TensorT()
        result.name, result.shape = name, [int(n) for n in shape]
        result.type, result.buffer = _TYPES[np.dtype(np.float32) if data is None else data.dtype], 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.buffers.append(buffer)
            result.buffer = len(self.buffers) - 1
        self.tensors.append(result)
        return len(self.tensors) - 1

    def constant(self, data):
        return self.tensor(f"constant{len(self.tensors)}", data.shape, data)

    def operand(self, name):
        """A tensor, or a constant of one number."""
        if name in self.indices:
            return self.indices[name]
        value = self.constants[name]
        if value.size != 1:
            raise NotImplementedError("a constant of more than one number beside an activation")
        return self.constant(value.reshape(1).astype(np.float32))

    def emit(self, code, inputs, name, shape, options=None, kind=0):
        """An operator that makes the tensor `name`."""
        index = next((i for i, c in enumerate(self.codes) if c.builtinCode == code), None)
        if index is None:
            index = len(self.codes)
            entry = schema.OperatorCodeT()
            entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), 1
            self.codes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs = index, inputs
        operator.outputs = [self.tensor(name, shape)]
        operator.builtinOptions, operator.builtinOptionsType = options, kind
        self.operators.append(operator)
        self.indices[name] = operator.outputs[0]
        return operator.outputs[0]

    def only_user(self, name, *ops):
        users = self.users.get(name, [])
        outputs = {v.name for v in self.graph.output}
        return users[0] if len(users) == 1 and users[0].op_type in ops and name not in outputs else None

    def fused_activation(self, name):
        """The activation that is part of the op which makes `name`, and the name
        of what comes out."""
        node = self.only_user(name, "Relu", "Clip")
        if node is None or (node.op_type == "Clip" and self._limits(node) != (0, 6)):
            return _ACTIVATIONS.NONE, name
        self.done.add(node.output[0])
        kind = _ACTIVATIONS.RELU if node.op_type == "Relu" else _ACTIVATIONS.RELU6
        return kind, node.output[0]

    def _limits(self, node):
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if attributes:
            return attributes.get("min"), attributes.get("max")
        return tuple(self.constants[name].item() for name in node.input[1:])

    # Layers.

    def _Conv(self, node, attributes):
        weight = self.constants[node.input[1]]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)
        out = node.output[0]
        norm = self.only_user(out, "BatchNormalization")
        if norm is not None:
            gamma, beta, mean, variance = (self.constants[name] for name in norm.input[1:])
            epsilon = next((a.f for a in norm.attribute if a.name == "epsilon"), 1e-5)
            factor = gamma / np.sqrt(variance + epsilon)
            weight, bias = weight * factor.reshape(-1, 1, 1, 1), beta + (bias - mean) * factor
            out = norm.output[0]
            self.done.add(out)
        activation, out = self.fused_activation(out)
        self._convolve(node, attributes, weight, bias.astype(np.float32), activation, out)

    def _convolve(self, node, attributes, weight, bias, activation, out):
        groups, channels = attributes.get("group", 1), self.shapes[node.input[0]][1]
        depthwise = groups == channels == len(weight) and groups > 1
        if groups != 1 and not depthwise:
            raise NotImplementedError("grouped convolution")
        stride, dilation = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
        source, padding = self._pad(node, attributes, weight.shape[2:], stride, dilation)
        options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        options.padding, options.fusedActivationFunction = padding, activation
        options.strideH, options.strideW = stride
        options.dilationHFactor, options.dilationWFactor = dilation
        if depthwise:
            options.depthMultiplier = 1
        order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
        inputs = [source, self.constant(weight.transpose(order).astype(np.float32)), self.constant(bias)]
        code = _OPS.DEPTHWISE_CONV_2D if depthwise else _OPS.CONV_2D
        kind = schema.BuiltinOptions.DepthwiseConv2DOptions if depthwise else schema.BuiltinOptions.Conv2DOptions
        self.emit(code, inputs, out, _nhwc(self.shapes[node.output[0]]), options, kind)

    def _pad(self, node, attributes, kernel, stride, dilation):
        """The input of a convolution and its padding: what TFLite calls SAME if
        it is that, or else an operator that pads."""
        source, shape = self.operand(node.input[0]), self.shapes[node.input[0]]
        pads = list(attributes.get("pads", [0, 0, 0, 0]))
        same = []
        for i in range(2):
            reach = (kernel[i] - 1) * dilation[i] + 1
            total = max((-(-shape[2 + i] // stride[i]) - 1) * stride[i] + reach - shape[2 + i], 0)
            same.append((total // 2, total - total // 2))
        if pads == [same[0][0], same[1][0], same[0][1], same[1][1]]:
            return source, schema.Padding.SAME
        if any(pads):
            amounts = np.array([[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], np.int32)
            padded = np.array(_nhwc(shape)) + amounts.sum(1)
            name = f"{node.output[0]}.padded"
            kind = schema.BuiltinOptions.PadOptions
            source = self.emit(_OPS.PAD, [source, self.constant(amounts)], name, padded, schema.PadOptionsT(), kind)
        return source, schema.Padding.VALID

    def _Gemm(self, node, attributes):
        if not attributes.get("transB") or attributes.get("transA"):
            raise NotImplementedError("this Gemm")
        activation, out = self.fused_activation(node.output[0])
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = activation
        inputs = [self.operand(node.input[0]), *[self.constant(self.constants[name]) for name in node.input[1:]]]
        kind = schema.BuiltinOptions.FullyConnectedOptions
        self.emit(_OPS.FULLY_CONNECTED, inputs, out, self.shapes[node.output[0]], options, kind)

    def _GlobalAveragePool(self, node, attributes):
        options = schema.ReducerOptionsT()
        options.keepDims = True
        inputs = [self.operand(node.input[0]), self.constant(np.array([1, 2], np.int32))]
        shape, kind = _nhwc(self.shapes[node.output[0]]), schema.BuiltinOptions.ReducerOptions
        self.emit(_OPS.MEAN, inputs, node.output[0], shape, options, kind)

    def _Flatten(self, node, attributes):
        shape = self.shapes[node.input[0]]
        if attributes.get("axis", 1) != 1 or any(n != 1 for n in shape[2:]):
            raise NotImplementedError("this Flatten")
        target = np.array([shape[0], shape[1]], np.int32)
        options = schema.ReshapeOptionsT()
        options.newShape = list(target)
        inputs = [self.operand(node.input[0]), self.constant(target)]
        self.emit(_OPS.RESHAPE, inputs, node.output[0], target, options, schema.BuiltinOptions.ReshapeOptions)

    def _Identity(self, node, attributes):
        self.indices[node.output[0]] = self.operand(node.input[0])

    # Elementwise.

    def _binary(self, node, code, options, kind):
        options.fusedActivationFunction, out = self.fused_activation(node.output[0])
        inputs = [self.operand(name) for name in node.input]
        self.emit(code, inputs, out, _nhwc(self.shapes[node.output[0]]), options, kind)

    def _Add(self, node, attributes):
        self._binary(node, _OPS.ADD, schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)

    def _Mul(self, node, attributes):
        self._binary(node, _OPS.MUL, schema.MulOptionsT(), schema.BuiltinOptions.MulOptions)

    def _Div(self, node, attributes):
        self._binary(node, _OPS.DIV, schema.DivOptionsT(), schema.BuiltinOptions.DivOptions)

    def _unary(self, node, code):
        self.emit(code, [self.operand(node.input[0])], node.output[0], _nhwc(self.shapes[node.output[0]]))

    def _HardSwish(self, node, attributes):
        self._unary(node, _OPS.HARD_SWISH)

    def _Relu(self, node, attributes):
        self._unary(node, _OPS.RELU)

    def _Sigmoid(self, node, attributes):
        self._unary(node, _OPS.LOGISTIC)

    def _Clip(self, node, attributes):
        if self._limits(node) != (0, 6):
            raise NotImplementedError("Clip to other limits than 0 and 6")
        self._unary(node, _OPS.RELU6)

    def _HardSigmoid(self, node, attributes):
        """As Keras writes it: relu6(x + 3) / 6."""
        if abs(attributes.get("alpha", 0.2) - 1 / 6) > 1e-6 or attributes.get("beta", 0.5) != 0.5:
            raise NotImplementedError("HardSigmoid other than relu6(x + 3) / 6")
        shape, out = _nhwc(self.shapes[node.output[0]]), node.output[0]
        add, multiply = schema.AddOptionsT(), schema.MulOptionsT()
        add.fusedActivationFunction = _ACTIVATIONS.RELU6
        three, sixth = (self.constant(np.array([value], np.float32)) for value in (3, 1 / 6))
        kinds = schema.BuiltinOptions
        inner = self.emit(_OPS.ADD, [self.operand(node.input[0]), three], f"{out}.sum", shape, add, kinds.AddOptions)
        self.emit(_OPS.MUL, [inner, sixth], out, shape, multiply, kinds.MulOptions)
