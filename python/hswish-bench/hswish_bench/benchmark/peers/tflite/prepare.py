"""The ONNX graph before it is translated: static, without nodes that only compute
shapes, and without ONNX Runtime's own ops."""

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from .handlers import attributes_of

# Activations of FusedConv -> the names of their parameters.
_FUSED = {"Relu": [], "Sigmoid": [], "Tanh": [], "LeakyRelu": ["alpha"], "HardSigmoid": ["alpha", "beta"], "Clip": []}


def prepare(model, shapes):
    """`model` with the shapes of its inputs bound by `shapes` (name -> shape)."""
    prepared = onnx.ModelProto()
    prepared.CopyFrom(model)
    graph = prepared.graph
    for value in graph.input:
        for dim, size in zip(value.type.tensor_type.shape.dim, shapes.get(value.name, ())):
            dim.dim_value = size
    del graph.value_info[:]  # of dimensions that were not bound
    nodes = [part for node in graph.node for part in _split(node, graph)]
    del graph.node[:]
    graph.node.extend(nodes)
    while _fold_constants(prepared):
        pass
    return prepared


def _split(node, graph):
    """FusedConv as the convolution, the sum and the activation that it is."""
    if node.op_type != "FusedConv":
        return [node]
    attributes = attributes_of(node)
    activation, parameters = attributes.pop("activation").decode(), attributes.pop("activation_params", [])
    if activation not in _FUSED:
        raise NotImplementedError(f"no translation of FusedConv with {activation} to TFLite")
    out, inputs = node.output[0], list(node.input)
    parts = [helper.make_node("Conv", inputs[:3], [f"{out}.conv"], **attributes)]
    if len(inputs) > 3:
        parts.append(helper.make_node("Add", [f"{out}.conv", inputs[3]], [f"{out}.sum"]))
    limits = []
    if activation == "Clip":
        limits = [f"{out}.low", f"{out}.high"]
        graph.initializer.extend(helper.make_tensor(n, 1, [], [v]) for n, v in zip(limits, parameters))
    named = dict(zip(_FUSED[activation], parameters))
    parts.append(helper.make_node(activation, [parts[-1].output[0], *limits], [out], **named))
    return parts


def _fold_constants(model):
    """Nodes whose result is known become initializers. True if there was one:
    more shapes may be known then."""
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.input, *graph.value_info]}
    rest = []
    for node in model.graph.node:
        inputs = {name: known.get(name) for name in node.input if name}
        if node.op_type == "Shape" and all(shapes.get(node.input[0], [0])):
            inputs = {node.input[0]: np.empty(shapes[node.input[0]], np.float32)}
        if any(value is None for value in inputs.values()):
            rest.append(node)
            continue
        function = helper.make_function("", "f", list(inputs), list(node.output), [node], model.opset_import)
        known |= zip(node.output, ReferenceEvaluator(function).run(None, inputs, {}))
        model.graph.initializer.extend(numpy_helper.from_array(known[name], name) for name in node.output)
    changed = len(rest) < len(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(rest)
    return changed
