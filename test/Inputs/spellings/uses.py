"""Links that are used elsewhere: all results but the spelling's stay."""

import itertools

from .case import Case
from .crossings import make_builder
from .forms import GATE, SWISH


def x_elsewhere(b, x):
    return b.mul(b.div(b.mul(x, b.relu6(x)), 6.0), x)


def shared_gate(b, x):
    gate = b.div(b.relu6(x), 6.0)
    return b.mul(x, gate), b.mul("%y", gate)


def inner_output(b, x):
    inner = b.relu6(x)
    return inner, b.div(b.mul(x, inner), 6.0)


def two_products(b, x):
    inner = b.relu6(x)
    return b.div(b.mul(x, inner), 6.0), b.mul(x, b.div(inner, 6.0))


def residual(b, x):
    return b.add(b.div(b.mul(x, b.relu6(x)), 6.0), x)


def duplicated(b, x):
    return b.add(*[b.div(b.mul(x, b.relu6(x)), 6.0) for _ in range(2)])


# body, what is found, how many links are left.
USES = {
    "x_elsewhere": (x_elsewhere, {SWISH: 1}, 1),
    "shared_gate": (shared_gate, {SWISH: 1, GATE: 1}, 1),
    "inner_output": (inner_output, {SWISH: 1}, None),
    "two_products": (two_products, {SWISH: 2}, 0),
    "residual": (residual, {SWISH: 1}, 1),
    "duplicated": (duplicated, {SWISH: 2}, 1),
}


def generate_uses():
    for level in ("scalar", "vector", "tensor", "dynamic", "tosa"):
        for (name, (body, found, left)), clamp in itertools.product(USES.items(), ("op", "imum")):
            name = f"use.{name}.{level}.{clamp}"
            text = make_builder(level, clamp=clamp).function(name, body)
            yield Case(name, text, found, False, left)
