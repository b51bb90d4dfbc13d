"""What a graph gives, and how far from that a right answer may be.

The reference evaluator of ONNX computes node by node, floats in float64. A bound
for each element of an output comes from further runs in which every result is
moved, at random, by the largest error that its operator may make: so an error's
way through the graph, cancellation and the jumps of rounding are all in it.
"""

from dataclasses import dataclass, field

import ml_dtypes
import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from .corrections import CORRECTIONS, aligns_corners, fit_scales, get_padding, pad_explicitly

EPS = 2.0**-24  # of f32: half a unit of 1
RUNS = 12
# What one rounding of a half may change.
HALVES = {TensorProto.FLOAT16: 2.0**-11, TensorProto.BFLOAT16: 2.0**-8}
LARGEST = 1e30  # beyond, f32 overflows where float64 does not

# Sums of products: the error is a part of the sum of magnitudes.
LINEAR = {
    "Add",
    "AveragePool",
    "Conv",
    "ConvTranspose",
    "Gemm",
    "GlobalAveragePool",
    "MatMul",
    "Mean",
    "ReduceL1",
    "ReduceMean",
    "ReduceSum",
    "ReduceSumSquare",
    "Resize",
    "Sub",
    "Sum",
    "Upsample",
}
# Their formulas subtract from numbers of the size of 1 or of the operand.
CANCELLING = {
    "Acos", "Acosh", "Asinh", "Atanh", "Celu", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Log", "LogSoftmax",
    "Mish", "Pow", "ReduceLogSum", "ReduceLogSumExp", "Selu", "Shrink", "Softplus", "Sin", "Cos", "Tan",
}  # fmt: skip
# They move elements and make no error of their own.
EXACT = {
    "Abs", "And", "ArgMax", "ArgMin", "Ceil", "Clip", "Concat", "Constant", "ConstantOfShape", "DepthToSpace",
    "Dropout", "Equal", "Expand", "Flatten", "Floor", "Gather", "GlobalMaxPool", "Greater", "GreaterOrEqual",
    "Identity", "IsInf", "IsNaN", "Less", "LessOrEqual", "Max", "MaxPool", "Min", "Neg", "Not", "Or", "Pad",
    "QuantizeLinear", "Range", "ReduceMax", "ReduceMin", "Relu", "Reshape", "Round", "Shape", "Sign", "Size",
    "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze", "Where", "Xor",
}  # fmt: skip


class Unjudged(Exception):
    """A graph that cannot be judged: overflow, or an operator that the evaluator has not."""


def is_float(array):
    return array.dtype.kind == "f" or array.dtype == ml_dtypes.bfloat16


def widen(array):
    return array.astype(np.float64) if is_float(array) else array


@dataclass
class Step:
    """A node and what evaluates it, floats in float64."""

    node: object
    evaluate: object
    halves: float = 0  # what its result is rounded to, if to a half


@dataclass
class Answer:
    """Of one value: what it is and how far from it is right. Where `open`, anything is."""

    value: np.ndarray
    bound: np.ndarray = field(default=None)
    open: np.ndarray = field(default=None)


def make_evaluator(node, opsets):
    """Evaluates one node on float64."""
    if node.op_type in ("AveragePool", "Conv", "MaxPool") and get_padding(node).startswith(b"SAME"):
        return lambda values: make_evaluator(pad_explicitly(node, values), opsets)(values)
    if correct := CORRECTIONS.get(node.op_type):
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        return lambda values: [correct(*(values[n] for n in node.input), **attributes)]
    info = helper.make_tensor_value_info
    copy = type(node)()
    copy.CopyFrom(node)
    if node.op_type == "Cast":  # floats stay wide
        for attribute in copy.attribute:
            if attribute.name == "to" and attribute.i in (TensorProto.FLOAT, *HALVES):
                attribute.i = TensorProto.DOUBLE
    for attribute in copy.attribute:  # constants of ConstantOfShape and Constant
        if attribute.HasField("t") and attribute.t.data_type in (TensorProto.FLOAT, *HALVES):
            attribute.t.CopyFrom(numpy_helper.from_array(widen(numpy_helper.to_array(attribute.t))))
    names = [n for n in node.input if n]
    graph = helper.make_graph(
        [copy],
        "g",
        [info(n, TensorProto.UNDEFINED, None) for n in dict.fromkeys(names)],
        [info(n, TensorProto.UNDEFINED, None) for n in node.output if n],
    )
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    evaluator = ReferenceEvaluator(model)
    if aligns_corners(node):
        x, _, scales = node.input
        return lambda values: evaluator.run(None, {x: values[x], scales: fit_scales(values[x].shape, values[scales])})
    return lambda values: evaluator.run(None, {n: values[n] for n in names})


def get_terms(node, inputs, outputs):
    """How many numbers a sum of this node has at most."""
    largest_in = max((a.size for a in inputs), default=1)
    if node.op_type in ("Add", "Sub", "Resize", "Upsample"):
        return 8
    if node.op_type in ("Sum", "Mean"):
        return len(inputs) + 2
    if node.op_type in ("MatMul", "Gemm"):
        return max(inputs[0].shape[-2:], default=1) + 2
    if node.op_type == "Conv":
        return inputs[1][0].size + 2
    if node.op_type == "ConvTranspose":
        return inputs[1].size // max(1, inputs[1].shape[1]) + 2
    return largest_in // max(1, min(o.size for o in outputs) or 1) + 2


def strip_negatives(node, inputs):
    """The magnitudes of the operands that the sum is of."""
    count = {"Resize": 1, "Upsample": 1, "ReduceSum": 1, "ReduceMean": 1, "ReduceL1": 1, "ReduceSumSquare": 1}
    return [np.abs(a) if is_float(a) and i < count.get(node.op_type, 99) else a for i, a in enumerate(inputs)]


def get_normalisation_error(node, values):
    """Of (x - mean) / deviation * scale + bias: the difference cancels."""
    x, scale, *bias = (values[n] for n in node.input)
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    first = 2 if node.op_type == "InstanceNormalization" else attributes.get("axis", -1) % x.ndim
    axes = tuple(range(first, x.ndim))
    if node.op_type == "InstanceNormalization":
        scale, *bias = (p.reshape(-1, *[1] * (x.ndim - 2)) for p in (scale, *bias))
    with np.errstate(all="ignore"):
        root = np.sqrt(x.var(axis=axes, keepdims=True) + attributes.get("epsilon", 1e-5))
        largest = np.abs(x).max(axis=axes, keepdims=True)
        terms = np.prod([x.shape[a] for a in axes]) + 16
        return terms * EPS * (largest / root * np.abs(scale) + np.abs(sum(bias)))


def find_undefined(node, inputs):
    """What the standard does not define, or nothing."""
    x = inputs[0] if inputs else np.zeros(0)
    # The evaluator's pools take NaN for padding.
    of_numbers = ("ArgMax", "ArgMin", "AveragePool", "MaxPool", "QuantizeLinear")
    if node.op_type in of_numbers and x.dtype.kind == "f" and np.isnan(x).any():
        return "of NaN"
    # The evaluator multiplies with the zeros between the weights.
    if node.op_type == "Conv" and not np.isfinite(x).all() and any(a.name == "dilations" for a in node.attribute):
        return "of NaN or infinity between weights"
    if node.op_type in ("Div", "Mod") and inputs[1].dtype.kind in "iu" and not inputs[1].all():
        return "by zero"
    if node.op_type == "Cast" and x.dtype.kind == "f":
        to = next(a.i for a in node.attribute if a.name == "to")
        dtype = helper.tensor_dtype_to_np_dtype(to)
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            if not ((x > float(info.min) - 1) & (x < float(info.max) + 1)).all():
                return "out of range"
    return None


class Oracle:
    """Of a model and its inputs."""

    def __init__(self, model, inputs):
        self.model = model
        opsets = list(model.opset_import)
        self.initial = {t.name: widen(numpy_helper.to_array(t)) for t in model.graph.initializer}
        self.initial.update({name: widen(np.asarray(a)) for name, a in inputs.items()})
        self.steps = [Step(node, make_evaluator(node, opsets), self.get_rounding(node)) for node in model.graph.node]
        # Inputs in halves are what they are; floats are, too, but what is made of
        # constants may be rounded once more.
        self.draw_signs(0)

    @staticmethod
    def get_rounding(node):
        to = next((a.i for a in node.attribute if a.name == "to"), None) if node.op_type == "Cast" else None
        return HALVES.get(to, 0)

    def draw_signs(self, run):
        """Runs come in pairs, the second of which moves everything the other way, as what
        jumps may jump on one side only."""
        self.rng, self.direction = np.random.default_rng([99, run // 2]), 1 - 2 * (run % 2)

    def get_signs(self, shape):
        """Not all of one size: two errors of one size that oppose each other are none."""
        return self.direction * self.rng.choice([-1.0, 1.0], shape) * self.rng.uniform(0.5, 1, shape)

    def run(self, moved=False):
        """All values by name; each a little moved if `moved`."""
        values = dict(self.initial)
        for step in self.steps:
            operands = values
            if moved and step.node.op_type == "QuantizeLinear":  # its quotient is rounded first
                x = step.node.input[0]
                operands = {**values, x: values[x] * (1 + 4 * EPS * self.get_signs(values[x].shape))}
            results = self.compute(step, operands)
            for name, result in zip(step.node.output, results):
                if not name:
                    continue
                result = np.asarray(result)
                finite = result[np.isfinite(result)] if result.dtype.kind == "f" else result
                if result.dtype.kind == "f" and finite.size and np.abs(finite).max() > LARGEST:
                    raise Unjudged(f"{step.node.op_type} overflows")
                if moved and result.dtype.kind == "f":
                    result = self.move(step, values, result)
                values[name] = result
        return values

    def compute(self, step, values):
        if reason := find_undefined(step.node, [values[n] for n in step.node.input if n]):
            raise Unjudged(f"{step.node.op_type} {reason}")
        try:
            with np.errstate(all="ignore"):
                results = step.evaluate(values)
        except Exception as error:  # the evaluator has no type for its own failures
            raise Unjudged(f"{step.node.op_type}: {error}") from None
        if step.halves:
            kind = np.float16 if step.halves == HALVES[TensorProto.FLOAT16] else ml_dtypes.bfloat16
            results = [r.astype(np.float32).astype(kind).astype(np.float64) for r in results]
        # Some operators of the evaluator come back with f32.
        return [widen(np.asarray(r)) for r in results]

    def move(self, step, values, result):
        """Adds the error that the node may make."""
        node = step.node
        if node.op_type in EXACT:
            return result
        error = 8 * EPS * np.abs(result) + 2.0**-149
        if node.op_type in CANCELLING:
            x = np.abs(values[node.input[0]])
            error = error + 8 * EPS * (1 + (x if x.shape == result.shape else np.abs(result)))
        if node.op_type == "BatchNormalization":
            x, scale, bias, mean, variance = (values[n] for n in node.input)
            magnitudes = dict(zip(node.input, (np.abs(x), np.abs(scale), np.abs(bias), -np.abs(mean), variance)))
            error = error + 8 * EPS * np.abs(self.compute(step, magnitudes)[0])
        if node.op_type in ("InstanceNormalization", "LayerNormalization"):
            error = error + get_normalisation_error(node, values)
        if node.op_type == "Softmax":  # an exponential of a rounded difference
            x = values[node.input[0]]
            error = error + 4 * EPS * (np.nanmax(x, initial=0) - np.nanmin(x, initial=0)) * np.abs(result)
        if node.op_type == "LRN":  # a power of a sum
            error = error + 64 * EPS * np.abs(result)
        if node.op_type in LINEAR:
            inputs = [values[n] for n in node.input if n]
            magnitudes = dict(zip([n for n in node.input if n], strip_negatives(node, inputs)))
            sums = np.abs(np.asarray(self.compute(step, magnitudes)[0]))
            error = error + (get_terms(node, inputs, [result]) + 8) * EPS * sums
        signs = self.get_signs(result.shape)
        with np.errstate(all="ignore"):
            error = error + 2 * step.halves * np.abs(result)
            return np.where(np.isfinite(result), result + signs * error, result)

    def answer(self, names):
        """Answers for the outputs `names`."""
        plain = self.run()
        answers = {n: Answer(plain[n], np.zeros(plain[n].shape), np.zeros(plain[n].shape, bool)) for n in names}
        for run in range(RUNS):
            self.draw_signs(run)
            moved = self.run(moved=True)
            for name, a in answers.items():
                with np.errstate(all="ignore"):
                    change = np.abs(moved[name].astype(np.float64) - a.value.astype(np.float64))
                same = (moved[name] == a.value) | ((a.value != a.value) & (moved[name] != moved[name]))
                a.open |= ~np.isfinite(change) & ~same
                a.bound = np.maximum(a.bound, np.where(same | a.open, 0, change))
        for a in answers.values():
            a.bound *= 4
            if a.value.dtype.kind != "f":  # an integer that an error reaches may be another one
                a.open |= a.bound > 0
        return answers


def judge(answer, got):
    """What is wrong with `got`, or nothing."""
    value = answer.value
    if got.shape != value.shape:
        return f"shape {got.shape}, not {value.shape}"
    if got.dtype.kind != value.dtype.kind and not is_float(got):
        return f"type {got.dtype}, not {value.dtype}"
    wide = got.astype(np.float64)
    limit = answer.bound
    if is_float(got):
        step = {2: 2.0**-10 if got.dtype == np.float16 else 2.0**-7}.get(got.dtype.itemsize, 2.0**-22)
        least = 2.0**-24 if got.dtype == np.float16 else 2.0**-126
        with np.errstate(all="ignore"):
            limit = limit + step * np.abs(value) + least
    with np.errstate(all="ignore"):
        value = value if is_float(value) else value.astype(np.float64) if is_float(got) else value
        exact = (got == value) | ((wide != wide) & (value != value))
        error = np.abs(wide - value.astype(np.float64))
        largest = 65504 if got.dtype == np.float16 else 3e38
        overflows = np.isinf(wide) & (np.abs(value.astype(np.float64)) + limit >= largest)
    wrong = ~(exact | answer.open | overflows | (is_float(got) & (error <= limit)))
    if not wrong.any():
        return None
    index = np.unravel_index(np.argmax(np.where(wrong, np.nan_to_num(error, nan=1e300, posinf=1e300), -1)), wrong.shape)
    index = tuple(int(i) for i in index)
    return (
        f"{int(wrong.sum())} of {wrong.size} elements differ; {list(index)} is {got[index]}, "
        f"not {answer.value[index]} (bound {np.broadcast_to(limit, wrong.shape)[index]:.1e})"
    )
