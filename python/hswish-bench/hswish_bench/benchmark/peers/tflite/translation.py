"""What the translations of all ops share: the ONNX graph and the file that it becomes."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ...models import Graph
from .handlers import attributes_of
from .writer import OPS, Writer

ACTIVATIONS = schema.ActivationFunctionType


def nhwc(shape):
    return [shape[0], *shape[2:], shape[1]] if len(shape) == 4 else list(shape)


class Translation(Graph, Writer):
    def __init__(self, model):
        Graph.__init__(self, model)
        Writer.__init__(self)
        self.graph = model.graph
        self.opset = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
        self.inputs = [v.name for v in self.graph.input if v.name not in self.constants]
        self.outputs = {v.name for v in self.graph.output}
        self.done = set()  # nodes that are part of another op, by output
        for name in self.inputs:
            self.tensor(name, nhwc(self.shapes[name]))

    def operand(self, name, rank=4):
        """The tensor `name`; constants are spread to `rank` dimensions."""
        if name in self.indices:
            return self.indices[name]
        value = self.constants[name]
        value = value.reshape([1] * (rank - value.ndim) + list(value.shape))
        return self.constant(value.transpose(0, 2, 3, 1) if rank == 4 else value)

    def result(self, code, inputs, node, options=None, out=None):
        """An operator that computes the tensor that `node` does, called `out`."""
        name = node.output[0]
        return self.emit(code, inputs, out or name, nhwc(self.shapes[name]), options)

    def only_user(self, name, *ops):
        users = self.users.get(name, [])
        return users[0] if len(users) == 1 and users[0].op_type in ops and name not in self.outputs else None

    def fused_activation(self, name):
        """The activation that is part of the op which makes `name`, and the name
        of what comes out."""
        node = self.only_user(name, "Relu", "Clip")
        code = OPS.RELU if node is None or node.op_type == "Relu" else clip_code(self.limits(node))
        if node is None or code is None:
            return ACTIVATIONS.NONE, name
        self.done.add(node.output[0])
        kinds = {OPS.RELU: ACTIVATIONS.RELU, OPS.RELU6: ACTIVATIONS.RELU6, OPS.RELU_N1_TO_1: ACTIVATIONS.RELU_N1_TO_1}
        return kinds[code], node.output[0]

    def limits(self, node):
        """Of a Clip."""
        attributes = attributes_of(node)
        names = [*node.input[1:], "", ""]
        low, high = (self.constants[name].item() if name else None for name in names[:2])
        low = attributes.get("min", -np.inf) if low is None else low
        return low, attributes.get("max", np.inf) if high is None else high


def clip_code(limits):
    """The op that TFLite has for a Clip, or None."""
    return {(0, 6): OPS.RELU6, (-1, 1): OPS.RELU_N1_TO_1, (0, np.inf): OPS.RELU}.get(limits)
