"""Activations, sums, products."""

from ai_edge_litert import schema_py_generated as schema

from .handlers import registry
from .translation import ACTIVATIONS, clip_code
from .writer import OPS

HANDLERS, handles = registry()

_BINARY = {
    "Add": (OPS.ADD, schema.AddOptionsT),
    "Sub": (OPS.SUB, schema.SubOptionsT),
    "Mul": (OPS.MUL, schema.MulOptionsT),
    "Div": (OPS.DIV, schema.DivOptionsT),
}
_UNARY = {"HardSwish": OPS.HARD_SWISH, "Relu": OPS.RELU, "Sigmoid": OPS.LOGISTIC, "Tanh": OPS.TANH}


@handles(*_BINARY)
def binary(t, node, attributes):
    code, make_options = _BINARY[node.op_type]
    rank, options = len(t.shapes[node.output[0]]), make_options()
    if rank == 4 and any(len(t.shapes[name]) != 4 for name in node.input if name not in t.constants):
        raise NotImplementedError(f"{node.op_type} of tensors of different ranks")
    options.fusedActivationFunction, out = t.fused_activation(node.output[0])
    t.result(code, [t.operand(name, rank) for name in node.input], node, options, out)


@handles(*_UNARY)
def unary(t, node, attributes):
    t.result(_UNARY[node.op_type], [t.operand(node.input[0])], node)


@handles("LeakyRelu")
def leaky_relu(t, node, attributes):
    options = schema.LeakyReluOptionsT()
    options.alpha = attributes.get("alpha", 0.01)
    t.result(OPS.LEAKY_RELU, [t.operand(node.input[0])], node, options)


@handles("Clip")
def clip(t, node, attributes):
    source, limits = t.operand(node.input[0]), t.limits(node)
    if (code := clip_code(limits)) is not None:
        t.result(code, [source], node)
        return
    above = f"{node.output[0]}.above"
    t.result(OPS.MAXIMUM, [source, t.constant(limits[:1])], node, schema.MaximumMinimumOptionsT(), above)
    t.result(OPS.MINIMUM, [t.operand(above), t.constant(limits[1:])], node, schema.MaximumMinimumOptionsT())


@handles("HardSigmoid")
def hard_sigmoid(t, node, attributes):
    """clip(alpha x + beta, 0, 1) = relu6(6 alpha x + 6 beta) / 6, as Keras writes
    it, where 6 alpha is 1."""
    alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    source, out = t.operand(node.input[0]), node.output[0]
    if abs(6 * alpha - 1) > 1e-6:
        source = t.result(OPS.MUL, [source, t.constant([6 * alpha])], node, schema.MulOptionsT(), f"{out}.scaled")
    options = schema.AddOptionsT()
    options.fusedActivationFunction = ACTIVATIONS.RELU6
    clipped = t.result(OPS.ADD, [source, t.constant([6 * beta])], node, options, f"{out}.clipped")
    t.result(OPS.MUL, [clipped, t.constant([1 / 6])], node, schema.MulOptionsT())


@handles("Softmax")
def softmax(t, node, attributes):
    rank = len(t.shapes[node.input[0]])
    axis = attributes.get("axis", 1 if t.opset < 13 else -1) % rank
    # The last one in TFLite; before opset 13, ONNX took all from `axis` on.
    if axis != (1 if rank == 4 else rank - 1) or (rank == 4 and t.opset < 13):
        raise NotImplementedError("Softmax along this axis")
    options = schema.SoftmaxOptionsT()
    options.beta = 1.0
    t.result(OPS.SOFTMAX, [t.operand(node.input[0])], node, options)


@handles("Identity")
def identity(t, node, attributes):
    t.indices[node.output[0]] = t.operand(node.input[0])
