"""ONNX to TFLite, for the ops of MobileNetV3 and its kin.

Pictures are NHWC: every tensor of four dimensions is. Batch norm is folded, ReLU
and ReLU6 are fused into the op before them, as TensorFlow's converter does;
h-swish is an op of its own, for TFLite has no layer that ends in it. What is not
known is refused by name.

`prepare` makes a static graph of standard ops, `layers`, `elementwise` and
`reshaping` know the ops, `writer` the file.
"""

from . import elementwise, layers, reshaping
from .handlers import attributes_of
from .prepare import prepare
from .translation import Translation

_HANDLERS = elementwise.HANDLERS | layers.HANDLERS | reshaping.HANDLERS


def translate(model, shapes):
    """The bytes of a .tflite file that computes `model`."""
    t = Translation(prepare(model, shapes))
    for node in t.nodes:
        if node.output[0] in t.done:
            continue
        if node.op_type not in _HANDLERS:
            raise NotImplementedError(f"no translation of {node.op_type} to TFLite")
        _HANDLERS[node.op_type](t, node, attributes_of(node))
    return t.finish(t.inputs, [value.name for value in t.graph.output])
