# REQUIRES: onnx, onnxruntime, hswish-python, host-x86_64
# RUN: env PYTHONPATH=%hswish_obj_root/python:%S/../Inputs %python %s %hswish_src_root/docs/ONNX.md
"""The tester of random graphs notices what is wrong, and makes it small.

Compiled libraries that behave badly wherever a graph has a Clip: one number off by
little, a number never written, a byte read before an input, a store after an output,
a signal, a run that never ends.
"""

import ctypes
import sys

import numpy as np
import onnx
from graphfuzz import check, execute
from graphfuzz.operators import ROWS
from graphfuzz.reduce import reduce
from onnx import TensorProto, helper, numpy_helper

real_run, real_compile = execute.run, execute.compile
state = {}


def compile(path, output, way):
    state["bad"] = any(n.op_type == "Clip" for n in onnx.load(path).graph.node)
    real_compile(path, output, way)


def spoil(change):
    """Runs, then lets `change` spoil the first output, or the process."""

    def run(library, inputs, at_end, types):
        outputs = real_run(library, inputs, at_end, types)
        if state["bad"]:
            change(outputs, inputs, at_end)
        return outputs

    return run


def off_by_little(outputs, inputs, at_end):
    flat = outputs[0].reshape(-1)
    flat[-1] += abs(flat[-1]) * 1e-4 + 1e-4


def not_written(outputs, inputs, at_end):
    outputs[0].reshape(-1)[0] = np.frombuffer(b"\xff\xff\xff\xff", np.float32)[0]


def read_before(outputs, inputs, at_end):
    ctypes.string_at(execute.Guarded(100, at_end=False).address - 1, 1)


def store_after(outputs, inputs, at_end):
    ctypes.memset(execute.Guarded(100, at_end=True).address + 100, 0, 1)


def differ_by_run(outputs, inputs, at_end):
    outputs[0].reshape(-1)[0] = np.nextafter(outputs[0].reshape(-1)[0], np.float32(1e30 if at_end else -1e30))


def die(outputs, inputs, at_end):
    ctypes.string_at(0)


def hang(outputs, inputs, at_end):
    while True:
        pass


WRONG = {
    off_by_little: "differs", not_written: "differs", differ_by_run: "differs",
    read_before: "crash", store_after: "crash", die: "crash", hang: "hang",
}  # fmt: skip


def make_model():
    """A Clip among others."""
    weights = {"w": np.full((9, 5, 3, 3), 0.1, np.float32), "low": np.float32(-1), "high": np.float32(1)}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("HardSwish", ["a"], ["b"]),
        helper.make_node("Clip", ["b", "low", "high"], ["c"]),
        helper.make_node("Transpose", ["c"], ["d"], perm=[0, 2, 3, 1]),
        helper.make_node("Exp", ["d"], ["y"]),
    ]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "net",
        [info("x", TensorProto.FLOAT, [1, 5, 7, 7])],
        [info("y", TensorProto.FLOAT, None), info("b", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model, {"x": np.random.default_rng(0).normal(size=(1, 5, 7, 7)).astype(np.float32)}


def find_missing(documentation):
    """Operators that docs/ONNX.md promises and no row has."""
    with open(documentation) as file:
        line = next(line for line in file if line.startswith("Abs, "))
    promised = {name.strip(" .\n") for name in line.split(";")[0].split(",")}
    # Not in operator sets up to 22.
    return promised - {row.op for row in ROWS} - {"Swish"}


def main():
    execute.compile, check.SECONDS = compile, 8
    model, inputs = make_model()
    ways = [execute.Way("host")]
    failures = [f"no row for {op}" for op in sorted(find_missing(sys.argv[1]))]
    verdict = check.check(model, inputs, ways)
    if verdict.kind != "ok":
        failures.append(f"nothing wrong: {verdict}")
    for change, kind in WRONG.items():
        execute.run = spoil(change)
        verdict = check.check(model, inputs, ways)
        if verdict.kind != kind:
            failures.append(f"{change.__name__}: {verdict}, not {kind}")
        if change is off_by_little:
            small, _, _ = reduce(model, inputs, ways, verdict)
            operators = [n.op_type for n in small.graph.node]
            if operators != ["Clip"]:
                failures.append(f"reduced to {operators}")
    print(*failures, sep="\n")
    sys.exit(bool(failures))


main()
