# RUN: %python %s hswish-opt
"""Every spelling of h-swish, crossed with everything that may differ in it.

Spelling x operand order x clamp x constant shape x type x level, and the near
misses in the same crossings, are written as functions of a few modules;
`hswish-opt --hswish-raise` must find exactly one activation of the argument in
each of the former and none in the latter, and say why not. Needs Python's standard library only.
`raise-matrix.py hswish-opt --print NAME` prints one function before and after.
"""

import argparse
import itertools
import re
import struct
import subprocess
import sys

FLT_MAX = 3.4028234663852886e38
SIXTH = 1 / 6

# What raising must find in a function.
SWISH, GATE, RELU6, NOTHING = "hard_swish", "hard_sigmoid", "relu6", None


def round_to(kind, value):
    """`value` rounded to the type."""
    if kind == "f16":
        return struct.unpack("e", struct.pack("e", value))[0]
    if kind == "f32":
        return struct.unpack("f", struct.pack("f", value))[0]
    if kind == "bf16":
        bits = struct.unpack("I", struct.pack("f", value))[0]
        bits += 0x7FFF + (bits >> 16 & 1)
        return struct.unpack("f", struct.pack("I", bits & 0xFFFF0000))[0]
    return value


class Builder:
    """Writes the ops of one function at one level."""

    def __init__(self, level, kind, shape, clamp, commute, constant):
        self.level, self.kind = level, kind
        self.clamp_form, self.commute, self.constant_form = clamp, commute, constant
        self.shape = shape
        self.lines, self.count = [], 0
        self.type = self.shaped(shape, kind)
        self.truth = self.shaped(shape, "i1")

    def shaped(self, shape, kind):
        if self.level in ("scalar", "generic"):
            return kind
        if self.level == "vector":
            return f"vector<{shape}x{kind}>"
        return f"tensor<{shape}x{kind}>"

    def new(self, text):
        name = f"%v{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        return name

    # Constants.

    def number(self, value):
        if value in (FLT_MAX, -FLT_MAX):
            value = {"f16": 65504.0, "bf16": 3.3895313892515355e38}.get(
                self.kind, FLT_MAX
            ) * (1 if value > 0 else -1)
        if value != value:
            return {"f16": "0x7E00", "bf16": "0x7FC0", "f32": "0x7FC00000"}.get(
                self.kind, "0x7FF8000000000000"
            )
        return f"{value:.17e}"

    def const(self, value, shape=None):
        """A constant in the form that is being tested."""
        number, form = self.number(value), self.constant_form
        shape = shape or self.shape
        if self.level == "tosa":
            shape = {"ones": "1x1x1x1", "channels": "1x8x1x1"}.get(form, shape)
            shape = "1x1x1x1" if "?" in shape else shape
            type = f"tensor<{shape}x{self.kind}>"
            return self.new(
                f'"tosa.const"() <{{values = dense<{number}> : {type}}}> : () -> {type}'
            ), type
        if self.level in ("scalar", "generic"):
            return self.new(f"arith.constant {number} : {self.kind}"), self.type
        if self.level == "vector" and form == "broadcast":
            scalar = self.new(f"arith.constant {number} : {self.kind}")
            return self.new(
                f"vector.broadcast {scalar} : {self.kind} to {self.type}"
            ), self.type
        if self.level == "dynamic" or (self.level == "tensor" and form != "splat"):
            return self.broadcast(number, form), self.type
        return self.new(f"arith.constant dense<{number}> : {self.type}"), self.type

    def broadcast(self, number, form):
        """A constant tensor that is computed from a smaller one."""
        sizes = "[%n, %n]" if self.level == "dynamic" else ""
        scalar = self.new(f"arith.constant {number} : {self.kind}")
        if form == "splat":
            return self.new(f"tensor.splat {scalar}{sizes} : {self.type}")
        sizes = sizes.replace("[", "(").replace("]", ")") or "()"
        empty = self.new(f"tensor.empty{sizes} : {self.type}")
        if form == "fill":
            return self.new(
                f"linalg.fill ins({scalar} : {self.kind}) outs({empty} : {self.type})"
                f" -> {self.type}"
            )
        shape, map = {
            "rank0": ("", "()"),
            "one": ("1x", "(0)"),
            "ones": ("1x1x1x1x", "(0, 0, 0, 0)"),
            "channels": ("1x8x1x1x", "(0, d1, 0, 0)"),
        }[form]
        small = self.new(
            f"arith.constant dense<{number}> : tensor<{shape}{self.kind}>"
        )
        return self.new(
            "linalg.generic {indexing_maps = "
            f"[affine_map<(d0, d1, d2, d3) -> {map}>, "
            "affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = "
            '["parallel", "parallel", "parallel", "parallel"]} '
            f"ins({small} : tensor<{shape}{self.kind}>) outs({empty} : {self.type}) {{\n"
            f"^bb0(%in: {self.kind}, %out: {self.kind}):\n"
            f"linalg.yield %in : {self.kind}\n}} -> {self.type}"
        )

    def value(self, v):
        """An operand and its type: SSA values and numbers."""
        return (v, self.type) if isinstance(v, str) else self.const(v)

    # Arithmetic.

    def binary(self, arith, tosa, a, b, commutes=True):
        if self.commute and commutes:
            a, b = b, a
        (a, ta), (b, tb) = self.value(a), self.value(b)
        if self.level != "tosa":
            return self.new(f"arith.{arith} {a}, {b} : {self.type}")
        if tosa == "mul":
            return self.new(
                f"tosa.mul {a}, {b}, %shift : ({ta}, {tb}, tensor<1xi8>) -> {self.type}"
            )
        return self.new(f"tosa.{tosa} {a}, {b} : ({ta}, {tb}) -> {self.type}")

    def add(self, a, b):
        return self.binary("addf", "add", a, b)

    def sub(self, a, b):
        return self.binary("subf", "sub", a, b, commutes=False)

    def mul(self, a, b):
        return self.binary("mulf", "mul", a, b)

    def div(self, a, b):
        if self.level != "tosa":
            return self.binary("divf", None, a, b, commutes=False)
        b, type = self.value(b)
        self.lines.append(f"%r{self.count} = tosa.reciprocal {b} : ({type}) -> {type}")
        reciprocal = f"%r{self.count}"
        a, ta = self.value(a)
        return self.new(
            f"tosa.mul {a}, {reciprocal}, %shift : "
            f"({ta}, {type}, tensor<1xi8>) -> {self.type}"
        )

    def extremum(self, is_max, a, b):
        name = "max" if is_max else "min"
        form = self.clamp_form
        if form.startswith("select") and self.level != "tosa":
            return self.select_extremum(is_max, a, b, form)
        num = form == "num"
        if self.level == "tosa":
            mode = " {nan_mode = IGNORE}" if num else ""
            (a, ta), (b, tb) = self.value(a), self.value(b)
            if self.commute:
                (a, ta), (b, tb) = (b, tb), (a, ta)
            return self.new(
                f"tosa.{name}imum {a}, {b}{mode} : ({ta}, {tb}) -> {self.type}"
            )
        return self.binary(f"{name}numf" if num else f"{name}imumf", None, a, b)

    def select_extremum(self, is_max, a, b, form):
        """a > b ? a : b, by any predicate and in any order."""
        _, predicate, order = form.split("-")
        (a, _), (b, _) = self.value(a), self.value(b)
        keeps = (predicate[1] == "g") == is_max
        if order == "swap":
            compared, chosen = (b, a), (b, a)
        else:
            compared, chosen = (a, b), (a, b)
        if not keeps:
            chosen = chosen[::-1]
        c = self.new(f"arith.cmpf {predicate}, {compared[0]}, {compared[1]} : {self.type}")
        return self.select(c, *chosen)

    def select(self, c, a, b):
        (a, ta), (b, tb) = self.value(a), self.value(b)
        if self.level == "tosa":
            return self.new(
                f"tosa.select {c}, {a}, {b} : ({self.truth}, {ta}, {tb}) -> {self.type}"
            )
        if self.level in ("scalar", "generic"):
            return self.new(f"arith.select {c}, {a}, {b} : {self.type}")
        return self.new(f"arith.select {c}, {a}, {b} : {self.truth}, {self.type}")

    def compare(self, predicate, a, b):
        (a, ta), (b, tb) = self.value(a), self.value(b)
        if self.level == "tosa":
            if predicate == "ole":
                (a, ta), (b, tb) = (b, tb), (a, ta)
            return self.new(
                f"tosa.greater_equal {a}, {b} : ({ta}, {tb}) -> {self.truth}"
            )
        return self.new(f"arith.cmpf {predicate}, {a}, {b} : {self.type}")

    def max(self, a, b):
        return self.extremum(True, a, b)

    def min(self, a, b):
        return self.extremum(False, a, b)

    def clip(self, x, low, high):
        if self.clamp_form != "op":
            return self.min(self.max(x, low), high)
        if self.level == "tosa":
            return self.new(
                f"tosa.clamp {x} {{min_val = {self.number(low)} : {self.kind}, "
                f"max_val = {self.number(high)} : {self.kind}}} : "
                f"({self.type}) -> {self.type}"
            )
        (low, _), (high, _) = self.value(low), self.value(high)
        return self.new(f"math.clampf {x} to [{low}, {high}] : {self.type}")

    def ours(self, op, x, accuracy=""):
        accuracy = f" accuracy<{accuracy}>" if accuracy else ""
        return self.new(f"hswish.{op} {x}{accuracy} : {self.type}")

    # Links that several spellings share.

    def shifted(self, x, by=3.0):
        if self.subtracts:
            return self.sub(x, -by)
        return self.add(x, by)

    def relu6(self, x, by=3.0):
        return self.clip(self.shifted(x, by), 0.0, 6.0)

    def line(self, x, slope=SIXTH, offset=0.5):
        return self.add(self.mul(x, slope), offset)


def branches(b, x):
    quadratic = b.div(b.mul(x, b.shifted(x)), 6.0)
    inner = b.select(b.compare("oge", x, 3.0), x, quadratic)
    return b.select(b.compare("ole", x, -3.0), 0.0, inner)


def relu_n1_to_1(b, x):
    half = b.mul(0.5, x)
    return b.add(b.mul(half, b.clip(b.div(x, 3.0), -1.0, 1.0)), half)


def limits(b, x):
    low = b.clip(b.shifted(x), 0.0, FLT_MAX)
    return b.div(b.mul(x, b.clip(low, -FLT_MAX, 6.0)), 6.0)


# Spelling -> (builder, what is found, the accuracy with its bits in f32).
SPELLINGS = {
    "P2": (lambda b, x: b.mul(x, b.ours("hard_sigmoid", x, "onnx")), SWISH, "onnx"),
    "P3": (lambda b, x: b.mul(x, b.div(b.relu6(x), 6.0)), SWISH, None),
    "P4": (lambda b, x: b.div(b.mul(x, b.relu6(x)), 6.0), SWISH, "torch"),
    "P4relu6": (
        lambda b, x: b.div(b.mul(x, b.ours("relu6", b.shifted(x))), 6.0),
        SWISH,
        "torch",
    ),
    "P5": (lambda b, x: b.mul(b.mul(x, b.relu6(x)), SIXTH), SWISH, None),
    "P6": (lambda b, x: b.mul(x, b.mul(b.relu6(x), SIXTH)), SWISH, None),
    "P7": (lambda b, x: b.mul(b.mul(SIXTH, x), b.relu6(x)), SWISH, None),
    "P8": (
        lambda b, x: b.mul(b.min(b.max(b.shifted(x), 0.0), 6.0), b.div(x, 6.0)),
        SWISH,
        None,
    ),
    "P9": (
        lambda b, x: b.div(b.mul(x, b.min(b.max(b.shifted(x), 0.0), 6.0)), 6.0),
        SWISH,
        "torch",
    ),
    "P10": (
        lambda b, x: b.div(b.mul(x, b.max(b.min(b.shifted(x), 6.0), 0.0)), 6.0),
        SWISH,
        "torch",
    ),
    "P11": (
        lambda b, x: b.mul(x, b.max(b.min(b.line(x), 1.0), 0.0)),
        SWISH,
        "onnx",
    ),
    "P12": (lambda b, x: b.mul(x, b.clip(b.line(x), 0.0, 1.0)), SWISH, "onnx"),
    "P12div": (
        lambda b, x: b.mul(x, b.clip(b.add(b.div(x, 6.0), 0.5), 0.0, 1.0)),
        SWISH,
        None,
    ),
    "P13": (
        lambda b, x: b.mul(x, b.clip(b.div(b.shifted(x), 6.0), 0.0, 1.0)),
        SWISH,
        None,
    ),
    "P14": (limits, SWISH, "torch"),
    "P17": (relu_n1_to_1, SWISH, None),
    "P18": (branches, SWISH, None),
    "P20": (lambda b, x: b.mul(x, b.relu6(x)), SWISH, None),
    "foldable": (
        lambda b, x: b.mul(b.mul(x, b.clip(b.add(x, b.add(1.0, 2.0)), 0.0, 6.0)),
                           b.div(1.0, 6.0)),
        SWISH,
        None,
    ),
    "gate3": (lambda b, x: b.div(b.relu6(x), 6.0), GATE, "torch"),
    "gate6": (lambda b, x: b.mul(b.relu6(x), SIXTH), GATE, None),
    "gate9": (
        lambda b, x: b.mul(b.min(b.max(b.shifted(x), 0.0), 6.0), SIXTH),
        GATE,
        None,
    ),
    "gate11": (lambda b, x: b.max(b.min(b.line(x), 1.0), 0.0), GATE, "onnx"),
    "gate12": (lambda b, x: b.clip(b.line(x), 0.0, 1.0), GATE, "onnx"),
    "gate13": (lambda b, x: b.clip(b.div(b.shifted(x), 6.0), 0.0, 1.0), GATE, None),
    "relu6": (lambda b, x: b.clip(x, 0.0, 6.0), RELU6, None),
}

# What is nearly a spelling. %y is another argument.
NAN = float("nan")
MISSES = {
    "slope0.2": lambda b, x: b.mul(x, b.clip(b.line(x, 0.2), 0.0, 1.0)),
    "slope0.16": lambda b, x: b.mul(x, b.clip(b.line(x, 0.16), 0.0, 1.0)),
    "slope0.167": lambda b, x: b.mul(x, b.clip(b.line(x, 0.167), 0.0, 1.0)),
    "slope0.1668": lambda b, x: b.mul(x, b.clip(b.line(x, 0.1668), 0.0, 1.0)),
    "offset0.4": lambda b, x: b.mul(x, b.clip(b.line(x, SIXTH, 0.4), 0.0, 1.0)),
    "scale0.167": lambda b, x: b.mul(x, b.mul(b.relu6(x), 0.167)),
    "gate0.2": lambda b, x: b.clip(b.line(x, 0.2), 0.0, 1.0),
    "gate-offset": lambda b, x: b.clip(b.line(x, SIXTH, 0.4), 0.0, 1.0),
    "high3": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), 0.0, 3.0)), 6.0),
    "high5.9": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), 0.0, 5.9)), 6.0),
    "low-1": lambda b, x: b.div(b.mul(x, b.clip(b.shifted(x), -1.0, 6.0)), 6.0),
    "no-low": lambda b, x: b.div(b.mul(x, b.min(b.shifted(x), 6.0)), 6.0),
    "no-high": lambda b, x: b.div(b.mul(x, b.max(b.shifted(x), 0.0)), 6.0),
    "wide-high": lambda b, x: b.div(
        b.mul(x, b.clip(b.shifted(x), 0.0, FLT_MAX)), 6.0
    ),
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
    "point": lambda b, x: b.select(
        b.compare("ole", x, -3.0), 1.0, b.div(b.mul(x, b.relu6(x)), 5.0)
    ),
}

# y times the gate of x: the gate is raised, the product is not.
GATES = {
    "gated3": lambda b, x: b.mul("%y", b.div(b.relu6(x), 6.0)),
    "gated12": lambda b, x: b.mul("%y", b.clip(b.line(x), 0.0, 1.0)),
}

SELECTS = [
    f"select-{unordered}{relation}-{order}"
    for unordered in "ou"
    for relation in ("lt", "le", "gt", "ge")
    for order in ("keep", "swap")
]
LEVELS = {
    "scalar": (["-"], ["splat"]),
    "generic": (["-"], ["splat"]),
    "vector": (["8", "[4]", "2x8"], ["splat", "broadcast"]),
    "tensor": (["2x8x4x4"], ["splat", "fill", "rank0", "one", "ones", "channels"]),
    "dynamic": (["?x8x?x4"], ["splat", "fill", "rank0", "one", "ones", "channels"]),
    "tosa": (["2x8x4x4", "?x8x4x4"], ["splat", "ones", "channels"]),
}
KINDS = ["f32", "f16", "bf16", "f64"]


def write_function(name, builder, body):
    """The text of a function of x (and y) that returns body(builder, x)."""
    level, type, kind = builder.level, builder.type, builder.kind
    if level == "generic":
        builder_x, tensor = "%a", f"tensor<?x{kind}>"
        result = body(builder, builder_x).replace("%x", "%a")
        ops = "\n".join(builder.lines).replace("%y", "%b")
        return f"""func.func @{name}(%x: {tensor}, %y: {tensor}) -> {tensor} {{
%r = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>,
  affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}}
  ins(%x, %y : {tensor}, {tensor}) outs(%x : {tensor}) {{
^bb0(%a: {kind}, %b: {kind}, %c: {kind}):
{ops}
linalg.yield {result} : {kind}
}} -> {tensor}
return %r : {tensor}
}}"""
    result = body(builder, "%x")
    results = result if isinstance(result, tuple) else (result,)
    types = ", ".join([type] * len(results))
    ops = "\n".join(builder.lines)
    shift = (
        '%shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}>'
        " : () -> tensor<1xi8>\n"
        if level == "tosa"
        else ""
    )
    return f"""func.func @{name}(%x: {type}, %y: {type}, %n: index) -> ({types}) {{
{shift}{ops}
return {", ".join(results)} : {types}
}}"""


class Case:
    """A function and what must be found in it: op -> how often."""

    def __init__(self, name, text, found, accuracy=None, left=None):
        self.name, self.text = name, text
        self.found, self.accuracy, self.left = found, accuracy, left
        self.operands = ("%arg0", "%in")
        self.has_remark = True  # If nothing is found.

    def check(self, output, remarks):
        """What is wrong, or nothing."""
        if bool(self.found) == bool(remarks) and self.has_remark:
            return f"remarks {remarks}"
        ops = re.findall(r"hswish\.(\w+)\s+(%\w+)(?: accuracy<(\w+)>)?", output)
        found = {}
        for op, _, _ in ops:
            found[op] = found.get(op, 0) + 1
        if found != self.found:
            return f"found {found}, not {self.found}"
        if self.operands and any(operand not in self.operands for _, operand, _ in ops):
            return f"of another operand: {ops}"
        if self.accuracy is not False and any(
            (accuracy or None) != self.accuracy for _, _, accuracy in ops
        ):
            return f"accuracy {ops}, not {self.accuracy}"
        if self.left is not None:
            links = len(re.findall(r"\b(?:arith|math|tosa)\.(?!const)\w+ ", output))
            if links != self.left:
                return f"{links} links are left, not {self.left}"
        return ""


def get_accuracy(name, level, kind, accuracy):
    """The accuracy that preserves the bits of a spelling of this type."""
    if kind not in ("f32", "f64"):
        return None
    # TOSA has no division: / 6 becomes * (1/6).
    return None if level == "tosa" and accuracy == "torch" else accuracy


def make_builder(level, kind, shape, clamp, commute, constant, subtracts=False):
    builder = Builder(level, kind, shape, clamp, commute, constant)
    builder.subtracts = subtracts
    return builder


def generate_crossings():
    """All spellings and misses at all levels."""
    for level, (shapes, constants) in LEVELS.items():
        kinds = [k for k in KINDS if level != "tosa" or k != "f64"]
        clamps = ["op", "imum", "num"] + (SELECTS if level != "tosa" else [])
        for kind, shape, constant, clamp, commute, subtracts in itertools.product(
            kinds, shapes, constants, clamps, (False, True), (False, True)
        ):
            # Everything with everything would be 10^5: the predicates at one
            # type, constant and shape, the rest at two clamps.
            plain = (kind, shape, constant) == ("f32", shapes[0], constants[0])
            if clamp.startswith("select") and not plain:
                continue
            if clamp == "num" and constant != constants[0]:
                continue
            tag = f"{level}.{kind}.{shape}.{constant}.{clamp}.{commute:d}{subtracts:d}"
            tag = re.sub(r"[^\w.]", "_", tag)

            def build(name, body):
                b = make_builder(level, kind, shape, clamp, commute, constant, subtracts)
                return write_function(f"{name}.{tag}", b, body)

            for name, (body, op, accuracy) in SPELLINGS.items():
                # A sum of small constants is no full one.
                if name == "foldable" and level == "tosa" and (
                    constant != "splat" or "?" in shape
                ):
                    continue
                accuracy = get_accuracy(name, level, kind, accuracy)
                yield Case(
                    f"{name}.{tag}",
                    build(name, body),
                    {op: 1},
                    accuracy,
                    left=1 if name == "P20" else 0,
                )
            for name, body in GATES.items():
                yield Case(f"{name}.{tag}", build(name, body), {GATE: 1}, False, 1)
            for name, body in MISSES.items():
                # Coarse types cannot tell these from 1/6 or 6.
                if kind == "bf16" and name.endswith(("0.167", "0.1668")):
                    continue
                name = re.sub(r"[^\w.]", "_", name)
                yield Case(f"{name}.{tag}", build(name, body), {}, False)


def generate_sixths():
    """All roundings of 1/6, and their neighbours."""
    good = {
        "f32": [0x3E2AAAAB, 0x3E2AAAAA],
        "f16": [0x3155],
        "bf16": [0x3E2B],
        "f64": [0x3FC5555555555555, 0x3FC5555555555556],
    }
    bad = {
        "f32": [0x3E2AAAA9, 0x3E2AAAAC, 0x3E2B0001],
        "f16": [0x3154, 0x3156],
        "bf16": [0x3E2A, 0x3E2C],
        "f64": [0x3FC5555555555554, 0x3FC5555555555553],
    }
    decimals = [0.166667, 0.1666667, 0.16666667, round_to("f16", SIXTH)]
    decimals.append(round_to("bf16", SIXTH))
    misses = [0.16667, 0.1667, 0.167, 0.166, 0.16, 0.2, 0.1666]
    for kind in KINDS:
        for i, (sixth, found) in enumerate(
            [(f"0x{s:X}", True) for s in good[kind]]
            + [(f"0x{s:X}", False) for s in bad[kind]]
            + [(d, True) for d in decimals if kind in ("f32", "f64")]
            + [(d, False) for d in misses if kind in ("f32", "f64")]
        ):
            for form in ("P5", "P6", "P12"):
                builder = make_builder("vector", kind, "8", "imum", False, "splat")
                builder.number = lambda v, b=builder, s=sixth: (
                    (s if isinstance(s, str) else f"{s:.17e}")
                    if v == SIXTH
                    else Builder.number(b, v)
                )
                name = f"sixth.{kind}.{i}.{form}"
                text = write_function(name, builder, SPELLINGS[form][0])
                yield Case(name, text, {SWISH: 1} if found else {}, False)


def raw(lines, *results):
    """A body of literal lines, in which %x and %y are the arguments."""

    def body(builder, _):
        builder.lines += [line.strip() for line in lines.strip().splitlines()]
        return results if len(results) > 1 else results[0]

    return body


def generate_uses():
    """Links that are used elsewhere: all results but the spelling's stay."""

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

    bodies = {
        "x_elsewhere": (x_elsewhere, {SWISH: 1}, 1),
        "shared_gate": (shared_gate, {SWISH: 1, GATE: 1}, 1),
        "inner_output": (inner_output, {SWISH: 1}, None),
        "two_products": (two_products, {SWISH: 2}, 0),
        "residual": (residual, {SWISH: 1}, 1),
        "duplicated": (duplicated, {SWISH: 2}, 1),
    }
    for level in ("scalar", "vector", "tensor", "dynamic", "tosa"):
        shapes, constants = LEVELS[level]
        for (name, (body, found, left)), clamp in itertools.product(
            bodies.items(), ("op", "imum")
        ):
            b = make_builder(level, "f32", shapes[0], clamp, False, constants[0])
            name = f"use.{name}.{level}.{clamp}"
            text = write_function(name, b, body)
            yield Case(name, text, found, False, left)


def generate_conversions():
    """Casts, layouts and quantisation between the links."""
    T, S = "tensor<2x8x4x4xf32>", "tensor<2x4x4x8xf32>"

    def nhwc(b, v):
        if b.level == "tosa":
            return b.new(f"tosa.transpose {v} {{perms = array<i32: 0, 2, 3, 1>}} : ({T}) -> {S}")
        e = b.new(f"tensor.empty() : {S}")
        return b.new(
            f"linalg.transpose ins({v} : {T}) outs({e} : {S}) permutation = [0, 2, 3, 1]"
        )

    def nchw(b, v):
        if b.level == "tosa":
            return b.new(f"tosa.transpose {v} {{perms = array<i32: 0, 3, 1, 2>}} : ({S}) -> {T}")
        e = b.new(f"tensor.empty() : {T}")
        return b.new(
            f"linalg.transpose ins({v} : {S}) outs({e} : {T}) permutation = [0, 3, 1, 2]"
        )

    def inside(b, outside):
        """A builder of the same function for another type."""
        other = make_builder(b.level, b.kind, "2x4x4x8", b.clamp_form, False, "splat")
        other.lines, other.count = b.lines, b.count
        return other

    def transposed_gate(b, x):
        t = b.shifted(x)
        i = inside(b, S)
        i.count = b.count + 50
        v = i.clip(nhwc(b, t), 0.0, 6.0)
        b.count += 100
        return b.div(b.mul(x, nchw(b, v)), 6.0)

    def transposed_twice(b, x):
        """x and x + 3 through a transpose of their own."""
        t = nhwc(b, b.shifted(x))
        u = nhwc(b, x)
        i = inside(b, S)
        i.count = b.count + 50
        v = i.div(i.mul(u, i.clip(t, 0.0, 6.0)), 6.0)
        b.count += 100
        return nchw(b, v)

    def wrong_layout(b, x):
        """Another order of the same shape."""
        e = b.new(f"tensor.empty() : {T}")
        t = b.new(
            f"linalg.transpose ins({b.relu6(x)} : {T}) outs({e} : {T}) "
            "permutation = [0, 1, 3, 2]"
        )
        return b.div(b.mul(x, t), 6.0)

    def reshaped(b, x):
        flat = "tensor<2x8x16xf32>"
        c = b.new(f"tensor.collapse_shape {b.relu6(x)} [[0], [1], [2, 3]] : {T} into {flat}")
        e = b.new(
            f"tensor.expand_shape {c} [[0], [1], [2, 3]] output_shape [2, 8, 4, 4]"
            f" : {flat} into {T}"
        )
        return b.div(b.mul(x, e), 6.0)

    def quantised(low, high, after):
        scale = (high - low) / 255
        zero = round(-low / scale)
        q = f"!quant.uniform<u8:f32, {scale:.9e}:{zero}>"

        def pair(b, v):
            qt = T.replace("f32", q)
            c = b.new(f"quant.qcast {v} : {T} to {qt}")
            return b.new(f"quant.dcast {c} : {qt} to {T}")

        def body(b, x):
            t = b.shifted(x)
            if "add" in after:
                t = pair(b, t)
            r = b.mul(x, b.clip(t, 0.0, 6.0))
            if "product" in after:
                r = pair(b, r)
            return b.div(r, 6.0)

        return body

    cases = {
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
    }
    for (name, (body, found)), level in itertools.product(
        cases.items(), ("tensor", "tosa")
    ):
        if level == "tosa" and "transposed" not in name:
            continue
        b = make_builder(level, "f32", "2x8x4x4", "op", False, "splat")
        name = f"conversion.{name}.{level}"
        yield Case(name, write_function(name, b, body), found, False)


CASTS = {
    # AMP: clamps in f32 between links in f16.
    "widened_clamp": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %h6 = arith.constant dense<6.0> : tensor<8xf16>
        %0 = arith.addf %x, %c3 : tensor<8xf16>
        %1 = arith.extf %0 : tensor<8xf16> to tensor<8xf32>
        %2 = arith.maximumf %1, %c0 : tensor<8xf32>
        %3 = arith.minimumf %2, %c6 : tensor<8xf32>
        %4 = arith.truncf %3 : tensor<8xf32> to tensor<8xf16>
        %5 = arith.mulf %x, %4 : tensor<8xf16>
        %6 = arith.divf %5, %h6 : tensor<8xf16>""",
        "f16",
        "f16",
        {SWISH: 1},
    ),
    # The same cast, twice, on both paths.
    "equal_widths": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf32>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %a = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %b = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %0 = arith.addf %b, %c3 : tensor<8xf32>
        %1 = arith.maximumf %0, %c0 : tensor<8xf32>
        %2 = arith.minimumf %1, %c6 : tensor<8xf32>
        %3 = arith.mulf %a, %2 : tensor<8xf32>
        %6 = arith.divf %3, %c6 : tensor<8xf32>""",
        "f16",
        "f32",
        {SWISH: 1},
    ),
    "widened_quotient": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf16>
        %c6 = arith.constant dense<6.0> : tensor<8xf16>
        %w6 = arith.constant dense<6.0> : tensor<8xf32>
        %0 = arith.addf %x, %c3 : tensor<8xf16>
        %1 = arith.maximumf %0, %c0 : tensor<8xf16>
        %2 = arith.minimumf %1, %c6 : tensor<8xf16>
        %3 = arith.mulf %x, %2 : tensor<8xf16>
        %4 = arith.extf %3 : tensor<8xf16> to tensor<8xf32>
        %6 = arith.divf %4, %w6 : tensor<8xf32>""",
        "f16",
        "f32",
        {SWISH: 1},
    ),
    # x in f32, the gate in f16.
    "narrow_gate": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf16>
        %c6 = arith.constant dense<6.0> : tensor<8xf16>
        %w6 = arith.constant dense<6.0> : tensor<8xf32>
        %a = arith.truncf %x : tensor<8xf32> to tensor<8xf16>
        %0 = arith.addf %a, %c3 : tensor<8xf16>
        %1 = arith.maximumf %0, %c0 : tensor<8xf16>
        %2 = arith.minimumf %1, %c6 : tensor<8xf16>
        %3 = arith.extf %2 : tensor<8xf16> to tensor<8xf32>
        %4 = arith.mulf %x, %3 : tensor<8xf32>
        %6 = arith.divf %4, %w6 : tensor<8xf32>""",
        "f32",
        "f32",
        {},
    ),
    # x through f64, the gate through f32.
    "different_widths": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf32>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %w6 = arith.constant dense<6.0> : tensor<8xf64>
        %a = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %b = arith.extf %x : tensor<8xf16> to tensor<8xf64>
        %0 = arith.addf %a, %c3 : tensor<8xf32>
        %1 = arith.maximumf %0, %c0 : tensor<8xf32>
        %2 = arith.minimumf %1, %c6 : tensor<8xf32>
        %3 = arith.extf %2 : tensor<8xf32> to tensor<8xf64>
        %4 = arith.mulf %b, %3 : tensor<8xf64>
        %6 = arith.divf %4, %w6 : tensor<8xf64>""",
        "f16",
        "f64",
        {},
    ),
}

OTHERS = {
    # Constants that are no splat, shapes that grow, integers.
    "per_channel": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %c3 = arith.constant dense<[3.0, 3.0, 3.0, 2.0]> : tensor<4xf32>
        %c0 = arith.constant dense<0.0> : tensor<4xf32>
        %c6 = arith.constant dense<6.0> : tensor<4xf32>
        %0 = arith.addf %x, %c3 : tensor<4xf32>
        %1 = arith.maximumf %0, %c0 : tensor<4xf32>
        %2 = arith.minimumf %1, %c6 : tensor<4xf32>
        %3 = arith.mulf %x, %2 : tensor<4xf32>
        %4 = arith.divf %3, %c6 : tensor<4xf32>
        return %4 : tensor<4xf32>
        }""",
        {},
    ),
    "written_out_splat": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %c3 = arith.constant dense<[3.0, 3.0, 3.0, 3.0]> : tensor<4xf32>
        %c0 = arith.constant dense<0.0> : tensor<4xf32>
        %c6 = arith.constant dense<"0x0000C0400000C0400000C0400000C040"> : tensor<4xf32>
        %0 = arith.addf %x, %c3 : tensor<4xf32>
        %1 = arith.maximumf %0, %c0 : tensor<4xf32>
        %2 = arith.minimumf %1, %c6 : tensor<4xf32>
        %3 = arith.mulf %x, %2 : tensor<4xf32>
        %4 = arith.divf %3, %c6 : tensor<4xf32>
        return %4 : tensor<4xf32>
        }""",
        {SWISH: 1},
    ),
    "broadcast": (
        """func.func @NAME(%x: tensor<1x8xf32>) -> tensor<4x8xf32> {
        %c3 = "tosa.const"() <{values = dense<3.0> : tensor<4x8xf32>}> : () -> tensor<4x8xf32>
        %c6 = "tosa.const"() <{values = dense<0.166666672> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.add %x, %c3 : (tensor<1x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
        %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4x8xf32>) -> tensor<4x8xf32>
        %2 = tosa.mul %x, %1, %s : (tensor<1x8xf32>, tensor<4x8xf32>, tensor<1xi8>) -> tensor<4x8xf32>
        %3 = tosa.mul %2, %c6, %s : (tensor<4x8xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x8xf32>
        return %3 : tensor<4x8xf32>
        }""",
        {},
    ),
    "integers": (
        """func.func @NAME(%x: tensor<4xi32>) -> tensor<4xi32> {
        %c3 = arith.constant dense<3> : tensor<4xi32>
        %c0 = arith.constant dense<0> : tensor<4xi32>
        %c6 = arith.constant dense<6> : tensor<4xi32>
        %0 = arith.addi %x, %c3 : tensor<4xi32>
        %1 = arith.maxsi %0, %c0 : tensor<4xi32>
        %2 = arith.minsi %1, %c6 : tensor<4xi32>
        %3 = arith.muli %x, %2 : tensor<4xi32>
        %4 = arith.divsi %3, %c6 : tensor<4xi32>
        return %4 : tensor<4xi32>
        }""",
        {},
    ),
    "swish_reciprocal": (
        """func.func @NAME(%x: f32) -> f32 {
        %c1 = arith.constant 1.0 : f32
        %0 = arith.negf %x : f32
        %1 = math.exp %0 : f32
        %2 = arith.addf %c1, %1 : f32
        %3 = arith.divf %x, %2 : f32
        return %3 : f32
        }""",
        {"swish": 1},
    ),
    "swish_tosa": (
        """func.func @NAME(%x: tensor<4xf32>) -> tensor<4xf32> {
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
        %1 = tosa.mul %0, %x, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
        return %1 : tensor<4xf32>
        }""",
        {"swish": 1},
    ),
    "swish_of_other": (
        """func.func @NAME(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
        %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
        %0 = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
        %1 = tosa.mul %0, %y, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
        return %1 : tensor<4xf32>
        }""",
        {},
    ),
}


def generate_others():
    for name, (lines, source, target, found) in CASTS.items():
        name = f"cast.{name}"
        ops = "\n".join(line.strip() for line in lines.splitlines())
        text = (
            f"func.func @{name}(%x: tensor<8x{source}>) -> tensor<8x{target}> {{\n"
            f"{ops}\nreturn %6 : tensor<8x{target}>\n}}"
        )
        case = Case(name, text, found, False)
        case.operands = None if source != target else case.operands
        yield case
    for name, (text, found) in OTHERS.items():
        name = f"other.{name}"
        case = Case(name, text.replace("NAME", name), found, False)
        case.has_remark = name != "other.swish_of_other"
        yield case


def run(tool, text):
    """The output, and the remarks: (line, text)."""
    process = subprocess.run(
        [tool, "--hswish-raise=explain"], input=text, capture_output=True, text=True
    )
    if process.returncode != 0:
        sys.exit(f"hswish-opt failed:\n{process.stderr[:4000]}")
    remarks = re.findall(r"<stdin>:(\d+):\d+: remark: (.*)", process.stderr)
    return process.stdout, [(int(line), remark) for line, remark in remarks]


def split_functions(output):
    functions = {}
    for part in re.split(r"(?=func\.func @)", output)[1:]:
        name = re.match(r"func\.func @([\w.]+)", part).group(1)
        functions[name] = part
    return functions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("--print", help="print this function before and after")
    options = parser.parse_args()

    cases = list(
        itertools.chain(
            generate_crossings(),
            generate_sixths(),
            generate_uses(),
            generate_conversions(),
            generate_others(),
        )
    )
    if options.print:
        for case in cases:
            if case.name == options.print:
                print(case.text, *run(options.tool, case.text), sep="\n")
        return
    batch, failures = 4000, []
    for start in range(0, len(cases), batch):
        part = cases[start : start + batch]
        output, remarks = run(options.tool, "\n".join(case.text for case in part))
        functions = split_functions(output)
        end = 0
        for case in part:
            begin, end = end, end + case.text.count("\n") + 1
            own = [text for line, text in remarks if begin < line <= end]
            remarks = remarks[len(own) :]
            if case.name not in functions:
                failures.append(f"{case.name}: not in the output")
            elif problem := case.check(functions[case.name], own):
                failures.append(f"{case.name}: {problem}")
    positive = sum(bool(case.found) for case in cases)
    print(
        f"{len(cases)} functions: {positive} spellings, {len(cases) - positive} "
        f"near misses, {len(failures)} failures"
    )
    if failures:
        print(*failures[:: max(1, len(failures) // 40)], sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
