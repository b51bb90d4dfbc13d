# RUN: %python %s
# REQUIRES: numpy
"""The check of quantized.py notices what is wrong.

Each mutation breaks one thing: what is asked for, a part of a table, a constant
of the integer arithmetic. The check has to fail, and without it has to pass.
"""

import dataclasses
import re
import sys
import tempfile

import numpy as np
import quantized

oracle, spell, run = quantized.oracle, quantized.spell, quantized.run


def respell(only="", **changes):
    """A case with `changes` is compiled, in types that mention `only`."""

    def mutated(case, x, type):
        new = {name: change(getattr(case, name)) for name, change in changes.items()}
        return spell(dataclasses.replace(case, **new) if only in type else case, x, type)

    return {"spell": mutated}


def edit(pattern, change, count=1):
    """The lowered code has other numbers where `pattern` finds some."""

    def numbers(match):
        return match[1] + re.sub(r"-?\d+", lambda number: str(change(int(number[0]))), match[2])

    def mutated(command, **kwargs):
        if command[0] == "mlir-translate":
            assert re.search(pattern, kwargs["input"]), f"no {pattern} in the lowered code"
            kwargs["input"] = re.sub(pattern, numbers, kwargs["input"], count=count)
        return run(command, **kwargs)

    return {"run": mutated}


PART_OF_TABLE = r"(dense<)(\[[-0-9, ]+\])"
MUTATIONS = [  # name, type, op, semantics, target, mutation
    ("other semantics", "i8", "hard_swish", "exact", "x86-64-v2", respell(semantics=lambda s: "tflite")),
    ("a rounding later", "i8", "hard_swish", "qnnpack", "x86-64-v2", respell(semantics=lambda s: "aten")),
    ("the next scale", "i16", "hard_swish", "exact", "x86-64-v2", respell(input_scale=lambda s: np.nextafter(s, s * 2))),
    ("the next zero point", "ui8", "hard_sigmoid", "exact", "x86-64-v2", respell(output_zero=lambda z: z ^ 1)),
    ("another sign", "i8", "hard_swish", "tflite", "x86-64-v2",
     respell(kind=lambda k: "ui8", input_zero=abs, output_zero=abs)),
    ("a wrong tail", "i8", "hard_swish", "exact", "x86-64-v2", respell("vector<3x", input_zero=lambda z: z ^ 1)),
    ("a wrong scalar", "i8", "hard_swish", "exact", "x86-64-v2", {
        "spell": lambda case, x, type: spell(
            case if "vector" in type else dataclasses.replace(case, output_zero=case.output_zero ^ 1), x, type)}),
    *[("entries that are 1 off", "i8", "hard_swish", "exact", target, edit(PART_OF_TABLE, lambda n: n ^ 1))
      for target in quantized.TARGETS if target != "memory"],
    ("constants that are a bit more", "i16", "hard_swish", "exact", "x86-64-v2",
     edit(r"(llvm.mlir.constant\(dense<)(\d{9,})(?=> : vector<2xi64>)", lambda n: n + n // 100000, count=0)),
]


def check(case, target, folder):
    """What quantized.check does by passes, for one case."""
    order = np.random.default_rng(5).permutation(1 << case.width)
    order = np.concatenate([order, order[:61]])
    got = quantized.by_passes([case], case.codes()[order], *target, folder)
    quantized.compare("passes", [case], got, order)


def find_case(kind, op, semantics, mutation):
    """One in which every code counts: a mutation of it means something."""
    for case in oracle.cases(kind, op, semantics, 200):
        if np.ptp(case.expected().astype(int)) < 100 or case.input_zero in (case.low, case.high):
            continue
        if mutation in ("other semantics", "a rounding later"):
            other = dataclasses.replace(case, semantics={"exact": "tflite", "qnnpack": "aten"}[semantics])
            if not oracle.is_possible(other) or (other.expected() == case.expected()).all():
                continue
        return case
    sys.exit(f"no case of {op} {semantics} on {kind} for {mutation}")


def is_noticed(case, target, folder, mutation):
    for name, function in mutation.items():
        setattr(quantized, name, function)
    try:
        check(case, target, folder)
    except SystemExit as failure:
        assert "codes differ" in str(failure), failure
        return True
    finally:
        quantized.spell, quantized.run = spell, run
    return False


def main():
    targets = {target[0]: target for target in quantized.runnable()}
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, op, semantics, target, mutation in MUTATIONS:
            if target not in targets:
                continue
            case = find_case(kind, op, semantics, name)
            check(case, targets[target], folder)
            if not is_noticed(case, targets[target], folder, mutation):
                sys.exit(f"{name} in {case} for {target} passes the check")
            checked += 1
    if not checked:
        sys.exit("no target runs here")
    print(f"{checked} mutations were noticed")


main()
