"""Every spelling of h-swish, h-sigmoid and ReLU6, as functions of a builder."""

from dataclasses import dataclass
from typing import Callable

from .numbers import FLT_MAX, SIXTH

# What raising must find in a function.
SWISH, GATE, RELU6 = "hard_swish", "hard_sigmoid", "relu6"


@dataclass(frozen=True)
class Form:
    """`accuracy` is the mode with the bits of the spelling in f32 and f64."""

    body: Callable
    found: str
    accuracy: str | None = None
    # All constants are the same in every float type, so f16 and bf16 computed in
    # f32 and rounded once have those bits, too.
    is_exact: bool = False

    # The same in TOSA, where a division is a product with the reciprocal.
    by_reciprocal: str | None = None

    def get_accuracy(self, kind, level=None):
        if level == "tosa" and self.accuracy != "onnx":
            return self.by_reciprocal
        return self.accuracy if kind in ("f32", "f64") or self.is_exact else None


def torch(body, found=SWISH):
    return Form(body, found, "torch", is_exact=True)


def relu_min(b, x):
    return b.min(b.max(b.shifted(x), 0.0), 6.0)


def min_max(b, x):
    return b.max(b.min(b.shifted(x), 6.0), 0.0)


def limits(b, x):
    low = b.clip(b.shifted(x), 0.0, FLT_MAX)
    return b.div(b.mul(x, b.clip(low, -FLT_MAX, 6.0)), 6.0)


def relu_n1_to_1(b, x):
    half = b.mul(0.5, x)
    return b.add(b.mul(half, b.clip(b.div(x, 3.0), -1.0, 1.0)), half)


def branches(b, x):
    quadratic = b.div(b.mul(x, b.shifted(x)), 6.0)
    inner = b.select(b.compare("oge", x, 3.0), x, quadratic)
    return b.select(b.compare("ole", x, -3.0), 0.0, inner)


def folded_constants(b, x):
    gate = b.clip(b.add(x, b.add(1.0, 2.0)), 0.0, 6.0)
    return b.mul(b.mul(x, gate), b.div(1.0, 6.0))


FORMS = {
    "P1": Form(lambda b, x: b.ours("hard_swish", x, "onnx"), SWISH, "onnx", is_exact=True),
    "P2": Form(
        lambda b, x: b.mul(x, b.ours("hard_sigmoid", x, "onnx")), SWISH, "onnx", is_exact=True
    ),
    "P3": Form(lambda b, x: b.mul(x, b.div(b.relu6(x), 6.0)), SWISH),
    "P4": torch(lambda b, x: b.div(b.mul(x, b.relu6(x)), 6.0)),
    "P4relu6": torch(lambda b, x: b.div(b.mul(x, b.ours("relu6", b.shifted(x))), 6.0)),
    "P5": Form(lambda b, x: b.mul(b.mul(x, b.relu6(x)), SIXTH), SWISH),
    "P6": Form(lambda b, x: b.mul(x, b.mul(b.relu6(x), SIXTH)), SWISH),
    "P7": Form(lambda b, x: b.mul(b.mul(SIXTH, x), b.relu6(x)), SWISH),
    "P8div": Form(lambda b, x: b.mul(x, b.div(relu_min(b, x), 6.0)), SWISH),
    "P8mul": Form(lambda b, x: b.mul(x, b.mul(relu_min(b, x), SIXTH)), SWISH),
    "P8x": Form(lambda b, x: b.mul(relu_min(b, x), b.div(x, 6.0)), SWISH),
    "P8last": Form(lambda b, x: b.mul(b.mul(x, relu_min(b, x)), SIXTH), SWISH),
    "P9": torch(lambda b, x: b.div(b.mul(x, relu_min(b, x)), 6.0)),
    "P10": torch(lambda b, x: b.div(b.mul(x, min_max(b, x)), 6.0)),
    "P11": Form(lambda b, x: b.mul(x, b.max(b.min(b.line(x), 1.0), 0.0)), SWISH, "onnx"),
    "P12": Form(lambda b, x: b.mul(x, b.clip(b.line(x), 0.0, 1.0)), SWISH, "onnx"),
    "P12div": Form(
        lambda b, x: b.mul(x, b.clip(b.add(b.div(x, 6.0), 0.5), 0.0, 1.0)),
        SWISH,
        by_reciprocal="onnx",
    ),
    "P13": Form(lambda b, x: b.mul(x, b.clip(b.div(b.shifted(x), 6.0), 0.0, 1.0)), SWISH),
    "P14": torch(limits),
    "P17": Form(relu_n1_to_1, SWISH),
    "P18": Form(branches, SWISH),
    "P20": Form(lambda b, x: b.mul(x, b.relu6(x)), SWISH),
    "foldable": Form(folded_constants, SWISH),
    "gate2": Form(
        lambda b, x: b.ours("hard_sigmoid", x, "onnx"), GATE, "onnx", is_exact=True
    ),
    "gate3": torch(lambda b, x: b.div(b.relu6(x), 6.0), GATE),
    "gate6": Form(lambda b, x: b.mul(b.relu6(x), SIXTH), GATE),
    "gate9": Form(lambda b, x: b.mul(relu_min(b, x), SIXTH), GATE),
    "gate11": Form(lambda b, x: b.max(b.min(b.line(x), 1.0), 0.0), GATE, "onnx"),
    "gate12": Form(lambda b, x: b.clip(b.line(x), 0.0, 1.0), GATE, "onnx"),
    "gate13": Form(lambda b, x: b.clip(b.div(b.shifted(x), 6.0), 0.0, 1.0), GATE),
    "relu6": Form(lambda b, x: b.clip(x, 0.0, 6.0), RELU6),
}

# The orders that default has, whose accuracy is not printed; those in TOSA.
DEFAULT = ("P6", "P8mul", "gate6", "gate9")
DEFAULT_BY_RECIPROCAL = (*DEFAULT, "P3", "P8div", "gate3")

# y times the gate of x: the gate is raised, the product is not.
GATED = {
    "gated3": lambda b, x: b.mul("%y", b.div(b.relu6(x), 6.0)),
    "gated12": lambda b, x: b.mul("%y", b.clip(b.line(x), 0.0, 1.0)),
}
