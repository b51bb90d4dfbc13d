"""Spellings, computed at once with NumPy: what they say, operation by operation."""

import numpy as np

from .builder import Builder
from .numbers import SIXTH, largest_of, round_to

DTYPES = {"f32": np.float32, "f64": np.float64, "f16": np.float16}


def bf16_to_f32(codes):
    return (codes.astype(np.uint32) << 16).view(np.float32)


def f32_to_bf16(x):
    """Rounds to nearest even; NaN stays NaN."""
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(x), 0x7FC0, rounded).astype(np.uint16)


class LiteralBuilder(Builder):
    """Computes in `inner` with the constants of `kind`. Divisions are products with
    the reciprocal if `by_reciprocal`, as in TOSA."""

    def __init__(self, kind, inner=None, by_reciprocal=False):
        self.kind, self.type = kind, DTYPES[inner or kind]
        self.by_reciprocal = by_reciprocal

    def operand(self, v):
        if isinstance(v, float):
            return self.type(round_to(self.kind, largest_of(self.kind, v)))
        return v

    def add(self, a, b):
        return self.operand(a) + self.operand(b)

    def sub(self, a, b):
        return self.operand(a) - self.operand(b)

    def mul(self, a, b):
        return self.operand(a) * self.operand(b)

    def div(self, a, b):
        a, b = self.operand(a), self.operand(b)
        return a * (self.type(1) / b) if self.by_reciprocal else a / b

    def max(self, a, b):
        return np.maximum(self.operand(a), self.operand(b))

    def min(self, a, b):
        return np.minimum(self.operand(a), self.operand(b))

    def clamp(self, x, low, high):
        return self.min(self.max(x, low), high)

    def select(self, c, a, b):
        return np.where(c, self.operand(a), self.operand(b))

    def compare(self, predicate, a, b):
        return {"oge": np.greater_equal, "ole": np.less_equal}[predicate](a, self.operand(b))

    def ours(self, op, x, accuracy=""):
        """Our ops have their constants from the type that they compute in."""
        if op == "relu6":
            return self.clamp(x, 0.0, 6.0)
        gate = self.clamp(x * self.type(SIXTH) + self.type(0.5), 0.0, 1.0)
        return gate if op == "hard_sigmoid" else x * gate
