"""What the forms of forms.py and misses.py are written with.

A form is a function of a builder and of x. Builders write arith (arith.py), TOSA
(tosa.py) or ONNX (onnx_graph.py), or compute at once (literal.py). An operand is
what a builder's method returned, or a number.
"""

from .numbers import SIXTH


class Builder:
    """Methods to be defined: add, sub, mul, div, max, min, select, compare, ours,
    and clip of clamps that are one op."""

    commute = False  # Swap the operands of sums, products and extrema.
    subtracts = False  # Write x + 3 as x - -3.
    clamp_form = "op"  # A clamp is one op, or a maximum and a minimum.
    replace = None  # Of a mutation: the number of a literal, its value.

    literals = 0

    def literal(self, value):
        """Asked for every number that a form mentions, in order."""
        index, self.literals = self.literals, self.literals + 1
        return self.replace[1] if self.replace and self.replace[0] == index else value

    def ordered(self, a, b):
        return (b, a) if self.commute else (a, b)

    # Links that several spellings share.

    def clip(self, x, low, high):
        if self.clamp_form == "op":
            return self.clamp(x, self.literal(low), self.literal(high))
        return self.min(self.max(x, low), high)

    def shifted(self, x, by=3.0):
        return self.sub(x, -by) if self.subtracts else self.add(x, by)

    def relu6(self, x, by=3.0):
        return self.clip(self.shifted(x, by), 0.0, 6.0)

    def line(self, x, slope=SIXTH, offset=0.5):
        return self.add(self.mul(x, slope), offset)


class TextBuilder(Builder):
    """Writes one function of MLIR."""

    def __init__(self, kind, shape, clamp="op", commute=False, constant="splat", subtracts=False):
        self.kind, self.shape, self.constant = kind, shape, constant
        self.clamp_form, self.commute, self.subtracts = clamp, commute, subtracts
        self.lines, self.count = [], 0
        self.type, self.truth = self.shaped(kind), self.shaped("i1")

    def new(self, text):
        name = f"%v{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        return name

    def operand(self, v):
        """The SSA value and type of an operand."""
        return (v, self.type) if isinstance(v, str) else self.const(self.literal(v))

    def ours(self, op, x, accuracy=""):
        accuracy = f" accuracy<{accuracy}>" if accuracy else ""
        return self.new(f"hswish.{op} {x}{accuracy} : {self.type}")

    def max(self, a, b):
        return self.extremum(True, a, b)

    def min(self, a, b):
        return self.extremum(False, a, b)

    def function(self, name, body, prologue=""):
        """The text of a function of x (and y) that returns body(self, x)."""
        result = body(self, "%x")
        results = result if isinstance(result, tuple) else (result,)
        types = ", ".join([self.type] * len(results))
        return "\n".join([
            f"func.func @{name}(%x: {self.type}, %y: {self.type}, %n: index) -> ({types}) {{",
            *([prologue] if prologue else []),
            *self.lines,
            f"return {', '.join(results)} : {types}",
            "}",
        ])
