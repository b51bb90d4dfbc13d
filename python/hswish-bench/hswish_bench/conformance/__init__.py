"""What implementations of h-swish compute, over all inputs: `hswish-conformance`.

    hswish-conformance                          # ours and every peer installed
    hswish-conformance --only 'hswish exact*' --all --json exact.json
    hswish-conformance --plugin mine.py:Mine    # somebody else's
    hswish-conformance --codes                  # the ops on 8 bits

Every f16 and bf16, and every f32 (with --all; else a sample with all numbers
near the kinks) goes through an implementation. Reported are the largest error in
units of the last place and where it happens, the share of results that are not
the nearest float, and what happens at the edges: y = x above 3, zeros,
subnormals, infinities, NaN, and whether all parts of an array agree.

An implementation is any object with

    name     a string
    dtypes   the types it has: some of "f32", "f16", "bf16"
    ops      some of "hard_swish", "hard_sigmoid", "hard_swish_grad",
             "hard_sigmoid_grad"
    run(op, array) -> array

where arrays are one-dimensional, contiguous and of float32, float16, or uint16
(the bits of bf16), and a gradient is that of an upstream of ones. Optional are
`kink` (the gradient's values at -3 and 3: "outer" if absent), `is_slow` (it gets
samples of f32 only), `run_in_place(op, array)` and `promise(op, dtype)`, which
gives the most ULP that it may be wrong by: the exit status is 1 if it is.
"""

from .main import main
from .sweep import OPS, Result, examine

__all__ = ["OPS", "Result", "examine", "main"]
