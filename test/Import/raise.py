# REQUIRES: onnx
# RUN: env PYTHONPATH=%S/../Inputs %python %s hswish-translate hswish-opt hswish-compile %t
"""Every spelling of h-swish in ONNX files; raise-graphs.py has what surrounds them.

The forms and near misses of test/Inputs/spellings are written as ONNX models,
crossed with operator sets, types, where constants come from and what lies between
the links. Each spelling must be one op of the promised accuracy after import and
raising; each near miss none, with a remark that names its node.
"""

import itertools
import os
import random
import re
import subprocess
import sys

from spellings.forms import FORMS, GATE, GATED, RELU6
from spellings.misses import MISSES, SAME_IN_BF16, get_mutations
from spellings.onnx_graph import Model

translate, opt, compiler, folder = sys.argv[1:5]

CHOICES = {
    "opset": [13, 9, 10, 11, 12, 14, 22],
    "kind": ["f32", "f16", "bf16", "f64"],
    "clamp": ["op", "imum", "relu"],
    "commute": [False, True],
    "subtracts": [False, True],
    "source": ["initializer", "node", "folded"],
    "shape": ["scalar", "one", "ones", "channels", "full"],
    "between": [None, "Identity", "Cast", "Transpose"],
}


def get_settings():
    """Each choice alone, and some of all."""
    plain = {name: choices[0] for name, choices in CHOICES.items()}
    yield plain
    for name, choices in CHOICES.items():
        for choice in choices[1:]:
            opset = {"opset": 22} if choice == "bf16" else {}
            yield {**plain, name: choice, **opset}
    rng = random.Random(1)
    for _ in range(30):
        yield {name: rng.choice(choices) for name, choices in CHOICES.items()}


def is_possible(setting):
    # HardSigmoid takes bf16 since operator set 22.
    return setting["kind"] != "bf16" or setting["opset"] >= 22


def run(*command, **kwargs):
    result = subprocess.run(command, capture_output=True, text=True, **kwargs)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr[:4000]}")
    return result


class Outputs:
    """The op that each output of a raised model is, past casts and transposes."""

    def __init__(self, text):
        self.ops = dict(re.findall(r"(%\w+) = ([\w.]+ .*)", text))
        self.results = re.search(r"return (.*) :", text).group(1).split(", ")

    def define(self, value):
        op = self.ops.get(value, value)
        if match := re.match(r"(?:arith\.extf|arith\.truncf|linalg\.transpose ins\() ?(%\w+)", op):
            return self.define(match.group(1))
        return op

    def activation(self, value):
        """(name, accuracy) of an activation of x, or nothing."""
        match = re.match(r"hswish\.(\w+) (%\w+)(?: accuracy<(\w+)>)?", self.define(value))
        if match and self.define(match.group(2)) == "%arg0":
            return match.group(1), match.group(3)
        return None

    def factors(self, value):
        match = re.match(r"arith\.mulf (%\w+), (%\w+)", self.define(value))
        return [self.activation(factor) for factor in match.groups()] if match else []


def check_form(outputs, value, name, form, kind):
    wanted = (form.found, form.get_accuracy(kind))
    if name == "P20":  # Six times h-swish.
        return wanted in outputs.factors(value)
    return outputs.activation(value) == wanted


def get_misses(kind, is_plain):
    for name, body in MISSES.items():
        # Constants are widened: 0.167 in f16 is a sixth in bf16.
        if kind not in ("bf16", "f16") or name not in SAME_IN_BF16:
            yield name, body, None
    if is_plain:
        for name, form, replace in get_mutations():
            if form.found != RELU6:
                yield name, form.body, replace


def check(setting, is_plain, where):
    """What is wrong with one model, its forms and its misses."""
    kind = setting["kind"]
    forms = {n: f for n, f in FORMS.items() if n != "P1" or setting["opset"] >= 14}
    misses = list(get_misses(kind, is_plain))
    model = Model(**setting)
    for name, form in forms.items():
        model.add(name, form.body)
    for name, body in GATED.items():
        model.add(name, body)
    for name, body, replace in misses:
        model.add(f"miss-{name}", body, replace)
    path = os.path.join(folder, f"{where}.onnx")
    with open(path, "wb") as file:
        file.write(model.serialize())

    imported = run(translate, "--import-onnx", path).stdout
    outputs = Outputs(run(opt, "--hswish-raise", input=imported).stdout)
    results = dict(zip(model.names, outputs.results, strict=True))
    for name, form in forms.items():
        if not check_form(outputs, results[name], name, form, kind):
            yield f"{name}: {outputs.define(results[name])}"
    for name in GATED:
        if GATE not in [factor[0] for factor in outputs.factors(results[name]) if factor]:
            yield f"{name}: {outputs.define(results[name])}"

    remarks = run(compiler, "--explain", "--emit=mlir", path, "-o", "-").stderr
    explained = set(re.findall(rf"remark: {re.escape(path)}: node 'miss-([^/]*)/\d+' \(\w+\): like h-", remarks))
    for name, _, _ in misses:
        if outputs.activation(results[f"miss-{name}"]):
            yield f"miss {name}: {outputs.define(results[f'miss-{name}'])}"
        if name not in explained:
            yield f"miss {name}: no remark"
    for node in re.findall(r"node '((?!miss-)[^/]*)/\d+' \(\w+\): like", remarks):
        yield f"{node}: a remark on what was raised"


def main():
    os.makedirs(folder, exist_ok=True)
    failures, count = [], 0
    for i, setting in enumerate(filter(is_possible, get_settings())):
        failures += [f"{setting}: {problem}" for problem in check(setting, i == 0, i)]
        count = i + 1
    print(f"{count} models, {len(failures)} failures")
    print(*itertools.islice(failures, 60), sep="\n")
    sys.exit(bool(failures))


main()
