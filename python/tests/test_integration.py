"""Whole networks, compared with ONNX Runtime with its optimisations off."""

import subprocess

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from tools import MODELS, ROOT, find_program, run_tool, shape_options

import hswish
from hswish_bench import reference
from hswish_bench.networks import SPELLINGS, make

# By this part of the expected output's range answers may differ.
TOLERANCE = 1e-4

# The same for a network that rounds to f16 between its layers: sums that differ in their last bit become halves
# that differ in theirs (5e-4), and a sigmoid at the end makes that larger.
ROUNDED = 2e-2
# file -> input name, shapes, tolerance.
REAL = {
    "ort_mobilenet_v3_small_excerpt": ("input", [(1, 3, 224, 224), (2, 3, 224, 224)], TOLERANCE),
    "osf_lm_model0_opt": ("input", [(1, 3, 224, 224), (2, 3, 224, 224)], TOLERANCE),
    "osf_mnv3_detection_opt": ("input", [(1, 3, 224, 224), (2, 3, 224, 224)], TOLERANCE),
    "rapid_ch_ppocr_mobile_v2.0_cls_infer": ("x", [(1, 3, 48, 192), (2, 3, 48, 320)], TOLERANCE),
    "rapid_en_PP-OCRv3_det_infer": ("x", [(1, 3, 320, 320), (1, 3, 192, 640)], TOLERANCE),
    "rapid_en_PP-OCRv3_det_infer_fp16": ("x", [(1, 3, 320, 320), (1, 3, 192, 640)], ROUNDED),
    "tpu_ch_PP-OCRv2_det_infer": ("x", [(1, 3, 320, 320), (1, 3, 192, 640)], TOLERANCE),
}
DETECTORS = [name for name in REAL if name.endswith(("det_infer", "fp16"))]
GENERATED = {
    "mobilenet_v3_large": {},
    "mobilenet_v3_small": {},
    "mobilenet_v3_small-folded": {"batch_norm": "folded"},
    "mobilenet_v2": {},
    "pp_lcnet": {},
    "efficientnet_lite0": {},
    "tiny_v3": {},
    "tiny_odd": {},
    "tiny_odd-halves": {"dtype": "float16"},
    "tiny_detector": {},
}
# The same for an f16 output: half a unit in the last place, where the values are largest.
ROUNDING = 2**-11
KINDS = ["crop", "noise"]


def widened(path, folder):
    """The model at `path`, computed in f32, but for the casts that it has itself.
    ONNX Runtime rounds to f16 after every node, which moves the answer of a deep
    network by percents: our kernels keep f32, so that is what they are compared
    with."""
    model = onnx.load(path)
    keep_casts(model.graph)
    tensors = list(model.graph.initializer)
    for node in model.graph.node:
        for attribute in node.attribute:
            tensors += [attribute.t] if attribute.HasField("t") else []
    half = [tensor for tensor in tensors if tensor.data_type == onnx.TensorProto.FLOAT16]
    if not half:
        return path
    for tensor in half:
        wide = onnx.numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(wide, tensor.name))
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    onnx.save(model, folder / "wide.onnx")
    return folder / "wide.onnx"


def keep_casts(graph):
    """Casts to f16 round all the same: what follows is in f32 again."""
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in graph.node]
    del graph.node[:]
    for node in nodes:
        graph.node.append(node)
        if node.op_type == "Cast" and node.attribute[0].i == onnx.TensorProto.FLOAT16:
            cast = graph.node[-1]
            name, cast.output[0] = cast.output[0], cast.output[0] + "_rounded"
            graph.node.append(onnx.helper.make_node("Cast", list(cast.output), [name], to=onnx.TensorProto.FLOAT))


def widened_inputs(inputs):
    return {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in inputs.items()}


class Case:
    """A model file with inputs, and what ONNX Runtime makes of them."""

    def __init__(self, path, folder, shapes=None, tolerance=TOLERANCE, kinds=KINDS):
        self.path, self.folder, self.tolerance = path, folder, tolerance
        self.inputs = [reference.make_inputs(path, shapes, kind) for kind in kinds]
        session = reference.session(widened(path, folder))
        self.expected = [session.run(None, widened_inputs(inputs)) for inputs in self.inputs]
        outputs = onnx.load(path, load_external_data=False).graph.output
        self.types = [onnx.helper.tensor_dtype_to_np_dtype(v.type.tensor_type.elem_type) for v in outputs]

    def shape_options(self):
        return shape_options(self.inputs[0])

    def check(self, run):
        """`run` makes arrays of arrays, for each of our inputs."""
        for inputs, expected in zip(self.inputs, self.expected, strict=True):
            actual = run(inputs)
            assert len(actual) == len(expected)
            for got, want in zip(actual, expected, strict=True):
                error = reference.relative_error(got, want)
                print(f"error {error:.2e} of the range {np.ptp(want):.3g}")
                assert error <= self.tolerance + (ROUNDING if got.dtype == np.float16 else 0)

    def by_jit(self, *options):
        def run(inputs):
            files = []
            for i, array in enumerate(inputs.values()):
                files.append(f"--input={self.folder / f'input{i}.npy'}")
                np.save(self.folder / f"input{i}.npy", array)
            output = self.folder / "outputs"
            output.mkdir(exist_ok=True)
            run_tool("hswish-run", self.path, *files, f"--output-dir={output}", *self.shape_options(), *options)
            return [np.load(output / f"{i}.npy") for i in range(len(self.expected[0]))]

        self.check(run)

    def by_library(self, *options):
        library = self.folder / "net.so"
        run_tool("hswish-compile", self.path, "-o", library, *self.shape_options(), *options)
        model = hswish.load(library)

        def run(inputs):
            result = model(**inputs) if all(n.isidentifier() for n in inputs) else model(*inputs.values())
            return result if isinstance(result, tuple) else (result,)

        self.check(run)

    def by_qemu(self, *options):
        qemu = find_program("qemu-aarch64", "qemu-user")
        gcc = find_program("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
        code, program = self.folder / "net.o", self.folder / "net"
        run_tool("hswish-compile", self.path, "-o", code, "--target=aarch64", *self.shape_options(), *options)
        driver = ROOT / "python" / "tests" / "data" / "driver.c"
        command = [gcc, "-O1", "-static", f"-I{ROOT / 'include'}", driver, code, "-lm", "-o", program]
        subprocess.run(command, check=True)

        def run(inputs):
            files = [self.folder / f"input{i}.raw" for i in range(len(inputs))]
            for file, array in zip(files, inputs.values(), strict=True):
                array.tofile(file)
            outputs = [self.folder / f"output{i}.raw" for i in range(len(self.expected[0]))]
            subprocess.run([qemu, program, *files, *outputs], check=True, timeout=600)
            return [
                np.fromfile(file, kind).reshape(want.shape)
                for file, kind, want in zip(outputs, self.types, self.expected[0], strict=True)
            ]

        self.check(run)


def generated(name, folder):
    path = folder / "net.onnx"
    onnx.save(make(name.split("-")[0], **GENERATED[name]), path)
    return Case(path, folder)


def real_path(name):
    path = MODELS / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"no {path.name} in {MODELS}")
    return path


def real(name, size, folder):
    path = real_path(name)
    # On noise a detector of text answers 0 but for the rounding of its sigmoid.
    kinds = ["crop"] if name in DETECTORS else KINDS
    input_name, shapes, tolerance = REAL[name]
    return Case(path, folder, {input_name: shapes[size]}, tolerance, kinds)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_by_jit(name, tmp_path):
    generated(name, tmp_path).by_jit()


@pytest.mark.parametrize("name", GENERATED)
def test_generated_by_library(name, tmp_path):
    generated(name, tmp_path).by_library()


@pytest.mark.parametrize("target", ["x86-64-v2", "x86-64-v3"])
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "tiny_odd"])
def test_generated_for_older_machines(name, target, tmp_path):
    generated(name, tmp_path).by_library(f"--target={target}")


@pytest.mark.parametrize("accuracy", ["fast", "torch", "onnx"])
def test_generated_in_every_accuracy(accuracy, tmp_path):
    generated("mobilenet_v3_small", tmp_path).by_library(f"--accuracy={accuracy}")


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "tiny_odd", "tiny_odd-halves", "tiny_detector"])
def test_generated_by_qemu(name, tmp_path):
    generated(name, tmp_path).by_qemu()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling(spelling, tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", hard_swish=spelling), path)
    Case(path, tmp_path).by_jit()


@pytest.mark.parametrize("opset", [7, 9, 11, 13, 17, 21])
def test_opsets(opset, tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_detector", opset=opset, hard_swish="P4", constants="node"), path)
    Case(path, tmp_path).by_jit()


def test_symbolic_dimensions(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make("tiny_v3", batch="N", size=("H", "W")), path)
    Case(path, tmp_path, {"input": (3, 3, 40, 56)}).by_library()


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "tiny_odd", "tiny_detector"])
def test_images_of_a_batch(name, tmp_path):
    """The first layers are computed one image at a time."""
    path = tmp_path / "net.onnx"
    onnx.save(make(name, batch=3), path)
    Case(path, tmp_path).by_jit()
    Case(path, tmp_path).by_library("--target=x86-64-v3", "--threads=2")


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", REAL)
def test_real_by_jit(name, size, tmp_path):
    real(name, size, tmp_path).by_jit()


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", REAL)
def test_real_by_library(name, size, tmp_path):
    real(name, size, tmp_path).by_library()


@pytest.mark.parametrize("name", DETECTORS)
def test_detectors_before_the_sigmoid(name, tmp_path):
    """What noise makes of the inner tensors shows without the last sigmoid."""
    model = onnx.load(real_path(name))
    (output,) = model.graph.output
    sigmoid = next(node for node in model.graph.node if output.name in node.output)
    while sigmoid.op_type != "Sigmoid":
        sigmoid = next(node for node in model.graph.node if sigmoid.input[0] in node.output)
    inner = onnx.helper.make_tensor_value_info(sigmoid.input[0], onnx.TensorProto.FLOAT, None)
    if name.endswith("fp16"):
        inner.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    del model.graph.output[:]
    model.graph.output.append(inner)
    path = tmp_path / "inner.onnx"
    onnx.save(model, path)
    input_name, shapes, tolerance = REAL[name]
    Case(path, tmp_path, {input_name: shapes[0]}, tolerance).by_jit()


def test_classifier_by_qemu(tmp_path):
    real("rapid_ch_ppocr_mobile_v2.0_cls_infer", 0, tmp_path).by_qemu()
