"""OpenVINO's CPU plugin in full precision."""

from . import Runner

NAME = "openvino"


def version():
    import openvino

    return openvino.__version__.split("-")[0]


def prepare(path, inputs, settings):
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({name: list(array.shape) for name, array in inputs.items()})
    options = {
        "INFERENCE_NUM_THREADS": settings.threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = core.compile_model(model, "CPU", options).create_infer_request()
    for name, array in inputs.items():
        request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
    count = len(request.model_outputs)
    return Runner(request.infer, lambda: [request.get_output_tensor(i).data for i in range(count)])
