"""TVM's default pipeline, not tuned."""

import os

import numpy as np

from . import Runner

NAME = "tvm"


def version():
    os.environ.setdefault("TVM_NUM_THREADS", "1")
    import tvm

    return tvm.__version__


def prepare(path, inputs, settings):
    import onnx
    import tvm
    from tvm import relax
    from tvm.relax.frontend.onnx import from_onnx

    if settings.threads > 1:
        raise RuntimeError("measured on one thread only")
    shapes = {name: list(array.shape) for name, array in inputs.items()}
    module = from_onnx(onnx.load(path), shape_dict=shapes)
    target = tvm.target.Target.from_device("cpu")
    machine = relax.VirtualMachine(tvm.compile(module, target), tvm.cpu())
    arrays = [tvm.runtime.tensor(array) for array in inputs.values()]
    function, state = machine["main"], {}

    def run():
        state["outputs"] = function(*arrays)

    def read():
        outputs = state["outputs"]
        outputs = [outputs] if hasattr(outputs, "numpy") else list(outputs)
        return [np.asarray(output.numpy()) for output in outputs]

    return Runner(run, read)
