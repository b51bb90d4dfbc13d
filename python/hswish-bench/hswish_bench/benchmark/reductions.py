"""Mode `reductions`: sums and what is made of them along one dimension: rows (the
last one), columns (the first one), and what lies between."""

from . import models, report
from .compare import compare

TITLE = "Reductions"
HELP = "sums, means, softmax and layer norm along one dimension"

_ROWS = [(100000, 3), (10000, 7), (320, 40), (256, 64), (197, 197), (197, 768), (64, 1000), (16, 4096), (1, 18385)]
_ROWS += [(3, 100000)]
_MIDDLES = [(1, 64, 3136), (8, 64, 64), (4, 197, 64), (2, 768, 196), (1, 1000, 32), (1, 4096, 16)]
_FIRST = [(1000, 256), (4096, 512)]


def cases():
    """Function, shape and axis of each."""
    for function in "sum", "mean", "softmax", "layer norm":
        for shape in _ROWS:
            yield function, shape, 1
        if function == "layer norm":  # of ONNX, it ends with the last dimension
            continue
        for shape in _MIDDLES:
            yield function, shape, 1
        for shape in _FIRST:
            yield function, shape, 0


def run(context):
    rows = []
    for function, shape, axis in cases():
        rows += compare(models.reduction(function, shape, axis, context.folder), context)
    return rows


def table(rows):
    return report.ratios_table(rows)
