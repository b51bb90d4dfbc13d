"""The implementations that come with the tool: ours, and peers from Python.

Each function of `FAMILIES` makes the implementations of one family, or raises
ImportError with what is missing.
"""

import pathlib
import shutil
import subprocess
import tempfile
import threading

import numpy as np

from ..tools import find_tool
from .numbers import DTYPES
from .sweep import OPS

LENGTHS = 67  # arrays of up to this length have one model together


# --- hswish -------------------------------------------------------------------


def module_text(op, mode, kink, dtype, lengths):
    """The op on tensors of these lengths, as MLIR."""
    types = [f"tensor<{n}x{dtype}>" for n in lengths]
    body = []
    for i, type in enumerate(types):
        rest = f"kink<{kink}> accuracy<{mode}>" if op.endswith("grad") else f"accuracy<{mode}>"
        one = f"%one{i} = arith.constant dense<1.0> : {type}\n" if op.endswith("grad") else ""
        operands = f"%x{i}, %one{i}" if one else f"%x{i}"
        body.append(f"{one}%y{i} = hswish.{op} {operands} {rest} : {type}")
    arguments = ", ".join(f"%x{i}: {type}" for i, type in enumerate(types))
    results, all_types = ", ".join(f"%y{i}" for i in range(len(types))), ", ".join(types)
    body = "\n".join(body)
    return f"func.func @net({arguments}) -> ({all_types}) {{\n{body}\nreturn {results} : {all_types}\n}}\n"


class Hswish:
    """Our own, compiled ahead of time into a library for `target`."""

    ops, dtypes = OPS, tuple(DTYPES)

    def __init__(self, mode, target="host", kink="outer"):
        self.mode, self.target, self.kink = mode, target, kink
        self.name = f"hswish {mode}" + (f", {target}" if target != "host" else "")
        self.name += f", kink {kink}" if kink != "outer" else ""
        if target == "x86-64-v2":  # no instruction converts f16
            self.dtypes = ("f32", "bf16")
        self.folder = tempfile.TemporaryDirectory(prefix="hswish-")
        self.models, self.lock = {}, threading.Lock()

    def promise(self, op, dtype):
        if self.mode == "exact":
            return 0.5
        return 2.5 if (op, self.mode) == ("hard_swish", "default") else None

    def model(self, op, dtype, length):
        """The compiled model for arrays of this length."""
        key = (op, dtype, length if length > LENGTHS else 0)
        with self.lock:
            if key not in self.models:
                lengths = [length] if length > LENGTHS else range(1, LENGTHS + 1)
                self.models[key] = self.compile("-".join(map(str, key)), op, dtype, lengths)
            return self.models[key]

    def compile(self, name, op, dtype, lengths):
        from hswish import compile, load

        path = pathlib.Path(self.folder.name, name + ".mlir")
        path.write_text(module_text(op, self.mode, self.kink, dtype, lengths))
        return load(compile(path, path.with_suffix(".so"), target=self.target))

    def run(self, op, x, out=None):
        dtype = next(name for name, type in DTYPES.items() if x.dtype == type)
        model = self.model(op, dtype, len(x))
        if len(x) > LENGTHS:
            return model(x, out=out)
        inputs = [x if n == len(x) else np.zeros(n, x.dtype) for n in range(1, LENGTHS + 1)]
        return model(*inputs)[len(x) - 1]

    def run_in_place(self, op, x):
        self.run(op, x, out=x)


class HswishProcess(Hswish):
    """Our own in a process: by the JIT, or a program of AArch64, emulated."""

    is_slow = True
    run_in_place = None

    def __init__(self, mode, how):
        super().__init__(mode, "aarch64" if how == "qemu" else "host")
        self.name, self.how = f"hswish {mode}, {'aarch64 under qemu' if how == 'qemu' else how}", how
        if how == "qemu" and not (shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc")):
            raise ImportError("qemu-aarch64 or aarch64-linux-gnu-gcc")

    def compile(self, name, op, dtype, lengths):
        """A function from arrays to arrays, by files."""
        folder = pathlib.Path(self.folder.name, name)
        folder.mkdir()
        model = folder / "net.mlir"
        model.write_text(module_text(op, self.mode, self.kink, dtype, lengths))
        inputs = [folder / f"in{n}.npy" for n in lengths]
        outputs = [folder / f"{i}.npy" for i in range(len(lengths))]
        if self.how == "qemu":
            call([find_tool("hswish-compile"), model, "-o", folder / "net", "--target=aarch64"])
            command = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", folder / "net", *inputs, *outputs]
        else:
            command = [find_tool("hswish-run"), model, *inputs, "--output-dir", folder]

        def run(*arrays, out=None):
            for path, array in zip(inputs, arrays):
                np.save(path, array)
            call(command)
            results = [np.load(path) for path in outputs]
            return results[0] if len(results) == 1 else results

        return run


def call(command):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{command[0]}: {result.stderr[-2000:]}")


# --- formulas -----------------------------------------------------------------


class Formula:
    """A spelling of h-swish by NumPy, each operation rounded to f32."""

    ops, dtypes = ("hard_swish",), ("f32",)

    def __init__(self, name, function):
        self.name, self.function = f"numpy {name}", function

    def run(self, op, x):
        return self.function(x)

    def run_in_place(self, op, x):
        x[:] = self.function(x)


F = np.float32
SIXTH = F(1 / 6)
FORMULAS = {
    "x*r6(x+3)/6": lambda x: x * relu6(x + F(3)) / F(6),
    "x*r6(x+3)*S": lambda x: x * relu6(x + F(3)) * SIXTH,
    "(x*S)*r6(x+3)": lambda x: (x * SIXTH) * relu6(x + F(3)),
    "x*(r6(x+3)/6)": lambda x: x * (relu6(x + F(3)) / F(6)),
    "x*(r6(x+3)*S)": lambda x: x * (relu6(x + F(3)) * SIXTH),
    "x*clip(x*S+.5)": lambda x: x * np.minimum(np.maximum(x * SIXTH + F(0.5), F(0)), F(1)),
}


def relu6(t):
    return np.minimum(np.maximum(t, F(0)), F(6))


# --- peers --------------------------------------------------------------------


class OnnxRuntime:
    """HardSwish and HardSigmoid of ONNX Runtime."""

    ops, dtypes = ("hard_swish", "hard_sigmoid"), ("f32",)

    def __init__(self):
        import onnx
        import onnxruntime

        self.name, self.sessions = f"onnxruntime {onnxruntime.__version__}", {}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        for op, node in (("hard_swish", "HardSwish"), ("hard_sigmoid", "HardSigmoid")):
            attributes = {"alpha": 1 / 6, "beta": 0.5} if op == "hard_sigmoid" else {}
            tensor = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n"])
            graph = onnx.helper.make_graph(
                [onnx.helper.make_node(node, ["x"], ["y"], **attributes)], op, [tensor("x")], [tensor("y")]
            )
            model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
            self.sessions[op] = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )

    def run(self, op, x):
        return self.sessions[op].run(None, {"x": x})[0]


class OpenVino:
    """HSwish and HSigmoid of OpenVINO's CPU plugin in full precision."""

    ops, dtypes = ("hard_swish", "hard_sigmoid"), ("f32",)

    def __init__(self):
        import openvino
        import openvino.opset10 as nodes

        self.name, self.models = f"openvino {openvino.__version__.split('-')[0]}", threading.local()
        self.core, self.nodes, self.openvino = openvino.Core(), nodes, openvino

    def request(self, op):
        """One a thread."""
        if not hasattr(self.models, op):
            x = self.nodes.parameter([-1], np.float32)
            y = self.nodes.hswish(x) if op == "hard_swish" else self.nodes.hsigmoid(x)
            model = self.openvino.Model([self.nodes.result(y)], [x], op)
            settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
            compiled = self.core.compile_model(model, "CPU", settings)
            setattr(self.models, op, compiled.create_infer_request())
        return getattr(self.models, op)

    def run(self, op, x):
        return self.request(op).infer([x])[0].copy()


class PyTorch:
    """PyTorch's functions and their gradients."""

    ops, dtypes = OPS, tuple(DTYPES)

    def __init__(self):
        import torch

        self.torch, self.name = torch, f"torch {torch.__version__}"

    def run(self, op, x):
        t = self.torch.from_numpy(x.copy())
        if x.dtype == np.uint16:
            t = self.torch.from_numpy(x.view(np.int16).copy()).view(self.torch.bfloat16)
        function = getattr(self.torch.nn.functional, op.removesuffix("_grad").replace("hard_", "hard"))
        if op.endswith("grad"):
            t.requires_grad_()
            function(t).backward(self.torch.ones_like(t))
            y = t.grad
        else:
            y = function(t)
        return y.view(self.torch.int16).numpy().view(np.uint16) if x.dtype == np.uint16 else y.numpy()


class LiteRT:
    """HARD_SWISH of LiteRT, the interpreter with its default delegate."""

    ops, dtypes = ("hard_swish",), ("f32",)

    def __init__(self):
        from ai_edge_litert import interpreter

        self.interpreter, self.name, self.local = interpreter, "litert", threading.local()
        self.model = hard_swish_tflite()

    def run(self, op, x):
        if not hasattr(self.local, "it"):
            self.local.it = self.interpreter.Interpreter(model_content=self.model, num_threads=1)
        it = self.local.it
        source, result = it.get_input_details()[0]["index"], it.get_output_details()[0]["index"]
        it.resize_tensor_input(source, x.shape)
        it.allocate_tensors()
        it.set_tensor(source, x)
        it.invoke()
        return it.get_tensor(result)


def hard_swish_tflite(codes=None):
    """A model of one HARD_SWISH, as a flatbuffer: of one float, or of the 256 codes
    of a `codes.Quantization`."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    def tensor(name):
        t = schema.TensorT()
        t.shape, t.type, t.buffer, t.name = [1], schema.TensorType.FLOAT32, 0, name
        if codes:
            t.shape, t.quantization = [256], schema.QuantizationParametersT()
            t.type = schema.TensorType.UINT8 if codes.kind == "ui8" else schema.TensorType.INT8
            scale, zero = (codes.input_scale, codes.input_zero), (codes.output_scale, codes.output_zero)
            t.quantization.scale, t.quantization.zeroPoint = ([part] for part in (scale if name == "x" else zero))
        return t

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.HARD_SWISH
    op = schema.OperatorT()
    op.opcodeIndex, op.inputs, op.outputs = 0, [0], [1]
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [tensor("x"), tensor("y")], [0], [1], [op]
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


# --- all of them --------------------------------------------------------------

MODES = ("fast", "default", "torch", "onnx", "exact")
# name in --only -> how to make it
AVAILABLE = {f"hswish {mode}": (lambda m=mode: Hswish(m)) for mode in MODES}
for _level in ("x86-64-v2", "x86-64-v3", "x86-64-v4"):
    for _mode in MODES:
        AVAILABLE[f"hswish {_mode}, {_level}"] = lambda m=_mode, t=_level: Hswish(m, t)
for _mode in MODES:
    AVAILABLE[f"hswish {_mode}, jit"] = lambda m=_mode: HswishProcess(m, "jit")
    AVAILABLE[f"hswish {_mode}, aarch64"] = lambda m=_mode: HswishProcess(m, "qemu")
for _kink in ("inner", "average", "left", "right"):
    for _mode in ("default", "exact"):
        AVAILABLE[f"hswish {_mode}, kink {_kink}"] = lambda m=_mode, k=_kink: Hswish(m, kink=k)
for _name, _function in FORMULAS.items():
    AVAILABLE[f"numpy {_name}"] = lambda n=_name, f=_function: Formula(n, f)
AVAILABLE |= {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "litert": LiteRT, "torch": PyTorch}
# Without --only: one of each, ours for this machine.
USUAL = [
    *(f"hswish {mode}" for mode in MODES),
    *(f"numpy {name}" for name in FORMULAS),
    "onnxruntime",
    "openvino",
    "litert",
    "torch",
]
