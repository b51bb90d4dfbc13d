"""The part of `hswish-conformance` for codes: `hswish-conformance --codes`.

All 256 codes go through many seeded scales and zero points. Reported are the
largest distance from the real number in steps of the output scale (the nearest
code is 0.5 away at most), the share of results that are not the nearest code, and
the share that is not what the semantics' own formula gives.

An implementation of this part has a `name`, the `semantics` that it is compared
with, `ops`, `kinds` (of "i8" and "ui8"), and run(list of Quantization) -> arrays
of 256 codes, in the order of `Quantization.codes()`.
"""

import math
import pathlib
import tempfile
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np

F = np.float32
KINDS = ("i8", "ui8")
OPS = ("hard_swish", "hard_sigmoid")
SEMANTICS = ("exact", "tflite", "qnnpack", "aten")
TAIL = 61  # codes more, which are no whole vector


@dataclass(frozen=True)
class Quantization:
    """One activation with its scales and zero points."""

    op: str
    kind: str
    input_scale: np.float32
    input_zero: int
    output_scale: np.float32
    output_zero: int

    @property
    def low(self):
        return 0 if self.kind == "ui8" else -128

    @property
    def dtype(self):
        return np.uint8 if self.kind == "ui8" else np.int8

    def codes(self):
        return np.arange(256, dtype=np.uint8).view(self.dtype)

    def steps(self):
        """The real results without the output zero point, as fractions."""
        si, so = Fraction(float(self.input_scale)), Fraction(float(self.output_scale))
        for code in self.codes():
            x = si * (int(code) - self.input_zero)
            gate = min(max(x + 3, Fraction(0)), Fraction(6)) / 6
            yield (x * gate if self.op == "hard_swish" else gate) / so

    def clamp(self, steps):
        return min(max(steps + self.output_zero, self.low), self.low + 255)


def sample(op, kind, semantics, count, seed=1):
    """Ranges of up to 12 on each side, every fourth in powers of two."""
    rng = np.random.default_rng([seed, OPS.index(op), KINDS.index(kind)])
    found = []
    while len(found) < count:
        reach = rng.uniform(0.5, 12) if len(found) % 4 else 2.0 ** rng.integers(-1, 4)
        si = F(reach / 127)
        so = F((max(reach, 0.4) if op == "hard_swish" else 1) / 255 * rng.uniform(0.7, 1.5))
        if len(found) % 4 == 0:
            si, so = F(reach / 128), F(reach / 128 * 2.0 ** rng.integers(-1, 2))
        low = 0 if kind == "ui8" else -128
        zi, zo = (int(low + code) for code in rng.integers(0, 256, 2))
        if op == "hard_sigmoid" and semantics in ("qnnpack", "aten"):
            so, zo = F(1 / 256), low
        found.append(Quantization(op, kind, si, zi, so, zo))
    return found


# --- formulas -----------------------------------------------------------------


def exact(q):
    return np.array([q.clamp(round(step)) for step in q.steps()])


def in_floats(q, zero_first):
    x = q.input_scale * (q.codes().astype(int) - q.input_zero).astype(F)
    gate = np.minimum(np.maximum(x + F(3), F(0)), F(6))
    y = (x * gate if q.op == "hard_swish" else gate) / F(6) * (F(1) / q.output_scale)
    steps = np.rint(y + F(q.output_zero)) if zero_first else np.rint(y) + q.output_zero
    return np.clip(steps, q.low, q.low + 255).astype(int)


def multiplier(number):
    fraction, exponent = math.frexp(number)
    wide = int(math.floor(fraction * 2**31 + 0.5))
    if wide == 2**31:
        wide, exponent = wide // 2, exponent + 1
    return min((wide + 2**15) >> 16, 2**15 - 1), exponent


def tflite(q):
    """The fixed-point kernel, code by code."""
    saturate = lambda x: min(max(x, -(2**15)), 2**15 - 1)
    towards_zero = lambda x: int(math.copysign(abs(x) >> 15, x))
    high = lambda x, m: saturate(towards_zero(x * m + (2**14 if x * m >= 0 else 1 - 2**14)))
    shift = lambda x, by: int(math.copysign((abs(x) + (1 << by >> 1)) >> by, x))
    hires = q.input_scale * F(1 / 128)
    (om, oe), (rm, re) = multiplier(float(hires / q.output_scale)), multiplier(float(hires / F(3 / 32768)))
    results = []
    for code in q.codes():
        x = gate = (int(code) - q.input_zero) << 7
        if re > 0:
            gate = saturate(gate << (re - 1))
        gate = high(gate, rm)
        gate = saturate(gate << 1) if re > 0 else shift(gate, -re)
        product = saturate(towards_zero(((gate + 2**15) >> 1) * high(x, om)))
        results.append(q.clamp(shift(product, -oe)))
    return np.array(results)


FORMULAS = {
    "exact": exact,
    "tflite": tflite,
    "qnnpack": lambda q: in_floats(q, zero_first=True),
    "aten": lambda q: in_floats(q, zero_first=False),
}


# --- implementations ----------------------------------------------------------


class Hswish:
    """Our own, compiled ahead of time; vectors and a tail."""

    kinds = KINDS

    def __init__(self, semantics, target="host"):
        self.semantics, self.target = semantics, target
        self.ops = OPS[:1] if semantics == "tflite" else OPS
        self.name = f"hswish {semantics}" + (f", {target}" if target != "host" else "")

    def run(self, quantizations):
        from hswish import compile, load

        size = 256 + TAIL
        bits = lambda scale: f"0x{F(scale).view(np.uint32):08X}"
        body = [
            f"%y{i} = hswish.quantized_{q.op} %x from<{bits(q.input_scale)} : {q.input_zero}> "
            f"to<{bits(q.output_scale)} : {q.output_zero}> semantics<{self.semantics}>"
            f"{' unsigned' if q.kind == 'ui8' else ''} : tensor<{size}xi8>"
            for i, q in enumerate(quantizations)
        ]
        names = ", ".join(f"%y{i}" for i in range(len(body)))
        types = ", ".join([f"tensor<{size}xi8>"] * len(body))
        body = "\n".join(body)
        text = f"func.func @net(%x: tensor<{size}xi8>) -> ({types}) {{\n{body}\nreturn {names} : {types}\n}}\n"
        codes = np.resize(np.arange(256, dtype=np.uint8), size).view(np.int8)
        with tempfile.TemporaryDirectory(prefix="hswish-") as folder:
            path = pathlib.Path(folder, "net.mlir")
            path.write_text(text)
            results = load(compile(path, path.with_suffix(".so"), target=self.target))(codes)
        for q, y in zip(quantizations, results, strict=True):
            if not np.array_equal(y[256:], y[:TAIL]):
                raise RuntimeError(f"{self.name}: the tail differs from the body for {q}")
            yield y[:256].view(q.dtype)


class OnnxRuntime:
    """DequantizeLinear, the activation and QuantizeLinear, as the file has them."""

    semantics, ops, kinds = "exact", OPS, KINDS

    def __init__(self):
        import onnx
        import onnxruntime

        self.onnx, self.onnxruntime, self.name = onnx, onnxruntime, f"onnxruntime {onnxruntime.__version__}, QDQ"

    def run(self, quantizations):
        helper, numpy_helper = self.onnx.helper, self.onnx.numpy_helper
        options = self.onnxruntime.SessionOptions()
        options.graph_optimization_level = self.onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        for q in quantizations:
            weights = {"si": q.input_scale, "so": q.output_scale}
            weights |= {"zi": q.dtype(q.input_zero), "zo": q.dtype(q.output_zero)}
            attributes = {"alpha": 1 / 6, "beta": 0.5} if q.op == "hard_sigmoid" else {}
            node = "HardSigmoid" if q.op == "hard_sigmoid" else "HardSwish"
            nodes = [
                helper.make_node("DequantizeLinear", ["q", "si", "zi"], ["x"]),
                helper.make_node(node, ["x"], ["y"], **attributes),
                helper.make_node("QuantizeLinear", ["y", "so", "zo"], ["p"]),
            ]
            kind = self.onnx.TensorProto.UINT8 if q.kind == "ui8" else self.onnx.TensorProto.INT8
            ends = [helper.make_tensor_value_info(name, kind, [256]) for name in "qp"]
            constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()]
            graph = helper.make_graph(nodes, "codes", ends[:1], ends[1:], constants)
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
            session = self.onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            yield session.run(None, {"q": q.codes()})[0]


class LiteRT:
    """HARD_SWISH of LiteRT on codes: the interpreter's own kernel."""

    semantics, ops, kinds = "tflite", OPS[:1], KINDS

    def __init__(self):
        from ai_edge_litert import interpreter, schema_py_generated

        self.interpreter, self.schema, self.name = interpreter, schema_py_generated, "litert"

    def run(self, quantizations):
        from .implementations import hard_swish_tflite

        resolver = self.interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        for q in quantizations:
            it = self.interpreter.Interpreter(
                model_content=hard_swish_tflite(q), num_threads=1, experimental_op_resolver_type=resolver
            )
            it.allocate_tensors()
            it.set_tensor(it.get_input_details()[0]["index"], q.codes())
            it.invoke()
            yield it.get_tensor(it.get_output_details()[0]["index"])


AVAILABLE = {f"hswish {semantics}": (lambda s=semantics: Hswish(s)) for semantics in SEMANTICS}
for _level in ("x86-64-v2", "x86-64-v3", "x86-64-v4"):
    for _semantics in SEMANTICS:
        AVAILABLE[f"hswish {_semantics}, {_level}"] = lambda s=_semantics, t=_level: Hswish(s, t)
AVAILABLE |= {"onnxruntime": OnnxRuntime, "litert": LiteRT}
USUAL = [*(f"hswish {semantics}" for semantics in SEMANTICS), "onnxruntime", "litert"]


# --- the report ---------------------------------------------------------------


@dataclass
class Result:
    """What an implementation does with one op on one type."""

    implementation: str
    op: str
    kind: str
    scales: int
    codes: int
    max_steps: float
    worst: str
    share_not_nearest: float
    semantics: str
    share_not_formula: float
    promises: bool

    @property
    def keeps_promise(self):
        return not self.promises or self.share_not_formula == 0

    def as_dict(self):
        return asdict(self) | {"keeps_promise": self.keeps_promise}


def examine(implementation, op, kind, count=200):
    """The `Result` for one op on one type."""
    quantizations = sample(op, kind, implementation.semantics, count)
    formula, far, worst, not_nearest, not_formula = FORMULAS[implementation.semantics], 0, "", 0, 0
    for q, y in zip(quantizations, implementation.run(quantizations), strict=True):
        for code, real, got in zip(q.codes(), q.steps(), y.astype(int), strict=True):
            distance = abs(float(q.clamp(real) - got))
            if distance > far:
                far, worst = distance, f"code {code} from {q.input_scale:.6g} to {q.output_scale:.6g}"
            not_nearest += int(got != q.clamp(round(real)))
        not_formula += int(np.sum(y != formula(q)))
    total = 256 * count
    return Result(
        implementation.name,
        op,
        kind,
        count,
        total,
        far,
        worst,
        not_nearest / total,
        implementation.semantics,
        not_formula / total,
        isinstance(implementation, Hswish),
    )


COLUMNS = ["implementation", "codes", "op", "scales", "largest error", "not nearest", "formula", "unlike it"]


def row(result):
    share = lambda value: "0" if value == 0 else f"{100 * value:.2g} %"
    return [
        result.implementation,
        result.kind,
        result.op,
        str(result.scales),
        f"{result.max_steps:.3f}",
        share(result.share_not_nearest),
        result.semantics,
        share(result.share_not_formula),
    ] + ([] if result.keeps_promise else ["BREAKS ITS PROMISE"])
