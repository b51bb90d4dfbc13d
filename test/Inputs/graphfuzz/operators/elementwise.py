"""Operators on elements, and reductions."""

import numpy as np
from onnx import TensorProto as T

from .table import FLOATS, INTEGERS, SIGNED, UNSIGNED, row

UNARY = (
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "Log",
    "Reciprocal", "Sigmoid", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
)  # fmt: skip
SINCE = {"Acosh": 9, "Asinh": 9, "Atanh": 9, "Cosh": 9, "Erf": 9, "Sinh": 9}


def unary(op, since):
    @row(op, since=since, weight=0.5)
    def draw(d, op):
        d.emit(op, [d.value(FLOATS)])


for name in UNARY:
    unary(name, SINCE.get(name, 7))


@row("HardSwish", since=14, weight=4)
@row("Mish", since=18)
@row("Round", since=11)
def unary_of_floats(d, op):
    d.emit(op, [d.value(FLOATS)])


@row("Relu", weight=3)
def relu(d, op):
    d.emit(op, [d.value(FLOATS + (SIGNED if d.opset >= 14 else ()))])


@row("Abs", "Neg", "Sign")
def signs(d, op):
    if op == "Sign" and d.opset < 9:
        return
    d.emit(op, [d.value(FLOATS + (SIGNED if op == "Neg" else INTEGERS))])


@row("Celu", since=12)
@row("Elu", "LeakyRelu", "ThresholdedRelu")
def with_alpha(d, op):
    if op == "ThresholdedRelu" and d.opset < 10:
        return
    d.emit(op, [d.value(FLOATS if op != "Celu" else (T.FLOAT,))], alpha=d.number(0.1, 2))


@row("HardSigmoid", weight=3)
def hard_sigmoid(d, op):
    d.emit(op, [d.value(FLOATS)], **d.maybe(alpha=d.rng.choice([1 / 6, 0.2, d.number(0.1, 1)]), beta=0.5))


@row("Selu")
def selu(d, op):
    d.emit(op, [d.value(FLOATS)], **d.maybe(alpha=d.number(0.5, 2), gamma=d.number(0.5, 2)))


@row("Shrink", since=9)
def shrink(d, op):
    d.emit(op, [d.value(FLOATS)], bias=d.number(0, 1), lambd=d.number(0, 2))


@row("Gelu", since=20)
def gelu(d, op):
    d.emit(op, [d.value(FLOATS)], **d.maybe(approximate="tanh"))


@row("PRelu")
def prelu(d, op):
    x = d.value(FLOATS)
    # Broadcast to x, never the other way round.
    d.emit(op, [x, d.constant(d.array(d.thin(x.shape), x.kind), x.kind)])


@row("Clip", weight=3)
def clip(d, op):
    low, high = sorted((d.number(-4, 4), d.number(-4, 8)))
    if d.opset < 11:
        return d.emit(op, [d.value(FLOATS)], **d.maybe(min=low, max=high))
    x = d.value(FLOATS + (INTEGERS if d.opset >= 12 else ()))
    low, high = (np.array(v if x.kind in FLOATS else abs(int(v))) for v in (low, high))
    bounds = [d.constant(v, x.kind) if d.chance(0.8) else None for v in (low, high)]
    return d.emit(op, [x, *bounds])


@row("Add", "Sub", "Mul", "Div", weight=3)
def arithmetic(d, op):
    x = d.value(FLOATS + (INTEGERS if d.chance(0.5) or d.opset >= 14 else (T.INT32, T.INT64)))
    if d.opset < 14 and x.kind not in (*FLOATS, T.INT32, T.INT64):
        return
    y = d.partner(x) if op != "Div" else d.divisor(x)
    d.emit(op, d.shuffled(x, y) if op != "Div" else [x, y])


@row("Mod", since=10)
def mod(d, op):
    x = d.value(FLOATS + INTEGERS)
    d.emit(op, [x, d.divisor(x)], fmod=1 if x.kind in FLOATS or d.chance(0.5) else 0)


@row("Pow")
def power(d, op):
    x = d.value(FLOATS)
    exponents = [0, 1, 2, 3, 0.5, -1, -2]
    d.emit(op, [x, d.constant(np.array(d.pick(exponents)), x.kind)])


@row("Max", "Min", "Sum", "Mean")
def several(d, op):
    integers = INTEGERS if op in ("Max", "Min") and d.opset >= 12 else ()
    x = d.value(FLOATS + integers)
    d.emit(op, [x, *(d.partner(x) for _ in range(d.rng.integers(0, 3)))])


@row("Equal", "Greater", "Less")
def compare(d, op):
    if d.opset < 9:
        return
    x = d.value(FLOATS + INTEGERS + ((T.BOOL,) if op == "Equal" else ()))
    d.emit(op, d.shuffled(x, d.partner(x)), kind=T.BOOL)


@row("GreaterOrEqual", "LessOrEqual", since=12)
def compare_too(d, op):
    x = d.value(FLOATS + INTEGERS)
    d.emit(op, d.shuffled(x, d.partner(x)), kind=T.BOOL)


@row("And", "Or", "Xor")
def logic(d, op):
    x = d.value((T.BOOL,))
    d.emit(op, [x, d.partner(x)])


@row("Not")
def negation(d, op):
    d.emit(op, [d.value((T.BOOL,))])


@row("IsNaN", since=9)
@row("IsInf", since=10)
def classes(d, op):
    d.emit(op, [d.value((T.FLOAT,))], kind=T.BOOL)


@row("Where", since=9, weight=2)
def where(d, op):
    x = d.value(FLOATS + INTEGERS + (T.BOOL,))
    condition = d.constant_or_input(d.array(d.thin(x.shape), T.BOOL), T.BOOL)
    d.emit(op, [condition, *d.shuffled(x, d.partner(x))], kind=x.kind)


@row("Cast", since=9, weight=3)
def cast(d, op):
    x = d.value(FLOATS + INTEGERS + (T.BOOL,))
    to = d.pick(FLOATS + INTEGERS + (T.BOOL,))
    if to in INTEGERS and x.kind in FLOATS:
        # Beyond the range of the type nothing is defined.
        low = 0 if to in UNSIGNED else -100
        if x.array.size and not (np.nanmin(x.array) > low - 1 and np.nanmax(x.array) < 120):
            x = d.emit("Clip", [x, *(d.constant(np.array(v), x.kind) for v in (low, 100))]) if d.opset >= 11 else None
        if x is None or np.isnan(x.array).any():
            return
    if T.BFLOAT16 in (to, x.kind) and d.opset < 13:
        return
    d.emit(op, [x], kind=to, to=int(to))


@row("Identity")
def identity(d, op):
    d.emit(op, [d.value(FLOATS + INTEGERS + (T.BOOL,))])


REDUCTIONS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")


@row(*(f"Reduce{kind}" for kind in REDUCTIONS), weight=0.5)
def reduce(d, op):
    integers = INTEGERS if op in ("ReduceMax", "ReduceMin", "ReduceSum", "ReduceProd") else ()
    x = d.value(FLOATS + integers, rank=(1, 5))
    axes = d.axes(x)
    keep = d.maybe(keepdims=int(d.chance(0.5)))
    if d.opset < (13 if op == "ReduceSum" else 18):
        return d.emit(op, [x], **keep, **({"axes": axes} if axes else {}))
    inputs = [x, d.integers(axes)] if axes else [x]
    return d.emit(op, inputs, **keep)


@row("ArgMax", "ArgMin")
def arg(d, op):
    x = d.value((T.FLOAT,), rank=(1, 4))
    last = d.maybe(select_last_index=1) if d.opset >= 12 else {}
    d.emit(op, [x], kind=T.INT64, axis=d.axis(x), keepdims=int(d.chance(0.5)), **last)


@row("Softmax", "LogSoftmax", since=13, weight=2)
def softmax(d, op):
    x = d.value(FLOATS, rank=(1, 4))
    d.emit(op, [x], axis=d.axis(x))


@row("LayerNormalization", since=17)
def layer_norm(d, op):
    x = d.value((T.FLOAT,), rank=(1, 4))
    axis = d.axis(x)
    shape = x.shape[axis:]
    inputs = [x, d.constant(d.array(shape, x.kind), x.kind)]
    if d.chance(0.5):
        inputs.append(d.constant(d.array(shape, x.kind), x.kind))
    d.emit(op, inputs, axis=axis, epsilon=d.number(1e-5, 1e-1))
