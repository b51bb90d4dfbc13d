"""All roundings of 1/6, and their neighbours."""

from .case import Case
from .crossings import KINDS, make_builder
from .forms import FORMS, SWISH
from .numbers import SIXTH, round_to

GOOD = {
    "f32": ["0x3E2AAAAB", "0x3E2AAAAA"],
    "f16": ["0x3155"],
    "bf16": ["0x3E2B"],
    "f64": ["0x3FC5555555555555", "0x3FC5555555555556"],
}
BAD = {
    "f32": ["0x3E2AAAA9", "0x3E2AAAAC", "0x3E2B0001"],
    "f16": ["0x3154", "0x3156"],
    "bf16": ["0x3E2A", "0x3E2C"],
    "f64": ["0x3FC5555555555554", "0x3FC5555555555553"],
}
DECIMALS = [0.166667, 0.1666667, 0.16666667, round_to("f16", SIXTH), round_to("bf16", SIXTH)]
MISSES = [0.16667, 0.1667, 0.167, 0.166, 0.16, 0.2, 0.1666]


def replace_sixth(builder, sixth):
    builder.literal = lambda value: sixth if value == SIXTH else value


def generate_sixths():
    for kind in KINDS:
        is_wide = kind in ("f32", "f64")
        good = GOOD[kind] + (DECIMALS if is_wide else [])
        bad = BAD[kind] + (MISSES if is_wide else [])
        for i, sixth in enumerate(good + bad):
            for form in ("P5", "P6", "P7", "P12"):
                builder = make_builder("vector", kind, "8", "imum")
                replace_sixth(builder, sixth)
                name = f"sixth.{kind}.{i}.{form}"
                text = builder.function(name, FORMS[form].body)
                yield Case(name, text, {SWISH: 1} if i < len(good) else {}, False)
