"""Spellings in ONNX: many of them as the outputs of one model."""

import numpy as np
from onnx import TensorProto, helper

from .builder import Builder
from .numbers import SIXTH, largest_of, round_to

TYPES = {
    "f32": TensorProto.FLOAT,
    "f16": TensorProto.FLOAT16,
    "bf16": TensorProto.BFLOAT16,
    "f64": TensorProto.DOUBLE,
}
SHAPE = (2, 8, 4, 4)
CONSTANT_SHAPES = {
    "scalar": (),
    "one": (1,),
    "ones": (1, 1, 1, 1),
    "channels": (1, 8, 1, 1),
    "full": SHAPE,
}


class OnnxBuilder(Builder):
    """Adds the nodes of one spelling to a model; they are called NAME/0, NAME/1 ….

    `source`: constants are an "initializer", a "node", or "folded" from others.
    `between`: an operator put behind every link: Identity, Cast, Transpose."""

    def __init__(self, model, name, opset=13, kind="f32", clamp="op", commute=False, subtracts=False,
                 source="initializer", shape="scalar", between=None):  # fmt: skip
        self.model, self.name, self.opset, self.kind = model, name, opset, kind
        self.clamp_form, self.commute, self.subtracts = clamp, commute, subtracts
        self.source, self.shape, self.between = source, CONSTANT_SHAPES[shape], between
        self.count = 0

    # Nodes.

    def emit(self, op, inputs, **attributes):
        result = f"{self.name}/{self.count}"
        self.count += 1
        self.model.nodes.append(
            helper.make_node(op, [i.lstrip("%") for i in inputs], [result], result, **attributes)
        )
        return result

    def link(self, op, inputs, **attributes):
        result = self.emit(op, inputs, **attributes)
        if self.between == "Identity":
            return self.emit("Identity", [result])
        if self.between == "Cast":
            return self.emit("Cast", [result], to=TYPES[self.kind])
        if self.between == "Transpose":
            result = self.emit("Transpose", [result], perm=[0, 2, 3, 1])
            return self.emit("Transpose", [result], perm=[0, 3, 1, 2])
        return result

    # Constants.

    def tensor(self, value, shape):
        value = round_to(self.kind, largest_of(self.kind, value))
        return helper.make_tensor("value", TYPES[self.kind], shape, [value] * int(np.prod(shape)))

    def const(self, value, shape=None):
        shape = self.shape if shape is None else shape
        tensor = self.tensor(value, shape)
        if self.source == "initializer":
            tensor.name = f"{self.name}/w{self.count}"
            self.count += 1
            self.model.weights.append(tensor)
            return tensor.name
        constant = self.emit("Constant", [], value=tensor)
        if self.source == "node":
            return constant
        one = self.emit("Constant", [], value=self.tensor(1.0, shape))
        return self.emit("Mul", [constant, one])

    def operand(self, v):
        return v if isinstance(v, str) else self.const(self.literal(v))

    # Arithmetic.

    def binary(self, op, a, b):
        is_constant = not isinstance(a, str) and not isinstance(b, str)
        emit = self.emit if is_constant else self.link
        return emit(op, [self.operand(a), self.operand(b)])

    def add(self, a, b):
        return self.binary("Add", *self.ordered(a, b))

    def sub(self, a, b):
        return self.binary("Sub", a, b)

    def mul(self, a, b):
        return self.binary("Mul", *self.ordered(a, b))

    def div(self, a, b):
        return self.binary("Div", a, b)

    def max(self, a, b):
        if self.clamp_form == "relu" and b == 0.0:
            self.literal(b)
            return self.link("Relu", [a])
        return self.binary("Max", *self.ordered(a, b))

    def min(self, a, b):
        return self.binary("Min", *self.ordered(a, b))

    def clamp(self, x, low, high):
        if self.opset < 11:
            low, high = (largest_of(self.kind, bound) for bound in (low, high))
            return self.link("Clip", [x], min=low, max=high)
        return self.link("Clip", [x, self.const(low, ()), self.const(high, ())])

    def select(self, c, a, b):
        return self.link("Where", [c, self.operand(a), self.operand(b)])

    def compare(self, predicate, a, b):
        """x >= y is not x < y, which every operator set has."""
        op = {"oge": "Less", "ole": "Greater"}[predicate]
        return self.emit("Not", [self.emit(op, [self.operand(a), self.operand(b)])])

    def ours(self, op, x, accuracy=""):
        if op == "hard_swish":
            return self.link("HardSwish", [x])
        if op == "hard_sigmoid":
            return self.link("HardSigmoid", [x], alpha=SIXTH, beta=0.5)
        return self.clip(x, 0.0, 6.0)


class Model:
    """A model of x and y; each spelling gives an output of its name."""

    def __init__(self, **settings):
        self.settings, self.names = settings, []
        self.nodes, self.weights = [], []

    def add(self, name, body, replace=None):
        builder = OnnxBuilder(self, name, **self.settings)
        builder.replace = replace
        result = body(builder, "%x")
        self.nodes.append(helper.make_node("Identity", [result], [name], f"{name}/out"))
        self.names.append(name)

    def serialize(self):
        kind = TYPES[self.settings.get("kind", "f32")]
        values = [helper.make_tensor_value_info(n, kind, SHAPE) for n in ["x", "y", *self.names]]
        graph = helper.make_graph(self.nodes, "spellings", values[:2], values[2:], self.weights)
        opset = helper.make_opsetid("", self.settings.get("opset", 13))
        return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
