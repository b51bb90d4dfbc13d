"""Random graphs: nodes are drawn one after the other and evaluated at once, so
that shapes and sizes of values are known to whatever comes next."""

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from onnx import TensorProto as T
from onnx import defs, helper, numpy_helper

from .operators import ROWS
from .oracle import LARGEST, is_float, make_evaluator, widen

OPSETS = (9, 11, 12, 13, 13, 14, 15, 17, 17, 18, 19, 20, 21, 21, 22)
SIZES = (1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33)
MAX_ELEMENTS = 20000
MAX_NODES = 12
FLOATS = (T.FLOAT, T.DOUBLE, T.FLOAT16, T.BFLOAT16)


def get_dtype(kind):
    return np.dtype(ml_dtypes.bfloat16) if kind == T.BFLOAT16 else helper.tensor_dtype_to_np_dtype(kind)


@dataclass(frozen=True, eq=False)
class Value:
    name: str
    kind: int
    array: np.ndarray  # floats as float64

    @property
    def shape(self):
        return self.array.shape


class Draw:
    """What rows draw from."""

    def __init__(self, rng, opset):
        self.rng, self.opset = rng, opset
        self.opsets = [helper.make_opsetid("", opset)]
        self.nodes, self.values, self.inputs, self.constants = [], [], {}, {}
        self.used = set()
        # Most graphs are of one float type.
        bfloats = [(T.BFLOAT16,)] if opset >= 13 else []
        self.floats = self.pick([(T.FLOAT,)] * 7 + [(T.FLOAT16,), (T.DOUBLE,), FLOATS, *bfloats])
        self.is_special = self.chance(0.1)

    # --- numbers ---------------------------------------------------------------
    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def pick_some(self, options, least):
        options = list(options)
        count = int(self.rng.integers(least, len(options) + 1))
        return [int(v) for v in self.rng.permutation(options)[:count]]

    def number(self, low, high):
        return float(np.float32(self.rng.uniform(low, high)))

    def size(self):
        return int(self.pick(SIZES))

    def shuffled(self, *values):
        return [values[i] for i in self.rng.permutation(len(values))]

    def maybe(self, **attributes):
        return {k: v for k, v in attributes.items() if self.chance(0.6)}

    def array(self, shape, kind, is_input=False):
        """Contents of a tensor. (No weight is infinite: padded with zeros it would
        give NaN, where nobody would look for one.)"""
        dtype = get_dtype(kind)
        if kind == T.BOOL:
            return self.rng.integers(0, 2, shape).astype(bool)
        if kind not in FLOATS:
            info = np.iinfo(dtype)
            limit = 1000 if info.bits > 16 or self.chance(0.5) else info.max
            return self.rng.integers(max(info.min, -limit - 1), min(info.max, limit) + 1, shape).astype(dtype)
        x = self.rng.normal(size=shape) * self.pick([0.1, 1, 3, 10])
        if self.chance(0.2):
            x = np.round(x)
        if self.is_special and is_input and np.size(x):
            special = [0.0, -0.0, np.inf, -np.inf, np.nan, 3, -3, 6, 1e-40, 1e15]
            where = self.rng.random(shape) < 0.2
            x = np.where(where, self.rng.choice(special, shape), x)
        with np.errstate(all="ignore"):
            return np.asarray(x).astype(dtype).astype(np.float64)

    # --- values ----------------------------------------------------------------
    def value(self, kinds, rank=(0, 5), shape=None):
        """A value of one of these types, or a new one."""
        fits = [v for v in self.values if v.kind in kinds and rank[0] <= len(v.shape) <= rank[1]]
        if shape is not None:
            fits = [v for v in fits if v.shape == tuple(shape)]
        if fits and self.chance(0.85 if len(self.inputs) < 3 else 0.97):
            # Later ones more often: chains are what is fused.
            return fits[-1] if self.chance(0.5) else self.pick(fits)
        preferred = [k for k in kinds if k in self.floats] or [k for k in kinds if k not in FLOATS] or list(kinds)
        kind = self.pick(preferred)
        if shape is None:
            shape = [self.size() for _ in range(self.rng.integers(rank[0], rank[1] + 1))]
            while np.prod(shape) > 4000:
                shape[self.rng.integers(len(shape))] = 1
        return self.input(self.array(shape, kind, is_input=True), kind)

    def input(self, array, kind):
        value = Value(f"x{len(self.inputs)}", kind, array)
        self.inputs[value.name] = value
        self.values.append(value)
        return value

    def constant(self, array, kind):
        if kind in FLOATS:
            array = np.asarray(array).astype(get_dtype(kind)).astype(np.float64)
        value = Value(f"c{len(self.constants)}", kind, np.asarray(array))
        self.constants[value.name] = value
        return value

    def constant_or_input(self, array, kind):
        return self.constant(array, kind) if self.chance(0.5) else self.input(array, kind)

    def integers(self, numbers):
        return self.constant(np.array(numbers, np.int64), T.INT64)

    def thin(self, shape):
        """A shape that broadcasts to this one."""
        thin = [n if self.chance(0.6) else 1 for n in shape]
        return thin[int(self.rng.integers(0, len(thin) + 1)) :] if self.chance(0.3) else thin

    def partner(self, x):
        """What x may be added to."""
        fits = [v for v in self.values if v.kind == x.kind and self.broadcasts(v.shape, x.shape)]
        if fits and self.chance(0.5):
            return self.pick(fits)
        return self.constant_or_input(self.array(self.thin(x.shape), x.kind), x.kind)

    @staticmethod
    def broadcasts(a, b):
        try:
            return np.prod(np.broadcast_shapes(a, b)) <= MAX_ELEMENTS
        except ValueError:
            return False

    def divisor(self, x):
        """A constant far from zero."""
        array = self.array(self.thin(x.shape), x.kind)
        array = np.where(np.abs(array.astype(np.float64)) < 0.5, np.ones_like(array), array)
        return self.constant(array, x.kind)

    def axis(self, x):
        return int(self.rng.integers(0, len(x.shape)))

    def axes(self, x):
        return self.pick_some(range(len(x.shape)), 0)

    # --- nodes -----------------------------------------------------------------
    def takes(self, op, inputs):
        """Whether the operator takes these types in this operator set. (A graph
        that is refused tests nothing, and each type came with some set.)"""
        formal = defs.get_schema(op, self.opset).inputs
        of = lambda v: f"tensor({T.DataType.Name(v.kind).lower()})"
        return all(of(v) in formal[min(i, len(formal) - 1)].types for i, v in enumerate(inputs) if v)

    def emit(self, op, inputs, kind=None, count=1, **attributes):
        """Adds a node if it can be evaluated and comes out sane; its first result."""
        if not self.takes(op, inputs):
            return None
        names = [v.name if v else "" for v in inputs]
        while names and not names[-1]:
            names.pop()
        outputs = [f"v{len(self.nodes)}"] + [f"v{len(self.nodes)}_{i}" for i in range(1, count)]
        attributes = {k: float(v) if isinstance(v, np.floating) else v for k, v in attributes.items()}
        node = helper.make_node(op, names, outputs, name=outputs[0], **attributes)
        try:
            with np.errstate(all="ignore"):
                results = make_evaluator(node, self.opsets)({v.name: v.array for v in inputs if v})
        except Exception:  # what the evaluator cannot do is left out
            return None
        kind = kind or inputs[0].kind
        made = []
        for name, result in zip(outputs, results):
            result = np.asarray(result)
            result = widen(result) if is_float(result) else result
            if kind in FLOATS:
                result = self.round(result, kind)
            if not self.is_sane(result):
                return None
            made.append(Value(name, kind, result))
        self.nodes.append(node)
        self.used.update(names)
        self.values += made
        return made[0]

    @staticmethod
    def round(result, kind):
        with np.errstate(all="ignore"):
            return result.astype(get_dtype(kind)).astype(np.float64) if kind in (T.FLOAT16, T.BFLOAT16) else result

    def is_sane(self, result):
        if result.size > MAX_ELEMENTS or result.size == 0 or result.ndim > 6:
            return False
        if result.dtype.kind != "f":
            return True
        finite = np.isfinite(result)
        return (self.is_special or finite.mean() > 0.95) and np.abs(result[finite]).max(initial=0) < LARGEST / 1e10


def generate(seed):
    """A model and its inputs by name."""
    rng = np.random.default_rng(seed)
    d = Draw(rng, int(rng.choice(OPSETS)))
    rows = [r for r in ROWS if r.since <= d.opset]
    weights = np.array([r.weight for r in rows])
    wanted = int(rng.integers(1, MAX_NODES + 1))
    for _ in range(6 * wanted):
        if len(d.nodes) >= wanted:
            break
        row = rows[rng.choice(len(rows), p=weights / weights.sum())]
        row.draw(d, row.op)
    if not d.nodes:
        return None
    made = [v for v in d.values if v.name not in d.inputs]
    ends = [v for v in made if v.name not in d.used]
    ends += [v for v in made if v.name in d.used and d.chance(0.15)]
    return assemble(d, ends)


def assemble(d, ends):
    # The evaluator's shapes are sometimes wrong: of outputs none is declared.
    info = lambda v: helper.make_tensor_value_info(v.name, v.kind, v.shape if v.name in d.inputs else None)
    inputs = [v for v in d.inputs.values() if v.name in d.used]
    constants = [
        numpy_helper.from_array(v.array.astype(get_dtype(v.kind)), v.name)
        for v in d.constants.values()
        if v.name in d.used
    ]
    graph = helper.make_graph(d.nodes, "random", [info(v) for v in inputs], [info(v) for v in ends], constants)
    model = helper.make_model(graph, opset_imports=d.opsets, ir_version=8 if d.opset < 21 else 10)
    return model, {v.name: v.array.astype(get_dtype(v.kind)) for v in inputs}
