"""Where rows are kept."""

from dataclasses import dataclass

from onnx import TensorProto as T

FLOATS = (T.FLOAT, T.DOUBLE, T.FLOAT16, T.BFLOAT16)
WIDE = (T.FLOAT, T.DOUBLE)
SIGNED = (T.INT8, T.INT16, T.INT32, T.INT64)
UNSIGNED = (T.UINT8, T.UINT16, T.UINT32, T.UINT64)
INTEGERS = SIGNED + UNSIGNED
ROWS = []


@dataclass(frozen=True)
class Row:
    op: str
    draw: object
    since: int = 7
    weight: float = 1


def row(*ops, since=7, weight=1.0):
    """Adds a row for each of `ops`; the function takes the draw and the operator."""

    def add(function):
        ROWS.extend(Row(op, function, since, weight) for op in ops)
        return function

    return add
