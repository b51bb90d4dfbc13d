"""Spellings in TOSA, which has no division by anything but its reciprocal."""

from .builder import TextBuilder
from .numbers import write

SHIFT = '%shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>'


class TosaBuilder(TextBuilder):
    level = "tosa"

    def shaped(self, kind):
        return f"tensor<{self.shape}x{kind}>"

    def const(self, value):
        shape = {"ones": "1x1x1x1", "channels": "1x8x1x1"}.get(self.constant, self.shape)
        shape = "1x1x1x1" if "?" in shape else shape
        type = f"tensor<{shape}x{self.kind}>"
        text = f"dense<{write(self.kind, value)}> : {type}"
        return self.new(f'"tosa.const"() <{{values = {text}}}> : () -> {type}'), type

    def binary(self, op, a, b, attributes=""):
        (a, ta), (b, tb) = self.operand(a), self.operand(b)
        return self.new(f"tosa.{op} {a}, {b}{attributes} : ({ta}, {tb}) -> {self.type}")

    def add(self, a, b):
        return self.binary("add", *self.ordered(a, b))

    def sub(self, a, b):
        return self.binary("sub", a, b)

    def product(self, a, ta, b, tb):
        return self.new(f"tosa.mul {a}, {b}, %shift : ({ta}, {tb}, tensor<1xi8>) -> {self.type}")

    def mul(self, a, b):
        a, b = self.ordered(a, b)
        return self.product(*self.operand(a), *self.operand(b))

    def div(self, a, b):
        (a, ta), (b, tb) = self.operand(a), self.operand(b)
        reciprocal = self.new(f"tosa.reciprocal {b} : ({tb}) -> {tb}")
        return self.product(a, ta, reciprocal, tb)

    def clamp(self, x, low, high):
        low, high = (f"{write(self.kind, bound)} : {self.kind}" for bound in (low, high))
        return self.new(
            f"tosa.clamp {x} {{min_val = {low}, max_val = {high}}} : ({self.type}) -> {self.type}"
        )

    def extremum(self, is_max, a, b):
        mode = " {nan_mode = IGNORE}" if self.clamp_form == "num" else ""
        a, b = self.ordered(a, b)
        return self.binary("maximum" if is_max else "minimum", a, b, mode)

    def select(self, c, a, b):
        (a, ta), (b, tb) = self.operand(a), self.operand(b)
        return self.new(f"tosa.select {c}, {a}, {b} : ({self.truth}, {ta}, {tb}) -> {self.type}")

    def compare(self, predicate, a, b):
        (a, ta), (b, tb) = self.operand(a), self.operand(b)
        if predicate == "ole":
            (a, ta), (b, tb) = (b, tb), (a, ta)
        return self.new(f"tosa.greater_equal {a}, {b} : ({ta}, {tb}) -> {self.truth}")

    def function(self, name, body, prologue=""):
        return super().function(name, body, SHIFT)
