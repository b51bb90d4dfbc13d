# RUN: %python %s
# REQUIRES: numpy
"""The check of activations.py notices what is wrong.

Each mutation breaks one thing that the check is there for, on one road, and the
check has to fail; without the mutation it has to pass.
"""

import sys
import tempfile

import activations
import numpy as np

oracle = activations.oracle
spell, run = activations.spell, activations.run


def respell(old, new, only=""):
    """`new` is compiled where the table says `old`, in types that mention `only`."""

    def mutated(op, x, u, type):
        assert old in op
        return spell(op.replace(old, new) if only in type else op, x, u, type)

    return {"spell": mutated}


def tail(old, new):
    """`new` is compiled for what is left over by the vectors."""

    def mutated(op, x, u, type):
        return spell(op if "vector" in type else op.replace(old, new), x, u, type)

    return {"spell": mutated}


def edit(old, new):
    """The lowered code has `new` for `old`."""

    def mutated(command, **kwargs):
        if command[0] == "mlir-translate":
            assert old in kwargs["input"], f"no {old} in the lowered code"
            kwargs["input"] = kwargs["input"].replace(old, new)
        return run(command, **kwargs)

    return {"run": mutated}


ALL = {"passes", "epilogue", "folder"}
MUTATIONS = [  # name, type, op, roads, mutation
    ("another mode", "f32", "hard_swish accuracy<default>", ALL, respell("default", "torch")),
    ("another mode", "f16", "hard_swish accuracy<exact>", ALL, respell("exact", "default")),
    ("another mode", "f32", "hard_sigmoid accuracy<exact>", ALL, respell("exact", "onnx")),
    ("another mode of the gradient", "f16", "hard_swish_grad kink<left> accuracy<exact>", ALL,
     respell("exact", "default")),
    ("another kink", "f32", "hard_swish_grad kink<outer>", ALL, respell("outer", "left")),
    ("another activation", "f16", "hard_swish accuracy<torch>", ALL, respell("hard_swish", "hard_sigmoid")),
    ("a wrong tail", "f32", "hard_swish accuracy<default>", {"passes"}, tail("default", "onnx")),
    ("a wrong tail", "bf16", "hard_swish accuracy<exact>", {"passes"}, tail("exact", "default")),
    ("a sixth that is one bit off", "f32", "hard_swish accuracy<default>", {"passes"},
     edit("0.166666672", "0.166666657")),
    ("3 that is one bit off", "f16", "hard_sigmoid accuracy<default>", {"passes"},
     edit("3.000000e+00", "3.000000238")),
    ("a clamp that loses NaN", "f16", "hard_sigmoid accuracy<default>", {"passes"}, edit('"olt"', '"ult"')),
    ("ties not broken", "f32", "hard_swish accuracy<exact>", {"passes"}, edit("3.4211388289180104E-49", "0.0")),
    ("a product for a quotient", "f32", "hard_swish_grad accuracy<torch>", {"passes"},
     edit("llvm.fdiv %", "llvm.fmul %")),
]


def check(kind, op, road, target, folder):
    """What activations.check does, for one op and road."""
    rng = np.random.default_rng(3)
    x = rng.permutation(oracle.inputs(kind))
    # The accumulator starts with 0, and 0 + -0 is 0.
    x[x.view(f"u{x.itemsize}") == 1 << 8 * x.itemsize - 1] = 0
    u = rng.permutation(x)
    if road == "folder":
        got = activations.by_folder([op], kind, x, u, folder)
    else:
        got = getattr(activations, f"by_{road}")([op], kind, x, u, *target, folder)
    activations.compare(road, kind, got, {op: oracle.table(kind)[op](x, u)}, x, u)


def is_noticed(case, mutation):
    for name, function in mutation.items():
        setattr(activations, name, function)
    try:
        check(*case)
    except SystemExit as failure:
        assert "differ" in str(failure), failure
        return True
    finally:
        activations.spell, activations.run = spell, run
    return False


def main():
    target = next(activations.runnable(), None)
    if not target:
        sys.exit("no target runs here")
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, op, roads, mutation in MUTATIONS:
            for road in sorted(roads):
                case = (kind, op, road, target, folder)
                check(*case)
                if not is_noticed(case, mutation):
                    sys.exit(f"{name} in {op} on {kind} passes the check of the road by {road}")
                checked += 1
    print(f"{checked} mutations were noticed")


main()
