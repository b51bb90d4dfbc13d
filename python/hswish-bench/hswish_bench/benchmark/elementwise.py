"""Mode `elementwise`: activations alone, from what a first-level cache holds to
what none does.

Bytes are those read and written. Below 64 KB the call itself is most of it. The
copy is libc's, called as our models are."""

import ctypes
import functools

from hswish.memory import empty

from . import models, report
from .compare import compare
from .peers import Runner

TITLE = "Elementwise"
HELP = "h-swish, h-sigmoid, relu6 and swish alone, beside a copy, 4 KB to 256 MB"
FUNCTIONS = ["h-swish", "h-sigmoid", "relu6", "swish"]
SIZES = [1 << shift for shift in range(12, 30, 2)]


def _copy(size):
    source, target = empty(size // 4), empty(size // 4)
    source[:] = 1
    address = ctypes.cast(ctypes.CDLL(None).memcpy, ctypes.c_void_p).value
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(address)
    run = functools.partial(function, target.ctypes.data, source.ctypes.data, size)
    return Runner(run, lambda: [target, source])


def run(context):
    rows = []
    for function in FUNCTIONS:
        for size in context.sizes or SIZES:
            case = models.elementwise(function, size, context.folder)
            rows += [row | {"size": size} for row in compare(case, context, extra={"copy": _copy(size)})]
    return rows


def table(rows):
    parts = []
    for function in dict.fromkeys(row["kind"] for row in rows if "kind" in row):
        own = [row for row in rows if row["case"].startswith(function + ",")]
        parts.append(f"**{function}**, GB/s read and written\n\n{report.bandwidth_table(own)}")
    return "\n".join(parts)
