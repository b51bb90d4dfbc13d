"""What the activations must give, by NumPy.

For the modes that promise an order of operations, the oracle evaluates it
operation by operation. For `exact` it rounds the real number: from extended
precision where that is clear, from exact fractions where it is not.
"""

from fractions import Fraction

import numpy as np

KINKS = ("outer", "inner", "average", "left", "right")
# kind: (digits, exponent of the least number, type to compute in)
TYPES = {"f16": (11, -24, np.float32), "bf16": (8, -133, np.float32), "f32": (24, -149, np.float32),
         "f64": (53, -1074, np.float64)}


# --- numbers ------------------------------------------------------------------


def bf16_to_f32(codes):
    return (codes.astype(np.uint32) << 16).view(np.float32)


def f32_to_bf16(x):
    """Rounds to nearest even; NaN stays NaN."""
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(x), 0x7FC0, rounded).astype(np.uint16)


def widen(x, kind):
    """Stored numbers in the type to compute in."""
    if kind == "bf16":
        return bf16_to_f32(x)
    return x.view(np.float16).astype(np.float32) if kind == "f16" else x


def narrow(y, kind):
    """Rounded to the type that numbers are stored in; halves as their codes."""
    if kind == "f16":
        return y.astype(np.float16).view(np.uint16)
    return f32_to_bf16(y) if kind == "bf16" else y


def inputs(kind):
    """All halves, or numbers from everywhere, near the kinks, and the special."""
    if kind in ("f16", "bf16"):
        return np.arange(1 << 16, dtype=np.uint16)
    float_type, int_type = {"f32": (np.float32, np.uint32), "f64": (np.float64, np.uint64)}[kind]
    rng = np.random.default_rng(7)
    anywhere = rng.integers(0, np.iinfo(int_type).max, 1 << 17, dtype=int_type, endpoint=True)
    near = rng.uniform(-6, 6, 1 << 17).astype(float_type)
    edges = []
    for centre in (-3.0, 3.0, 6.0, -6.0, 1e-3, -1e-3):
        start = np.array([centre], float_type).view(int_type)[0]
        edges.append(start + np.arange(-2500, 2500, dtype=np.int64).astype(int_type))
    tiny = np.arange(2500, dtype=int_type)
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, np.finfo(float_type).max], float_type)
    return np.concatenate([anywhere.view(float_type), near, *[e.view(float_type) for e in edges],
                           tiny.view(float_type), -tiny.view(float_type), special])


def same_bits(got, want, kind):
    """Equal codes, where any NaN equals any other."""
    nan = np.isnan(widen(got, kind)) & np.isnan(widen(want, kind))
    unsigned = {2: np.uint16, 4: np.uint32, 8: np.uint64}[got.itemsize]
    return (got.view(unsigned) == want.view(unsigned)) | nan


# --- orders of operations -----------------------------------------------------


def relu6(t):
    low = np.where(t < 0, t.dtype.type(0), t)
    return np.where(low > 6, t.dtype.type(6), low)


def hard_sigmoid(x, accuracy):
    T = x.dtype.type
    if accuracy == "default":
        return relu6(x + T(3)) * T(1 / 6)
    if accuracy == "torch":
        return relu6(x + T(3)) / T(6)
    line = x * T(1 / 6) + T(0.5)
    low = np.where(line < 0, T(0), line)
    return np.where(low > 1, T(1), low)


def hard_swish(x, accuracy):
    if accuracy == "torch":
        return (x * relu6(x + x.dtype.type(3))) / x.dtype.type(6)
    return x * hard_sigmoid(x, accuracy)


def at_kinks(below, above, ends, kink):
    """The derivative at -3 and 3; `ends` are its inner values there."""
    return {
        "outer": (below, above),
        "inner": ends,
        "average": ((below + ends[0]) / 2, (above + ends[1]) / 2),
        "left": (below, ends[1]),
        "right": (ends[0], above),
    }[kink]


def by_pieces(x, inside, below, above, ends, kink):
    T = inside.dtype.type
    low, high = at_kinks(below, above, ends, kink)
    y = np.where(x < -3, T(below), np.where(x > 3, T(above), inside))
    y = np.where(x == -3, T(low), y)
    return np.where(x == 3, T(high), y)


def hard_swish_grad(x, u, kink, accuracy):
    T = x.dtype.type
    third = x / T(3) if accuracy == "torch" else x * T(1 / 3)
    return u * by_pieces(x, third + T(0.5), 0, 1, (-0.5, 1.5), kink)


def hard_sigmoid_grad(x, u, kink):
    T = x.dtype.type
    y = by_pieces(x, np.full_like(x, T(1 / 6)), 0, 0, (1 / 6, 1 / 6), kink)
    return np.where(np.isnan(x), x, u * y)


# --- correct rounding ---------------------------------------------------------


def round_fraction(value, digits, least):
    """The nearest number of `digits` digits that is a multiple of 2^least."""
    if value == 0:
        return 0.0
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > size
    quantum = Fraction(2) ** max(exponent - digits + 1, least)
    return float(round(value / quantum) * quantum)  # round: ties to even


def nearest(approximate, exact, kind):
    """`approximate` (extended precision) rounded to `kind`; where that is close
    to a tie, `exact(i)` as a fraction is rounded."""
    digits, least, compute = TYPES[kind]
    finite = np.where(np.isfinite(approximate), approximate, 0)
    _, exponent = np.frexp(finite)
    exponent = np.maximum(exponent - digits, least)
    units = np.ldexp(finite, -exponent)
    y = np.ldexp(np.rint(units), exponent)
    doubtful = np.abs(np.abs(units - np.floor(units)) - 0.5) < 1e-8
    for i in np.flatnonzero(doubtful):
        y[i] = round_fraction(exact(i), digits, least)
    y = np.where(np.isfinite(approximate), y, approximate)
    y = np.copysign(y, approximate)
    # Exact: y is a number of that type already, or overflows.
    return narrow(y.astype(compute), kind)


def exact_hard_swish(x, kind):
    wide, F = x.astype(np.longdouble), lambda i: Fraction(float(x[i]))
    y = wide * (wide + 3) / 6
    y = np.where(x >= 3, wide, np.where(x <= -3, np.longdouble(-0.0), y))
    return nearest(y, lambda i: F(i) * (F(i) + 3) / 6 if abs(F(i)) < 3 else F(i), kind)


def exact_hard_sigmoid(x, kind):
    wide = np.clip(x.astype(np.longdouble), -3, 3)
    return nearest((wide + 3) / 6, lambda i: (Fraction(float(wide[i])) + 3) / 6, kind)


def exact_gradient(x, u, ends, outside, inside, kink, kind):
    """u * inside(x) / 6 and its values outside and at the ends, all times 6."""
    slope = by_pieces(x, inside(x.astype(np.longdouble)), *outside, ends, kink)
    at = dict(zip((-3.0, 3.0), at_kinks(*outside, ends, kink)))

    def exact(i):
        value = float(x[i])
        d = at.get(value, inside(Fraction(value)) if abs(value) < 3 else outside[value > 0])
        return Fraction(float(u[i])) * Fraction(d) / 6

    y = u * slope / 6
    return nearest(np.where(np.isnan(x), x, y), exact, kind)


def exact_hard_swish_grad(x, u, kink, kind):
    return exact_gradient(x, u, (-3, 9), (0, 6), lambda v: 2 * v + 3, kink, kind)


def exact_hard_sigmoid_grad(x, u, kink, kind):
    return exact_gradient(x, u, (1, 1), (0, 0), lambda v: 0 * v + 1, kink, kind)


# --- the table ----------------------------------------------------------------


def table(kind):
    """op text -> function of the stored x and upstream gives stored results."""

    def ordered(function):
        return lambda x, u: narrow(function(widen(x, kind), widen(u, kind)), kind)

    def exact(function):
        return lambda x, u: function(widen(x, kind), widen(u, kind))

    ops = {"relu6": ordered(lambda x, u: relu6(x))}
    for mode in ("default", "torch", "onnx"):
        ops[f"hard_swish accuracy<{mode}>"] = ordered(lambda x, u, m=mode: hard_swish(x, m))
        ops[f"hard_sigmoid accuracy<{mode}>"] = ordered(lambda x, u, m=mode: hard_sigmoid(x, m))
    ops["hard_swish_grad accuracy<torch>"] = ordered(lambda x, u: hard_swish_grad(x, u, "outer", "torch"))
    for kink in KINKS:
        ops[f"hard_swish_grad kink<{kink}>"] = ordered(lambda x, u, k=kink: hard_swish_grad(x, u, k, "default"))
        ops[f"hard_sigmoid_grad kink<{kink}>"] = ordered(lambda x, u, k=kink: hard_sigmoid_grad(x, u, k))
    if kind == "f64":
        return ops
    ops["hard_swish accuracy<exact>"] = exact(lambda x, u: exact_hard_swish(x, kind))
    ops["hard_sigmoid accuracy<exact>"] = exact(lambda x, u: exact_hard_sigmoid(x, kind))
    for kink in KINKS:
        ops[f"hard_swish_grad kink<{kink}> accuracy<exact>"] = exact(
            lambda x, u, k=kink: exact_hard_swish_grad(x, u, k, kind))
        ops[f"hard_sigmoid_grad kink<{kink}> accuracy<exact>"] = exact(
            lambda x, u, k=kink: exact_hard_sigmoid_grad(x, u, k, kind))
    return ops
