"""What the quantised activations must give: fractions, integers and NumPy's f32.

Written from the formulas in docs/Numerics.md, code by code, and sharing nothing
with the compiler.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

F = np.float32


@dataclass(frozen=True)
class Case:
    """One activation with its scales and zero points."""

    op: str  # hard_swish or hard_sigmoid
    semantics: str
    kind: str  # i8, ui8, i16 or ui16
    input_scale: np.float32
    input_zero: int
    output_scale: np.float32
    output_zero: int

    @property
    def width(self):
        return int(self.kind.lstrip("ui"))

    @property
    def is_unsigned(self):
        return self.kind.startswith("u")

    @property
    def low(self):
        return 0 if self.is_unsigned else -(1 << self.width - 1)

    @property
    def high(self):
        return self.low + (1 << self.width) - 1

    @property
    def type(self):
        """The element type in MLIR, which is signless."""
        return f"i{self.width}"

    @property
    def dtype(self):
        return np.dtype(f"{'u' if self.is_unsigned else ''}int{self.width}")

    def spell(self, x, type):
        """As MLIR; scales by their bits."""
        bits = lambda scale: f"0x{F(scale).view(np.uint32):08X}"
        unsigned = " unsigned" if self.is_unsigned else ""
        return (f"hswish.quantized_{self.op} {x} from<{bits(self.input_scale)}:{self.input_zero}> "
                f"to<{bits(self.output_scale)}:{self.output_zero}> semantics<{self.semantics}>{unsigned} : {type}")

    def codes(self):
        """All codes in the order of their bits."""
        return np.arange(1 << self.width).astype(f"uint{self.width}").view(self.dtype)

    def expected(self):
        """The results for `codes()`."""
        v = self.codes().astype(np.int64) - self.input_zero
        steps = {"exact": exact, "tflite": tflite, "qnnpack": in_floats, "aten": in_floats}[self.semantics](self, v)
        return np.clip(steps + self.output_zero, self.low, self.high).astype(self.dtype)


# --- exact --------------------------------------------------------------------


def exact(case, v):
    """round(f(si * v) / so) of fractions; Python rounds ties to even."""
    si, so = Fraction(float(case.input_scale)), Fraction(float(case.output_scale))

    def one(v):
        x = si * int(v)
        gate = min(max(x + 3, Fraction(0)), Fraction(6)) / 6
        return max(-(1 << 40), min(1 << 40, round((x * gate if case.op == "hard_swish" else gate) / so)))

    if case.width == 8:
        return np.array([one(i) for i in v])
    # Many codes: extended precision, and fractions next to a tie.
    x = v.astype(np.longdouble) * np.longdouble(case.input_scale)
    gate = np.clip(x + 3, 0, 6) / 6
    y = np.clip((x * gate if case.op == "hard_swish" else gate) / np.longdouble(case.output_scale), -1e9, 1e9)
    steps = np.rint(y).astype(np.int64)
    doubtful = np.abs(np.abs(y - np.floor(y)) - 0.5) < 1e-7
    steps[doubtful] = [one(i) for i in v[doubtful]]
    return steps


# --- tflite -------------------------------------------------------------------


def quantized_multiplier(number):
    """(multiplier of 16 bits, exponent)"""
    fraction, exponent = math.frexp(number)
    wide = math.floor(fraction * 2**31 + 0.5)
    if wide == 2**31:
        wide, exponent = 2**30, exponent + 1
    return min((wide + 2**15) >> 16, 2**15 - 1), exponent


def multipliers(case):
    hires = F(case.input_scale) * F(1 / 128)
    return (quantized_multiplier(float(hires / F(case.output_scale))),
            quantized_multiplier(float(hires / F(3 / 32768))))


def int16(x):
    return np.clip(x, -(1 << 15), (1 << 15) - 1)


def towards_zero(x):
    """x / 2^15"""
    return np.sign(x) * (np.abs(x) >> 15)


def high_rounded(x, m):
    product = x * m
    return int16(towards_zero(product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))))


def divide_by_power(x, exponent):
    """Halves away from zero."""
    return np.sign(x) * ((np.abs(x) + ((1 << exponent) >> 1)) >> exponent)


def tflite(case, v):
    (om, oe), (rm, re) = multipliers(case)
    v = v << 7
    pre = high_rounded(v, om)
    r = v
    if re > 0:
        r = int16(r << (re - 1))
    r = high_rounded(r, rm)
    if re > 0:
        r = int16(r << 1)
    if re < 0:
        r = divide_by_power(r, -re)
    r = (r + 32768) >> 1
    return divide_by_power(int16(towards_zero(r * pre)), -oe)


# --- qnnpack and aten ---------------------------------------------------------


def in_floats(case, v):
    with np.errstate(over="ignore"):
        x = F(case.input_scale) * v.astype(F)
        gate = np.minimum(np.maximum(x + F(3), F(0)), F(6))
        y = (x * gate if case.op == "hard_swish" else gate) / F(6)
        y = y * (F(1) / F(case.output_scale))
        if case.semantics == "qnnpack":
            y = y + F(case.output_zero)
        y = np.rint(np.clip(y, F(-1e9), F(1e9))).astype(np.int64)
    return y - case.output_zero if case.semantics == "qnnpack" else y


# --- cases --------------------------------------------------------------------


def is_possible(case):
    """Whether the semantics exist for it."""
    if case.semantics == "exact":
        return True
    if case.width != 8:
        return False
    if case.semantics == "tflite":
        (_, oe), (_, re) = multipliers(case)
        return case.op == "hard_swish" and -15 <= oe <= 0 and -15 <= re <= 31
    return case.op == "hard_swish" or (case.output_scale == F(1 / 256) and case.output_zero == case.low)


def cases(kind, op, semantics, count, seed=1):
    """Seeded scales and zero points: as calibration finds them, powers of two
    (whose results are full of ties), equal ones, and far-out ones."""
    rng = np.random.default_rng([seed, len(kind), *map(ord, kind + op[5:7] + semantics)])
    width = int(kind.lstrip("ui"))
    low = 0 if kind.startswith("u") else -(1 << width - 1)
    found = []
    while len(found) < count:
        style = len(found) % 5
        reach = rng.uniform(1, 12) if style < 3 else 2.0 ** rng.integers(-1, 5)
        si = F(reach / (1 << width - 1)) if style < 4 else F(2.0 ** rng.uniform(-18, 12))
        y = max(reach, 0.4) if op == "hard_swish" else 1.0
        so = F(y / (1 << width) * rng.uniform(0.5, 2)) if style < 3 else F(si * 2.0 ** rng.integers(-6, 3))
        if style == 1 or (op == "hard_sigmoid" and semantics in ("qnnpack", "aten")):
            so = si if op == "hard_swish" else F(1 / (1 << width))
        zi, zo = (int(low + rng.integers(0, 1 << width)) for _ in range(2))
        if style == 2:
            zi = low + (1 << width - 1)
        if semantics in ("qnnpack", "aten") and op == "hard_sigmoid":
            zo = low
        case = Case(op, semantics, kind, si, zi, so, zo)
        if is_possible(case):
            found.append(case)
    return found


def table(kind, count, seed=1):
    """`count` cases for each op and semantics that `kind` has."""
    semantics = ("exact", "tflite", "qnnpack", "aten") if kind.endswith("i8") else ("exact",)
    # Too far apart for the integer arithmetic of 16 bits.
    far_apart = Case("hard_swish", "exact", kind, F(1e-4), 5, F(1e-12), 7)
    return [far_apart] + [case for op in ("hard_swish", "hard_sigmoid") for s in semantics
            if (op, s) != ("hard_sigmoid", "tflite") for case in cases(kind, op, s, count, seed)]
