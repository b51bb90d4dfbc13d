# REQUIRES: onnx, onnx-testdata
# RUN: %python %s hswish-run --check %hswish_src_root/docs/ONNX.md
"""Runs ONNX's backend node tests through hswish-run.

usage: onnx-backend.py HSWISH_RUN [--check DOC | --write DOC | FILTER...]

A test is skipped if the importer refuses it and SKIPPED or REFUSED says why; any
other one must agree with the expected output. Operands that ONNX Runtime would get
at run time but every real file has as constants (shapes, axes, pads) become
initializers. The document lists what was skipped; --check fails if it is not so.
"""

import concurrent.futures
import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

DATA = "/usr/share/libonnx-testdata/data/node"
MARKER = "<!-- written by test/Integration/onnx-backend.py -->\n"

# Inputs by position that must be known at compile time.
FROZEN = {
    "BatchNormalization": (1, 2, 3, 4), "Clip": (1, 2), "ConstantOfShape": (0,),
    "ConvTranspose": (1, 2), "Dropout": (1, 2), "Expand": (1,), "Pad": (1, 2, 3),
    "Range": (0, 1, 2), "Reshape": (1,), "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4), "Split": (1,), "Squeeze": (1,), "Tile": (1,),
    "Unsqueeze": (1,), "Upsample": (1,),
    **{"Reduce" + kind: (1,) for kind in (
        "L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum",
        "SumSquare")},
}


# Why the importer may refuse a test: a pattern of its message, the reason.
REFUSED = [
    ("sequences and optionals", "sequences and optional types"),
    (r"version \d+ of the operator, that|imports no operator set",
     "versions of operators before those of operator set 7"),
    ("control flow", "control flow"),
    ("quantised", "integer arithmetic of quantised networks"),
    ("unsupported type string|type string", "strings"),
    ("[Tt]raining mode|training outputs", "training"),
    ("must be known at compile time", "operands known only at run time"),
    ("must have 3 to 4 dimensions", "images of three spatial dimensions"),
    ("indices of maxima", "the indices of MaxPool"),
    ("tf_crop_and_resize", "tf_crop_and_resize"),
    ("operator is not supported", "operators that convolutional networks do not need"),
]
# Tests by name, with the reason.
SKIPPED = {
    "test_resize_downsample_scales_*_align_corners":
        "ONNX Runtime differs too: it rounds sizes before it aligns corners",
    "*bfloat16*": "NumPy has no bfloat16",
    "*BFLOAT16*": "NumPy has no bfloat16",
}


def load(path):
    with open(path, "rb") as file:
        contents = file.read()
    tensor = onnx.TensorProto()
    tensor.ParseFromString(contents)
    return numpy_helper.to_array(tensor)


def freeze(model, arrays):
    """Makes inputs constant that have to be; returns the others."""
    frozen = set()
    for node in model.graph.node:
        for i in FROZEN.get(node.op_type, ()):
            if i < len(node.input):
                frozen.add(node.input[i])
    feeds = {}
    for value, array in zip(list(model.graph.input), arrays):
        if value.name in frozen:
            model.graph.initializer.append(numpy_helper.from_array(array, value.name))
            model.graph.input.remove(value)
        else:
            feeds[value.name] = array
    return feeds


def open_inputs(model):
    """Inputs with dimensions that the file leaves open."""
    return {value.name for value in model.graph.input
            if any(not dim.HasField("dim_value")
                   for dim in value.type.tensor_type.shape.dim)}


def run(hswish_run, directory):
    """'pass', or why not."""
    model = onnx.load(os.path.join(directory, "model.onnx"))
    data = os.path.join(directory, "test_data_set_0")
    count = lambda kind: len(glob.glob(os.path.join(data, kind + "_*.pb")))
    try:
        inputs = [load(f"{data}/input_{i}.pb") for i in range(count("input"))]
        outputs = [load(f"{data}/output_{i}.pb") for i in range(count("output"))]
    except Exception:
        return "refused: sequences and optionals"
    feeds = freeze(model, inputs)
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "model.onnx")
        onnx.save(model, path)
        command = [hswish_run, path, "--output-dir", scratch]
        for i, (name, array) in enumerate(feeds.items()):
            np.save(f"{scratch}/in{i}.npy", array)
            command += ["--input", f"{name}={scratch}/in{i}.npy"]
            if name in open_inputs(model):
                command += ["--shape", name + "=" + "x".join(map(str, array.shape))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode == 1 and "error: " in done.stderr:
            return "refused: " + done.stderr.strip().split("\n")[0].split(
                "model.onnx: ")[-1]
        if done.returncode != 0:
            return f"crashed ({done.returncode}): {done.stderr[-500:]}"
        for i, expected in enumerate(outputs):
            result = np.load(f"{scratch}/{i}.npy")
            if result.shape != expected.shape or result.dtype != expected.dtype:
                return (f"failed: output {i} is {result.dtype} {result.shape}, "
                        f"not {expected.dtype} {expected.shape}")
            if expected.dtype == object or not np.allclose(
                    result, expected, rtol=1e-3, atol=1e-6, equal_nan=True):
                return f"failed: output {i} differs"
    return "pass"


def explain(test, result):
    """The reason to skip a test, None if there is none."""
    for pattern, reason in SKIPPED.items():
        if fnmatch.fnmatch(test, pattern):
            return reason
    if result.startswith("refused: "):
        for pattern, reason in REFUSED:
            if re.search(pattern, result):
                return reason
    return None


def describe(results):
    """The part of the document that is generated."""
    passed = sum(result == "pass" for result in results.values())
    text = f"{len(results)} tests, {passed} pass, the others are skipped:\n"
    groups = {}
    for test, result in results.items():
        if result != "pass":
            groups.setdefault(explain(test, result), []).append(test[len("test_"):])
    for reason, tests in sorted(groups.items(), key=lambda group: -len(group[1])):
        text += f"\n- **{reason}** ({len(tests)}): " + ", ".join(tests) + "\n"
    return text


def main():
    hswish_run, *rest = sys.argv[1:]
    document = rest.pop(1) if rest and rest[0].startswith("--") else None
    mode = rest.pop(0) if document else None
    tests = sorted(os.path.basename(os.path.dirname(path))
                   for path in glob.glob(DATA + "/*/model.onnx"))
    tests = [t for t in tests
             if not rest or any(fnmatch.fnmatch(t, f) for f in rest)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda t: run(hswish_run, f"{DATA}/{t}"), tests)
        results = dict(zip(tests, done))
    bad = 0
    for test, result in results.items():
        if result != "pass" and explain(test, result) is None:
            print(test, result)
            bad = 1
        elif not mode:
            print(test, result)
    if mode:
        with open(document, encoding="utf-8") as file:
            head, _, old = file.read().partition(MARKER)
        if mode == "--write":
            with open(document, "w", encoding="utf-8") as file:
                file.write(head + MARKER + describe(results))
        elif old != describe(results):
            print(f"{document} is out of date: run me with --write")
            bad = 1
    sys.exit(bad)


main()
