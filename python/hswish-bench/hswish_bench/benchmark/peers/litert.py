"""LiteRT (TensorFlow Lite) with XNNPACK, on a model that `tflite` translates.

It works in NHWC: inputs and outputs are brought into that order before and after
what is timed."""

import numpy as np

from . import Runner

NAME = "litert"


def version():
    from importlib.metadata import version

    import ai_edge_litert.interpreter  # noqa: F401

    return version("ai-edge-litert")


def prepare(path, inputs, settings):
    import onnx
    from ai_edge_litert.interpreter import Interpreter

    from .tflite import translate

    content = translate(onnx.load(path), {name: array.shape for name, array in inputs.items()})
    interpreter = Interpreter(model_content=content, num_threads=settings.threads)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    for detail, array in zip(details, inputs.values(), strict=True):
        interpreter.set_tensor(detail["index"], _to_nhwc(array))
    outputs = [detail["index"] for detail in interpreter.get_output_details()]
    return Runner(interpreter.invoke, lambda: [_to_nchw(interpreter.get_tensor(index)) for index in outputs])


def _to_nhwc(array):
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)) if array.ndim == 4 else array


def _to_nchw(array):
    return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
