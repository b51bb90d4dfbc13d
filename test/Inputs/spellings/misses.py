"""What is nearly a spelling. %y is another argument.

Those with a name are the ones that are found in files. `get_mutations` makes the
others: every form with one of its constants off.
"""

from .builder import Builder
from .forms import FORMS
from .numbers import FLT_MAX, NAN, SIXTH


def point(b, x):
    fifth = b.div(b.mul(x, b.relu6(x)), 5.0)
    return b.select(b.compare("ole", x, -3.0), 1.0, fifth)


MISSES = {
    "slope0.2": lambda b, x: b.mul(x, b.clip(b.line(x, 0.2), 0.0, 1.0)),
    "slope0.16": lambda b, x: b.mul(x, b.clip(b.line(x, 0.16), 0.0, 1.0)),
    "slope0.167": lambda b, x: b.mul(x, b.clip(b.line(x, 0.167), 0.0, 1.0)),
    "slope0.1668": lambda b, x: b.mul(x, b.clip(b.line(x, 0.1668), 0.0, 1.0)),
    "offset0.4": lambda b, x: b.mul(x, b.clip(b.line(x, SIXTH, 0.4), 0.0, 1.0)),
    "scale0.167": lambda b, x: b.mul(x, b.mul(b.relu6(x), 0.167)),
    "scaled-x0.167": lambda b, x: b.mul(b.mul(0.167, x), b.relu6(x)),
    "scaled-x0.2": lambda b, x: b.mul(b.mul(x, 0.2), b.relu6(x)),
    "divided-x5": lambda b, x: b.mul(b.div(x, 5.0), b.relu6(x)),
    "gate0.2": lambda b, x: b.clip(b.line(x, 0.2), 0.0, 1.0),
    "gate-offset": lambda b, x: b.clip(b.line(x, SIXTH, 0.4), 0.0, 1.0),
    "high3": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), 0.0, 3.0)), 6.0),
    "high5.9": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), 0.0, 5.9)), 6.0),
    "low-1": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), -1.0, 6.0)), 6.0),
    "no-low": lambda b, x: b.div(b.mul(x, b.min(b.shifted(x), 6.0)), 6.0),
    "no-high": lambda b, x: b.div(b.mul(x, b.max(b.shifted(x), 0.0)), 6.0),
    "wide-high": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), 0.0, FLT_MAX)), 6.0),
    "div5": lambda b, x: b.div(b.mul(x, b.relu6(x)), 5.0),
    "div5-inner": lambda b, x: b.mul(x, b.div(b.relu6(x), 5.0)),
    "div5-gate": lambda b, x: b.div(b.relu6(x), 5.0),
    "minus4": lambda b, x: b.div(b.mul(x, b.relu6(x, -4.0)), 6.0),
    "plus4": lambda b, x: b.div(b.mul(x, b.relu6(x, 4.0)), 6.0),
    "six-over-gate": lambda b, x: b.mul(x, b.div(6.0, b.relu6(x))),
    "six-over-product": lambda b, x: b.div(6.0, b.mul(x, b.relu6(x))),
    "swapped": lambda b, x: b.div(b.mul(x, b.min(b.max(b.shifted(x), 6.0), 0.0)), 6.0),
    "nan": lambda b, x: b.div(b.mul(x, b.min(b.max(b.shifted(x), NAN), 6.0)), 6.0),
    "other": lambda b, x: b.div(b.mul("%y", b.relu6(x)), 6.0),
    "other-scaled": lambda b, x: b.mul(b.mul(SIXTH, "%y"), b.relu6(x)),
    "diamond": lambda b, x: b.div(b.mul(b.relu6(x), b.relu6(x)), 6.0),
    "square": lambda b, x: b.div(b.mul(b.mul(x, x), b.relu6(x)), 6.0),
    "cubic": lambda b, x: b.mul(b.mul(x, b.mul(x, b.relu6(x))), SIXTH),
    "twice-shifted": lambda b, x: b.div(b.mul(b.shifted(x), b.relu6(x)), 6.0),
    "point": point,
}

# bf16 cannot tell these from a sixth.
SAME_IN_BF16 = ("slope0.167", "slope0.1668", "scale0.167", "scaled-x0.167")

# What a constant of a form is near to.
_NEAR = {
    3.0: 2.5, -3.0: -2.5, 6.0: 5.9, 0.0: -1.0, 1.0: 0.9, -1.0: -0.9, 0.5: 0.4, 2.0: 2.1,
    SIXTH: 0.16, FLT_MAX: 4.0, -FLT_MAX: 1.0,
}  # fmt: skip


class _Recorder(Builder):
    """Writes nothing, and remembers the numbers."""

    def __init__(self):
        self.seen = []

    def literal(self, value):
        self.seen.append(value)
        return value

    def record(self, *operands):
        for operand in operands:
            if isinstance(operand, float):
                self.literal(operand)
        return "%v"

    add = sub = mul = div = max = min = select = record

    def clamp(self, x, low, high):
        return "%v"

    def compare(self, predicate, a, b):
        return self.record(a, b)

    def ours(self, op, x, accuracy=""):
        return "%v"


def get_mutations():
    """(name, form, (number of the constant, its value)) of every near miss."""
    for name, form in FORMS.items():
        recorder = _Recorder()
        form.body(recorder, "%x")
        for i, value in enumerate(recorder.seen):
            yield f"{name}-{i}", form, (i, _NEAR[value])
