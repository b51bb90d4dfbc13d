"""ONNX Runtime with all its optimisations, inputs and outputs bound."""

from ... import reference
from . import Runner

NAME = "onnxruntime"


def version():
    import onnxruntime

    return onnxruntime.__version__


def prepare(path, inputs, settings):
    session = reference.session(path, optimized=True, threads=settings.threads)
    binding = session.io_binding()
    for name, array in inputs.items():
        binding.bind_cpu_input(name, array)
    for info in session.get_outputs():
        binding.bind_output(info.name)
    return Runner(
        lambda: session.run_with_iobinding(binding),
        lambda: [value.numpy() for value in binding.get_outputs()],
    )
