"""IREE's CPU backend, compiled for the host; it runs on one thread."""

import pathlib
import subprocess
import sys

import numpy as np

from . import Runner

NAME = "iree"


def version():
    from iree.compiler import version as compiler

    return compiler.VERSION


def _compile(path, folder):
    import iree.compiler.tools as tools

    imported = pathlib.Path(folder) / f"{path.stem}.iree.mlir"
    command = [sys.executable, "-m", "iree.compiler.tools.import_onnx", str(path), "-o", str(imported)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip().splitlines()[-1])
    return tools.compile_file(
        str(imported),
        input_type="onnx",
        target_backends=["llvm-cpu"],
        extra_args=["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3"],
    )


def prepare(path, inputs, settings):
    import iree.runtime as runtime

    if settings.threads > 1:
        raise RuntimeError("measured on one thread only")
    device = runtime.get_device("local-sync")
    module = runtime.load_vm_flatbuffer(_compile(path, settings.folder), driver="local-sync")
    names = [name for name in module.vm_module.function_names if "$" not in name and not name.startswith("__")]
    function = module[names[0]]
    arrays = [runtime.asdevicearray(device, array) for array in inputs.values()]
    state = {}

    def run():
        state["outputs"] = function(*arrays)

    def read():
        outputs = state["outputs"]
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return [np.asarray(output.to_host()) for output in outputs]

    return Runner(run, read)
