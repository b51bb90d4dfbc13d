"""Forms and misses, crossed with all that may differ in them."""

import itertools
import re

from .arith import ArithBuilder
from .case import Case
from .forms import FORMS, GATE, GATED, RELU6
from .misses import MISSES, SAME_IN_BF16, get_mutations
from .tosa import TosaBuilder

SELECTS = [
    f"select-{unordered}{relation}-{order}"
    for unordered in "ou"
    for relation in ("lt", "le", "gt", "ge")
    for order in ("keep", "swap")
]
# level -> shapes, forms of constants.
LEVELS = {
    "scalar": (["-"], ["splat"]),
    "generic": (["-"], ["splat"]),
    "vector": (["8", "[4]", "2x8"], ["splat", "broadcast"]),
    "tensor": (["2x8x4x4"], ["splat", "fill", "rank0", "one", "ones", "channels"]),
    "dynamic": (["?x8x?x4"], ["splat", "fill", "rank0", "one", "ones", "channels"]),
    "tosa": (["2x8x4x4", "?x8x4x4"], ["splat", "ones", "channels"]),
}
KINDS = ["f32", "f16", "bf16", "f64"]


def make_builder(level, kind="f32", shape=None, *args, **kwargs):
    shape = shape or LEVELS[level][0][0]
    if level == "tosa":
        return TosaBuilder(kind, shape, *args, **kwargs)
    return ArithBuilder(level, kind, shape, *args, **kwargs)


def clean(name):
    return re.sub(r"[^\w.]", "_", name)


def get_settings():
    """(level, kind, shape, clamp, commute, constant, subtracts). Everything with
    everything would be 10^5: the predicates at one type, constant and shape, the
    rest at two clamps."""
    for level, (shapes, constants) in LEVELS.items():
        kinds = [k for k in KINDS if level != "tosa" or k != "f64"]
        clamps = ["op", "imum", "num"] + (SELECTS if level != "tosa" else [])
        for kind, shape, constant, clamp, commute, subtracts in itertools.product(
            kinds, shapes, constants, clamps, (False, True), (False, True)
        ):
            plain = (kind, shape, constant) == ("f32", shapes[0], constants[0])
            if clamp.startswith("select") and not plain:
                continue
            if clamp == "num" and constant != constants[0]:
                continue
            yield level, kind, shape, clamp, commute, constant, subtracts


def generate_crossings():
    """All forms and misses at all levels."""
    for setting in get_settings():
        level, kind, shape, clamp, commute, constant, subtracts = setting
        tag = clean(f"{level}.{kind}.{shape}.{constant}.{clamp}.{commute:d}{subtracts:d}")

        def build(name, body):
            return name, make_builder(*setting).function(name, body)

        for name, form in FORMS.items():
            # A sum of small constants is no full one.
            if name == "foldable" and level == "tosa" and (constant != "splat" or "?" in shape):
                continue
            accuracy = form.get_accuracy(kind, level)
            left = 1 if name == "P20" else 0
            yield Case(*build(f"{name}.{tag}", form.body), {form.found: 1}, accuracy, left)
        for name, body in GATED.items():
            yield Case(*build(f"{name}.{tag}", body), {GATE: 1}, False, 1)
        for name, body in MISSES.items():
            if kind != "bf16" or name not in SAME_IN_BF16:
                yield Case(*build(clean(f"{name}.{tag}"), body), {}, False)


def generate_mutations():
    """Every form with one of its constants off."""
    for level, clamp in itertools.product(LEVELS, ("op", "imum")):
        for name, form, replace in get_mutations():
            builder = make_builder(level, clamp=clamp)
            builder.replace = replace
            name = clean(f"{name}.{level}.{clamp}")
            # ReLU5.9 is near to ReLU6, but nobody would want it raised.
            has_remark = form.found != RELU6
            text = builder.function(name, form.body)
            if "hswish.relu6" not in text: # Which would be found.
                yield Case(name, text, {}, False, has_remark=has_remark)
