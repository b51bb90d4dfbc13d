"""The spellings of h-swish and h-sigmoid found in ONNX files.

A spelling takes a graph under construction and the name of a tensor, adds its
nodes and returns the name of the result. The ids P1 to P24 are those of
docs/Numerics.md and of the raising tests.
"""

from collections.abc import Callable
from dataclasses import dataclass

SIXTH = 1.0 / 6.0


def _shifted_clip(g, x):
    return g.clip(g.node("Add", [x, g.constant(3.0)]), 0.0, 6.0)


def _relu_min(g, x):
    shifted = g.node("Relu", [g.node("Add", [x, g.constant(3.0)])])
    return g.node("Min", [shifted, g.constant(6.0)])


def _max_min(g, x):
    shifted = g.node("Max", [g.node("Add", [x, g.constant(3.0)]), g.constant(0.0)])
    return g.node("Min", [shifted, g.constant(6.0)])


def _min_max(g, x):
    shifted = g.node("Min", [g.node("Add", [x, g.constant(3.0)]), g.constant(6.0)])
    return g.node("Max", [shifted, g.constant(0.0)])


def _subtracted_clip(g, x):
    return g.clip(g.node("Sub", [x, g.constant(-3.0)]), 0.0, 6.0)


def _identity_clip(g, x):
    shifted = g.node("Identity", [g.node("Add", [g.constant(3.0), x])])
    return g.node("Identity", [g.clip(shifted, 0.0, 6.0)])


def _div6(g, x):
    return g.node("Div", [x, g.constant(6.0)])


def _times_sixth(g, x):
    return g.node("Mul", [x, g.constant(SIXTH)])


def _gate_first(relu6, scale):
    """x * scale(relu6(x + 3))"""

    def gate(g, x):
        return scale(g, relu6(g, x))

    return (lambda g, x: g.node("Mul", [x, gate(g, x)])), gate


def _product_first(relu6, scale):
    """scale(x * relu6(x + 3)); the gate alone has no product to put first"""

    def swish(g, x):
        return scale(g, g.node("Mul", [x, relu6(g, x)]))

    return swish, (lambda g, x: scale(g, relu6(g, x)))


def _hard_sigmoid_op(g, x):
    return g.node("HardSigmoid", [x], alpha=SIXTH, beta=0.5)


def _scaled_half(g, x):
    return g.node("Add", [_times_sixth(g, x), g.constant(0.5)])


def _scaled_max_min(g, x):
    low = g.node("Min", [_scaled_half(g, x), g.constant(1.0)])
    return g.node("Max", [low, g.constant(0.0)])


def _scaled_clip(g, x):
    return g.clip(_scaled_half(g, x), 0.0, 1.0)


def _divided_clip(g, x):
    return g.clip(_div6(g, g.node("Add", [x, g.constant(3.0)])), 0.0, 1.0)


def _times(gate):
    return (lambda g, x: g.node("Mul", [x, gate(g, x)])), gate


def _scaled_input_first(g, x):
    gate = g.clip(g.node("Add", [g.constant(3.0), x]), 0.0, 6.0)
    return g.node("Mul", [g.node("Mul", [g.constant(SIXTH), x]), gate])


def _relu_n1_to_1(g, x):
    half = g.node("Mul", [x, g.constant(0.5)])
    inner = g.clip(g.node("Div", [x, g.constant(3.0)]), -1.0, 1.0)
    return g.node("Add", [g.node("Mul", [half, inner]), half])


def _select(g, x):
    shifted = g.node("Add", [x, g.constant(3.0)])
    middle = _div6(g, g.node("Mul", [x, shifted]))
    above = g.node("GreaterOrEqual", [x, g.constant(3.0)])
    below = g.node("LessOrEqual", [x, g.constant(-3.0)])
    upper = g.node("Where", [above, x, middle])
    return g.node("Where", [below, g.constant(0.0), upper])


def _function(g, x):
    return g.call("HardSwishComposite", _gate_first(_shifted_clip, _div6)[0], x)


def _unscaled(g, x):
    # The factor 1/6 is left to the next linear op: Graph keeps it pending.
    return g.node("Mul", [x, _shifted_clip(g, x)])


@dataclass(frozen=True)
class Spelling:
    """One way to write h-swish, and the h-sigmoid that comes with it."""

    form: str
    hard_swish: Callable
    hard_sigmoid: Callable
    min_opset: int = 7
    pending_scale: float = 1.0


def _spelling(form, pair, **more):
    return Spelling(form, *pair, **more)


_DIVIDED_GATE = _gate_first(_shifted_clip, _div6)[1]

SPELLINGS = {
    "op": Spelling("P1", lambda g, x: g.node("HardSwish", [x]), _hard_sigmoid_op, min_opset=14),
    "hard_sigmoid_mul": _spelling("P2", _times(_hard_sigmoid_op)),
    "add_clip_div_mul": _spelling("P3", _gate_first(_shifted_clip, _div6)),
    "add_clip_mul_div": _spelling("P4", _product_first(_shifted_clip, _div6)),
    "add_clip_mul_scale": _spelling("P5", _product_first(_shifted_clip, _times_sixth)),
    "add_clip_scale_mul": _spelling("P6", _gate_first(_shifted_clip, _times_sixth)),
    "scale_mul_add_clip": Spelling("P7", _scaled_input_first, _gate_first(_shifted_clip, _times_sixth)[1]),
    "relu_min_div_mul": _spelling("P8", _gate_first(_relu_min, _div6), min_opset=8),
    "relu_min_mul_div": _spelling("P8", _product_first(_relu_min, _div6), min_opset=8),
    "relu_min_scale_mul": _spelling("P8", _gate_first(_relu_min, _times_sixth), min_opset=8),
    "relu_min_mul_scale": _spelling("P8", _product_first(_relu_min, _times_sixth), min_opset=8),
    "max_min_div_mul": _spelling("P9", _gate_first(_max_min, _div6), min_opset=8),
    "min_max_div_mul": _spelling("P10", _gate_first(_min_max, _div6), min_opset=8),
    "scale_add_min_max_mul": _spelling("P11", _times(_scaled_max_min), min_opset=8),
    "scale_add_clip_mul": _spelling("P12", _times(_scaled_clip)),
    "add_div_clip_mul": _spelling("P13", _times(_divided_clip)),
    "relu_n1_to_1": Spelling("P17", _relu_n1_to_1, _DIVIDED_GATE),
    "select": Spelling("P18", _select, _DIVIDED_GATE, min_opset=12),
    "unscaled": Spelling("P20", _unscaled, _DIVIDED_GATE, pending_scale=SIXTH),
    "sub_clip_div_mul": _spelling("P3", _gate_first(_subtracted_clip, _div6)),
    "identity": _spelling("P23", _product_first(_identity_clip, _div6)),
    "function": Spelling("P24", _function, _DIVIDED_GATE, min_opset=13),
}


def find_spelling(name):
    """The spelling called `name`, or the first one with that form id ("P4")."""
    if name in SPELLINGS:
        return SPELLINGS[name]
    for spelling in SPELLINGS.values():
        if spelling.form == name:
            return spelling
    raise ValueError(f"unknown spelling {name!r}: one of {', '.join(SPELLINGS)}, or P1 to P24")
