# REQUIRES: onnx, numpy
# RUN: %python %s hswish-run hswish-opt hswish-translate
"""Raising changes what quantisers say by no more than docs/Raising.md allows.

Spellings with pairs of QuantizeLinear and DequantizeLinear in every place, of all
types, with ranges that cover, end at a clamp or truncate, with scales from
subnormal to huge and zero points at the ends, and with constants that go through
a pair of their own. All codes are tried, and floats far outside of every range;
NumPy computes each link literally.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

f32 = np.float32
TOLERANCE = 1 / 32
KINDS = (np.uint8, np.int8, np.uint16, np.int16)
np.seterr(all="ignore")


@dataclass
class Pair:
    scale: float
    zero: int
    kind: type = np.uint8

    @staticmethod
    def of(low, high, kind=np.uint8):
        """With this range, as converters choose it."""
        info = np.iinfo(kind)
        scale = f32((high - low) / (int(info.max) - int(info.min)))
        zero = np.clip(round(float(info.min) - low / float(scale)), info.min, info.max)
        return Pair(float(scale), int(zero), kind)

    def apply(self, x):
        info, scale, zero = np.iinfo(self.kind), f32(self.scale), f32(self.zero)
        codes = np.rint(x / scale) + zero
        codes = np.where(np.isnan(codes), f32(info.min), np.clip(codes, f32(info.min), f32(info.max)))
        return (codes.astype(f32) - zero) * scale


class Literal:
    """NumPy, link by link."""

    def constant(self, value, pair):
        return pair.apply(f32(value)) if pair else f32(value)

    def pair(self, x, pair):
        return pair.apply(x) if pair else x

    def add(self, x, y):
        return (x + y).astype(f32)

    def mul(self, x, y):
        return (x * y).astype(f32)

    def div(self, x, y):
        return (x / y).astype(f32)

    def clip(self, x, low, high):
        return np.minimum(np.maximum(x, f32(low)), f32(high))


class Graph:
    """The same as nodes of an ONNX file."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], {}, 0

    def new(self, op, *inputs):
        self.count += 1
        self.nodes.append(helper.make_node(op, list(inputs), [f"v{self.count}"]))
        return f"v{self.count}"

    def weight(self, value):
        value = np.asarray(value)
        name = f"{value.dtype.str[1:]}_{value}"
        self.weights[name] = value
        return name

    def pair(self, x, pair):
        if not pair:
            return x
        parameters = self.weight(f32(pair.scale)), self.weight(pair.kind(pair.zero))
        return self.new("DequantizeLinear", self.new("QuantizeLinear", x, *parameters), *parameters)

    def constant(self, value, pair):
        return self.pair(self.weight(f32(value)), pair)

    def add(self, x, y):
        return self.new("Add", x, y)

    def mul(self, x, y):
        return self.new("Mul", x, y)

    def div(self, x, y):
        return self.new("Div", x, y)

    def clip(self, x, low, high):
        return self.new("Clip", x, self.weight(f32(low)), self.weight(f32(high)))


@dataclass
class Variant:
    """A form, and a pair or nothing for each of its places."""

    form: str
    pairs: dict
    raised: bool | None = None  # whether it must be, or must not be

    def later_step(self):
        """If only a part is raised, what follows may round to the next code."""
        unit = 1 if self.form == "line" else 6
        steps = [self.pairs[p].scale / unit for p in ("clip", "product") if p in self.pairs]
        return sum(map(abs, steps)) * (6 if self.form == "inner" else 1) if len(self.pairs) > 1 else 0

    def build(self, b, x):
        at = self.pairs.get
        gate, other = b.pair(x, at("gate")), b.pair(x, at("other"))
        if self.form == "line":  # x * clip(x / 6 + 1/2, 0, 1)
            t = b.add(b.mul(gate, b.constant(1 / 6, at("c6"))), b.constant(0.5, at("c3")))
            t = b.pair(t, at("sum"))
            t = t if at("sum") and self.pairs.get("bare") else b.clip(t, 0, 1)
            return b.pair(b.mul(other, b.pair(t, at("clip"))), at("product"))
        t = b.pair(b.add(gate, b.constant(3, at("c3"))), at("sum"))
        t = b.pair(t if self.pairs.get("bare") else b.clip(t, 0, 6), at("clip"))
        if self.form == "sigmoid":
            return b.div(t, b.constant(6, at("c6")))
        if self.form == "inner":  # x * (relu6(x + 3) / 6)
            return b.mul(other, b.pair(b.div(t, b.constant(6, at("c6"))), at("product")))
        return b.div(b.pair(b.mul(other, t), at("product")), b.constant(6, at("c6")))


def named():
    """Variants of which it is known whether they become an activation."""
    of, last = Pair.of, Pair(0.01176471, 255)
    fine, wide = of(-8, 8), of(-4, 40)
    return [
        Variant("outer", {}, True),
        Variant("outer", {"sum": fine}, True),
        Variant("outer", {"sum": of(0, 6), "bare": True}, True),
        Variant("outer", {"sum": of(0, 7), "bare": True}, False),
        Variant("outer", {"sum": of(0, 5)}, False),
        Variant("outer", {"sum": of(0, 6), "product": wide}, True),
        Variant("outer", {"product": of(-3, 18)}, True),
        Variant("outer", {"product": of(0, 18)}, False),
        Variant("outer", {"product": of(-3, 12)}, False),
        Variant("line", {"sum": of(0, 1), "bare": True}, True),
        Variant("line", {"sum": of(-2, 2), "clip": of(0, 1)}, True),
        Variant("inner", {"clip": of(0, 6), "product": of(0, 1)}, True),
        Variant("sigmoid", {"sum": of(-5, 9), "clip": of(0, 6)}, True),
        # x itself is quantised for one of its two uses.
        Variant("outer", {"gate": of(-4, 4)}, True),
        Variant("outer", {"other": of(-4, 4)}, True),
        Variant("outer", {"gate": of(-1, 4)}, False),
        Variant("outer", {"gate": of(-4, 4), "other": of(-4, 6)}, True),
        # 3 and 6 as they come out of a quantiser: exact, rounded, saturated.
        Variant("outer", {"c3": Pair(0.5, 0)}, True),
        Variant("outer", {"c3": Pair(0.7, 0)}, False),
        Variant("outer", {"c3": last}, False),
        Variant("outer", {"c6": Pair(0.5, 250)}, False),
        Variant("line", {"c3": Pair(0.25, 3), "c6": Pair(1, 0)}, False),
        # Steps so coarse that the gate is a staircase.
        Variant("outer", {"sum": Pair(1, 128)}, False),
        Variant("outer", {"sum": Pair(3, 2)}, False),
        Variant("outer", {"product": Pair(2, 128)}, False),
        Variant("sigmoid", {"sum": Pair(0.5, 16)}, False),
        Variant("outer", {"sum": Pair(0.5, 0, np.int16)}, False),
        Variant("outer", {"sum": Pair(2**-12, 0, np.int16)}, True),
        # Ranges of (nearly) nothing and of everything.
        Variant("outer", {"sum": Pair(1e-40, 0)}, False),
        Variant("outer", {"sum": Pair(1e30, 0)}, False),
        Variant("outer", {"sum": Pair(0, 0)}, False),
        Variant("outer", {"sum": Pair(-0.03, 128)}, False),
        Variant("outer", {"gate": Pair(1e38, 255), "other": Pair(1e-30, 0)}, False),
    ]


def sample(rng, count):
    """Pairs anywhere."""

    def pair():
        kind = KINDS[rng.integers(4)]
        info = np.iinfo(kind)
        if rng.random() < 0.2:
            scale = 2.0 ** rng.integers(-145, 120) if rng.random() < 0.3 else 2.0 ** rng.integers(-9, 3)
            zero = rng.choice([info.min, info.max, rng.integers(info.min, int(info.max) + 1)])
            return Pair(float(f32(scale)), int(zero), kind)
        low = -rng.choice([0, 0, 1, 2.25, 3, 4, 8]) * rng.uniform(0.98, 1.1)
        high = rng.choice([1, 3, 6, 6, 8, 18, 40, 300]) * rng.uniform(0.98, 1.1)
        return Pair.of(low, high, kind)

    for _ in range(count):
        form = str(rng.choice(["outer", "line", "inner", "sigmoid"]))
        places = [p for p in ("gate", "other", "sum", "clip", "product") if rng.random() < 0.35]
        pairs = {place: pair() for place in places}
        if rng.random() < 0.15:
            pairs[str(rng.choice(["c3", "c6"]))] = pair()
        if "sum" in pairs and rng.random() < 0.3:
            pairs["bare"] = True
        yield Variant(form, pairs)


def make_model(variants, kind):
    """All variants of one x: floats, or codes that are dequantised."""
    g = Graph()
    x, type, shape = "x", TensorProto.FLOAT, [len(INPUTS[kind])]
    if kind != "f32":
        type = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        x = g.new("DequantizeLinear", "x", *map(g.weight, PARAMETERS[kind]))
    ys = [v.build(g, x) for v in variants]
    ends = [g.new("Identity", y) for y in ys]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes,
        "variants",
        [info("x", type, shape)],
        [info(y, TensorProto.FLOAT, shape) for y in ends],
        [numpy_helper.from_array(w, n) for n, w in g.weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


INPUTS = {kind: np.arange(256, dtype=np.uint8).view(kind) for kind in ("u1", "i1")}
PARAMETERS = {"u1": (f32(0.0627), np.uint8(128)), "i1": (f32(0.0487), np.int8(-31))}
INPUTS["f32"] = np.concatenate([np.arange(-20, 20, 1 / 64), [-1e4, -300, 60, 300, 1e4, 1e30]]).astype(f32)


def run(tools, variants, kind, folder):
    path = f"{folder}/net.onnx"
    onnx.save(make_model(variants, kind), path)
    np.save(f"{folder}/x.npy", INPUTS[kind])
    command = [tools["hswish-run"], path, "--input", f"x={folder}/x.npy", "--output-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [np.load(f"{folder}/{i}.npy") for i in range(len(variants))]


def is_raised(tools, variant, folder):
    path = f"{folder}/one.onnx"
    onnx.save(make_model([variant], "f32"), path)
    imported = subprocess.run([tools["hswish-translate"], "--import-onnx", path], check=True, capture_output=True)
    raised = subprocess.run(
        [tools["hswish-opt"], "--hswish-raise"], input=imported.stdout, check=True, capture_output=True
    )
    return b"hswish.hard_s" in raised.stdout


def check(variant, kind, got):
    x = INPUTS[kind]
    if kind != "f32":
        scale, zero = PARAMETERS[kind]
        x = (x.astype(f32) - f32(zero)) * scale
    wanted = variant.build(Literal(), x).astype(f32)
    size = np.ones_like(x) if variant.form == "sigmoid" else np.maximum(1, np.abs(x))
    # What is not raised is a few roundings of f32 away at most.
    limit = 1e-5 * np.maximum(size, np.abs(wanted))
    if variant.raised is not False:
        limit = limit + size * (TOLERANCE + variant.later_step())
    error = np.where(got == wanted, 0, np.abs(got.astype(np.float64) - wanted))
    bad = ~((error <= limit) | (np.isnan(got) & np.isnan(wanted)))
    if bad.any():
        i = np.argmax(bad)
        return f"{variant} of {kind}: {x[i]} becomes {got[i]}, not {wanted[i]}"
    return None


def main():
    tools = {tool.rsplit("/", 1)[-1]: tool for tool in sys.argv[1:4]}
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 240
    variants = [*named(), *sample(np.random.default_rng(12), count)]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for variant in variants:
            if variant.raised is not None and is_raised(tools, variant, folder) != variant.raised:
                failures.append(f"{variant} is {'not ' if variant.raised else ''}raised")
        for kind in INPUTS:
            for start in range(0, len(variants), 40):
                part = variants[start : start + 40]
                results = run(tools, part, kind, folder)
                failures += filter(None, (check(v, kind, y) for v, y in zip(part, results)))
    print(*failures, sep="\n")
    print(f"{len(variants)} variants, {len(failures)} failures")
    sys.exit(bool(failures))


main()
