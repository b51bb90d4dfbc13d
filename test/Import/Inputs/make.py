"""Small ONNX files for the tests of the importer."""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

directory = sys.argv[1]
os.makedirs(directory, exist_ok=True)


def node(op, inputs, outputs, **attributes):
    """A node named after its first output."""
    return helper.make_node(
        op, inputs.split(), outputs.split(), name=outputs.split()[0], **attributes
    )


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def ramp(*shape, kind=np.float32):
    """Distinct numbers that are exact in every float type."""
    return (np.arange(np.prod(shape, dtype=int)) % 64).reshape(shape).astype(kind)


def make(nodes, inputs, outputs, weights=None, opset=13, info=(), functions=(),
         domains=()):
    """A model; `inputs` and `outputs` are lists of value() or dicts of shapes,
    an output may be a name alone."""
    def infos(values):
        if isinstance(values, dict):
            return [value(name, shape) for name, shape in values.items()]
        return [value(v, None) if isinstance(v, str) else v for v in values]

    graph = helper.make_graph(
        nodes, "graph", infos(inputs), infos(outputs),
        [numpy_helper.from_array(np.asarray(w), n) for n, w in (weights or {}).items()],
        value_info=infos(info),
    )
    opsets = [helper.make_opsetid("", opset)]
    opsets += [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(graph, opset_imports=opsets, functions=functions,
                             ir_version=8)


def save(name, *args, **kwargs):
    """Writes a model as NAME.onnx."""
    write(name, make(*args, **kwargs).SerializeToString())


def write(name, contents):
    with open(os.path.join(directory, name + ".onnx"), "wb") as file:
        file.write(contents)
