"""Runs one implementation over its inputs and gathers what it does."""

import concurrent.futures
import itertools
from dataclasses import asdict, dataclass, field

import numpy as np

from .. import _numerics
from .numbers import CHUNK, DTYPES, KINKS, bits, chunks_of_all, chunks_of_sample, decode, encode, sample

OPS = ("hard_swish", "hard_sigmoid", "hard_swish_grad", "hard_sigmoid_grad")
BINS, LOW, HIGH = 800, -4.0, 4.0


@dataclass
class Result:
    """What an implementation does with one op on one type."""

    implementation: str
    op: str
    dtype: str
    is_complete: bool
    inputs: int
    max_ulp: float
    worst_x: float
    worst_y: float
    share_not_nearest: float
    share_not_identity: float | None
    infinite: int
    numbers_of_nan: int
    subnormals_flushed: int
    below_minus_3: str
    values: dict
    nan_payload: str
    parts: str
    in_place: str
    promise: float | None
    profile: list = field(repr=False, default_factory=list)

    @property
    def keeps_promise(self):
        return self.promise is None or (
            self.max_ulp <= self.promise
            and not self.numbers_of_nan
            and self.parts == "same"
            and not (self.promise == 0.5 and self.share_not_nearest)
        )

    def as_dict(self):
        return asdict(self) | {"keeps_promise": self.keeps_promise}


def kink_values(op, kink):
    inner = {"hard_swish_grad": (-0.5, 1.5), "hard_sigmoid_grad": (1 / 6, 1 / 6)}.get(op, (0, 0))
    outer = {"hard_swish_grad": (0.0, 1.0)}.get(op, (0, 0))
    return [o + share * (i - o) for o, i, share in zip(outer, inner, KINKS[kink])]


def accumulate(implementation, op, dtype, chunks):
    """The statistics of some chunks, and the largest error over x."""
    statistics, profile = _numerics.Statistics(), np.zeros(BINS)
    measure = getattr(_numerics, f"measure_{dtype}")
    ends = kink_values(op, getattr(implementation, "kink", "outer"))
    for x in chunks:
        y = implementation.run(op, x)
        measure(statistics, OPS.index(op), *ends, bits(x), bits(np.ascontiguousarray(y)), profile, LOW, HIGH)
    return statistics, profile


def sweep(implementation, op, dtype, is_complete, threads, progress):
    """All chunks, dealt out to threads."""
    chunks = chunks_of_all(dtype) if is_complete else chunks_of_sample(dtype)
    total = (1 << 32) // CHUNK if is_complete and dtype == "f32" else 0

    def counted(worker):
        for i, chunk in enumerate(pick[worker]):
            if worker == 0 and total and i % 16 == 0:
                progress(f"{implementation.name}: {op} {dtype}: {100 * i * threads // total} %")
            yield chunk

    if threads == 1 or dtype != "f32" or not is_complete:
        pick = [chunks]
        return [accumulate(implementation, op, dtype, counted(0))]
    pick = [itertools.islice(chunks_of_all(dtype), worker, None, threads) for worker in range(threads)]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda worker: accumulate(implementation, op, dtype, counted(worker)), range(threads)))


def probe_values(implementation, op, dtype):
    """Results at the edges, as text."""
    step = {"f32": 2.0**-22, "f16": 2.0**-9, "bf16": 2.0**-6}[dtype]
    probes = {
        "-inf": -np.inf,
        "-3-": -3 - step,
        "-3": -3.0,
        "-3+": -3 + step,
        "-0": -0.0,
        "0": 0.0,
        "3-": 3 - step,
        "3": 3.0,
        "3+": 3 + step,
        "inf": np.inf,
    }
    y = decode(implementation.run(op, encode(list(probes.values()), dtype)), dtype)
    return {name: repr(float(value)) for name, value in zip(probes, y)}


def probe_nan(implementation, op, dtype):
    """What becomes of the payload and the sign of a NaN."""
    quiet, payload = {"f32": (0x7FC00000, 0x1234), "f16": (0x7E00, 0x12), "bf16": (0x7FC0, 0x12)}[dtype]
    unsigned = np.uint32 if dtype == "f32" else np.uint16
    sign = 1 << (8 * np.dtype(unsigned).itemsize - 1)
    x = np.array([quiet | payload, quiet | payload | sign], unsigned)
    y = bits(implementation.run(op, x.view(DTYPES[dtype])))
    if (y == x).all():
        return "kept"
    if not np.isnan(decode(y.view(DTYPES[dtype]), dtype)).all():
        return "lost"
    return "without sign" if (y == x[0]).all() else "changed"


def probe_parts(implementation, op, dtype, count=67):
    """Whether arrays of all lengths, misaligned ones and the whole agree."""
    numbers = sample(1 << 19) if dtype == "f32" else np.arange(1 << 16, dtype=np.uint16).view(DTYPES[dtype])
    rng = np.random.default_rng(2)
    numbers = numbers[rng.permutation(len(numbers))[: 67 * 61]].copy()
    whole = bits(implementation.run(op, numbers))
    for n in range(1, count + 1):
        start = n * 59
        part = numbers[start : start + n]  # misaligned, but for a few n
        if not same(bits(implementation.run(op, part)), whole[start : start + n], dtype):
            return f"length {n} differs"
    aligned = implementation.run(op, numbers[1:])
    return "same" if same(bits(aligned), whole[1:], dtype) else "misaligned differs"


def same(a, b, dtype):
    nan = np.isnan(decode(a.view(DTYPES[dtype]), dtype)) & np.isnan(decode(b.view(DTYPES[dtype]), dtype))
    return bool(((a == b) | nan).all())


def probe_in_place(implementation, op, dtype):
    if not hasattr(implementation, "run_in_place"):
        return "-"
    x = sample(1 << 19)[:5003] if dtype == "f32" else np.arange(5003, dtype=np.uint16).view(DTYPES[dtype])
    y = x.copy()
    implementation.run_in_place(op, y)
    return "same" if same(bits(y), bits(implementation.run(op, x.copy())), dtype) else "differs"


def examine(implementation, op, dtype, everything=False, threads=2, progress=lambda text: None):
    """The `Result` for one op on one type."""
    is_complete = dtype != "f32" or (everything and not getattr(implementation, "is_slow", False))
    with np.errstate(all="ignore"):
        found = sweep(implementation, op, dtype, is_complete, threads, progress)
        total = lambda name: sum(getattr(statistics, name) for statistics, _ in found)
        worst = max((statistics for statistics, _ in found), key=lambda statistics: statistics.max_ulp)
        signs = [("-0", total("negative_zeros")), ("0", total("positive_zeros")), ("not 0", total("non_zeros"))]
        promise = implementation.promise(op, dtype) if hasattr(implementation, "promise") else None
        return Result(
            implementation.name,
            op,
            dtype,
            is_complete,
            total("count"),
            worst.max_ulp,
            worst.worst_x,
            worst.worst_y,
            total("wrong") / total("count"),
            total("not_identity") / total("at_least_3") if total("at_least_3") else None,
            total("infinite"),
            total("numbers_of_nan"),
            total("flushed"),
            ", ".join(name for name, count in signs if count) or "-",
            probe_values(implementation, op, dtype),
            probe_nan(implementation, op, dtype),
            probe_parts(implementation, op, dtype),
            probe_in_place(implementation, op, dtype),
            promise,
            np.max([profile for _, profile in found], axis=0).tolist(),
        )
