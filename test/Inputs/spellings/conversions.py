"""Layouts and quantisation between the links."""

import itertools

from .case import Case
from .crossings import make_builder
from .forms import SWISH

T, S = "tensor<2x8x4x4xf32>", "tensor<2x4x4x8xf32>"


def transpose(b, v, source, target, perms):
    if b.level == "tosa":
        perms = f"array<i32: {', '.join(map(str, perms))}>"
        return b.new(f"tosa.transpose {v} {{perms = {perms}}} : ({source}) -> {target}")
    e = b.new(f"tensor.empty() : {target}")
    return b.new(
        f"linalg.transpose ins({v} : {source}) outs({e} : {target}) permutation = {list(perms)}"
    )


def nhwc(b, v):
    return transpose(b, v, T, S, (0, 2, 3, 1))


def nchw(b, v):
    return transpose(b, v, S, T, (0, 3, 1, 2))


class Inside:
    """A builder of the same function for the other layout."""

    def __init__(self, outside):
        self.outside = outside

    def __enter__(self):
        inside = make_builder(self.outside.level, shape="2x4x4x8")
        inside.lines, inside.count = self.outside.lines, self.outside.count
        self.inside = inside
        return inside

    def __exit__(self, *_):
        self.outside.count = self.inside.count


def transposed_gate(b, x):
    t = nhwc(b, b.shifted(x))
    with Inside(b) as i:
        v = i.clip(t, 0.0, 6.0)
    return b.div(b.mul(x, nchw(b, v)), 6.0)


def transposed_twice(b, x):
    """x and x + 3 through a transpose of their own."""
    t, u = nhwc(b, b.shifted(x)), nhwc(b, x)
    with Inside(b) as i:
        v = i.div(i.mul(u, i.clip(t, 0.0, 6.0)), 6.0)
    return nchw(b, v)


def wrong_layout(b, x):
    """Another order of the same shape."""
    t = transpose(b, b.relu6(x), T, T, (0, 1, 3, 2))
    return b.div(b.mul(x, t), 6.0)


def reshaped(b, x):
    flat = "tensor<2x8x16xf32>"
    c = b.new(f"tensor.collapse_shape {b.relu6(x)} [[0], [1], [2, 3]] : {T} into {flat}")
    e = b.new(
        f"tensor.expand_shape {c} [[0], [1], [2, 3]] output_shape [2, 8, 4, 4] : {flat} into {T}"
    )
    return b.div(b.mul(x, e), 6.0)


def pair(b, v, low, high):
    """Quantised to eight bits and back."""
    scale = (high - low) / 255
    type = T.replace("f32", f"!quant.uniform<u8:f32, {scale:.9e}:{round(-low / scale)}>")
    c = b.new(f"quant.qcast {v} : {T} to {type}")
    return b.new(f"quant.dcast {c} : {type} to {T}")


def quantised(low, high, after):
    """x * relu6(x + 3) / 6 with pairs after the named links."""

    def body(b, x):
        t = b.shifted(x)
        if "add" in after:
            t = pair(b, t, low, high)
        if "saturates" not in after:
            t = b.clip(t, 0.0, 6.0)
        r = b.mul(x, t)
        return b.div(pair(b, r, low, high) if "product" in after else r, 6.0)

    return body


def saturated_line(b, x):
    return b.mul(x, pair(b, b.line(x), 0, 1))


# P21: pairs after the add, after the product, or both. A quantiser whose range is
# [0, 6] or [0, 1] clamps; one whose range is smaller than what flows truncates.
CASES = {
    "transposed_gate": (transposed_gate, {SWISH: 1}),
    "transposed_twice": (transposed_twice, {SWISH: 1}),
    "wrong_layout": (wrong_layout, {}),
    "reshaped": (reshaped, {SWISH: 1}),
    "quantised_add": (quantised(0, 6, ["add"]), {SWISH: 1}),
    "quantised_add_wide": (quantised(-8, 8, ["add"]), {SWISH: 1}),
    "quantised_product": (quantised(-3, 36, ["product"]), {SWISH: 1}),
    "quantised_both": (quantised(-4, 24, ["add", "product"]), {SWISH: 1}),
    "quantised_truncates": (quantised(0, 4, ["add"]), {}),
    "quantised_truncates_low": (quantised(1, 8, ["add"]), {}),
    "quantised_truncates_product": (quantised(0, 6, ["product"]), {}),
    "saturated": (quantised(0, 6, ["add", "saturates"]), {SWISH: 1}),
    "saturated_line": (saturated_line, {SWISH: 1}),
    "saturated_wide": (quantised(0, 7, ["add", "saturates"]), {}),
    "saturated_low": (quantised(-1, 6, ["add", "saturates"]), {}),
    "saturated_truncates": (quantised(0, 5, ["add", "saturates"]), {}),
}


def generate_conversions():
    for (name, (body, found)), level in itertools.product(CASES.items(), ("tensor", "tosa")):
        # TOSA has no quantiser.
        if level == "tosa" and "transposed" not in name:
            continue
        name = f"conversion.{name}.{level}"
        text = make_builder(level, shape="2x8x4x4").function(name, body)
        yield Case(name, text, found, False)
