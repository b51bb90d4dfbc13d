"""Spellings in `arith`: scalars, bodies of linalg.generic, vectors, tensors."""

from .builder import TextBuilder
from .numbers import write

IDENTITY = "affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>"


class ArithBuilder(TextBuilder):
    def __init__(self, level, kind, *args, **kwargs):
        self.level = level
        super().__init__(kind, *args, **kwargs)

    def shaped(self, kind):
        if self.level in ("scalar", "generic"):
            return kind
        return f"{'vector' if self.level == 'vector' else 'tensor'}<{self.shape}x{kind}>"

    # Constants.

    def const(self, value):
        """A constant in the form that is being tested."""
        number, form = write(self.kind, value), self.constant
        if self.level in ("scalar", "generic"):
            return self.new(f"arith.constant {number} : {self.kind}"), self.type
        if self.level == "vector" and form == "broadcast":
            scalar = self.new(f"arith.constant {number} : {self.kind}")
            return self.new(f"vector.broadcast {scalar} : {self.kind} to {self.type}"), self.type
        if self.level == "dynamic" or (self.level == "tensor" and form != "splat"):
            return self.broadcast(number, form), self.type
        return self.new(f"arith.constant dense<{number}> : {self.type}"), self.type

    def broadcast(self, number, form):
        """A constant tensor that is computed from a smaller one."""
        sizes = "%n, %n" if self.level == "dynamic" else ""
        scalar = self.new(f"arith.constant {number} : {self.kind}")
        if form == "splat":
            sizes = f"[{sizes}]" if sizes else ""
            return self.new(f"tensor.splat {scalar}{sizes} : {self.type}")
        empty = self.new(f"tensor.empty({sizes}) : {self.type}")
        if form == "fill":
            return self.new(
                f"linalg.fill ins({scalar} : {self.kind}) outs({empty} : {self.type}) -> {self.type}"
            )
        shape, map = {
            "rank0": ("", "()"),
            "one": ("1x", "(0)"),
            "ones": ("1x1x1x1x", "(0, 0, 0, 0)"),
            "channels": ("1x8x1x1x", "(0, d1, 0, 0)"),
        }[form]
        small = self.new(f"arith.constant dense<{number}> : tensor<{shape}{self.kind}>")
        return self.new(
            f"linalg.generic {{indexing_maps = [affine_map<(d0, d1, d2, d3) -> {map}>, {IDENTITY}], "
            'iterator_types = ["parallel", "parallel", "parallel", "parallel"]} '
            f"ins({small} : tensor<{shape}{self.kind}>) outs({empty} : {self.type}) {{\n"
            f"^bb0(%in: {self.kind}, %out: {self.kind}):\n"
            f"linalg.yield %in : {self.kind}\n}} -> {self.type}"
        )

    # Arithmetic.

    def binary(self, op, a, b):
        (a, _), (b, _) = self.operand(a), self.operand(b)
        return self.new(f"arith.{op} {a}, {b} : {self.type}")

    def add(self, a, b):
        return self.binary("addf", *self.ordered(a, b))

    def sub(self, a, b):
        return self.binary("subf", a, b)

    def mul(self, a, b):
        return self.binary("mulf", *self.ordered(a, b))

    def div(self, a, b):
        return self.binary("divf", a, b)

    def clamp(self, x, low, high):
        (low, _), (high, _) = self.const(low), self.const(high)
        return self.new(f"math.clampf {x} to [{low}, {high}] : {self.type}")

    def extremum(self, is_max, a, b):
        if self.clamp_form.startswith("select"):
            return self.select_extremum(is_max, a, b)
        name = ("max" if is_max else "min") + ("numf" if self.clamp_form == "num" else "imumf")
        return self.binary(name, *self.ordered(a, b))

    def select_extremum(self, is_max, a, b):
        """a > b ? a : b, by any predicate and in any order."""
        _, predicate, order = self.clamp_form.split("-")
        (a, _), (b, _) = self.operand(a), self.operand(b)
        compared = chosen = (b, a) if order == "swap" else (a, b)
        if (predicate[1] == "g") != is_max:
            chosen = chosen[::-1]
        c = self.new(f"arith.cmpf {predicate}, {compared[0]}, {compared[1]} : {self.type}")
        return self.select(c, *chosen)

    def select(self, c, a, b):
        (a, _), (b, _) = self.operand(a), self.operand(b)
        truth = "" if self.truth == "i1" else f"{self.truth}, "
        return self.new(f"arith.select {c}, {a}, {b} : {truth}{self.type}")

    def compare(self, predicate, a, b):
        (a, _), (b, _) = self.operand(a), self.operand(b)
        return self.new(f"arith.cmpf {predicate}, {a}, {b} : {self.type}")

    # Functions.

    def function(self, name, body, prologue=""):
        if self.level != "generic":
            return super().function(name, body, prologue)
        tensor = f"tensor<?x{self.kind}>"
        result = body(self, "%a")
        ops = "\n".join(self.lines).replace("%y", "%b")
        return f"""func.func @{name}(%x: {tensor}, %y: {tensor}) -> {tensor} {{
%r = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>,
  affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}}
  ins(%x, %y : {tensor}, {tensor}) outs(%x : {tensor}) {{
^bb0(%a: {self.kind}, %b: {self.kind}, %c: {self.kind}):
{ops}
linalg.yield {result} : {self.kind}
}} -> {tensor}
return %r : {tensor}
}}"""
