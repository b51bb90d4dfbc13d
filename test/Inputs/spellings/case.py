"""Functions of MLIR, and what raising must make of them."""

import re
import subprocess
import sys


class Case:
    """A function and what must be found in it: op -> how often."""

    def __init__(
        self, name, text, found, accuracy=None, left=None, has_remark=True, operands=("%arg0", "%in")
    ):
        self.name, self.text = name, text
        self.found, self.accuracy, self.left = found, accuracy, left
        self.has_remark = has_remark  # If nothing is found; None for either.
        self.operands = operands

    def check(self, output, remarks):
        """What is wrong, or nothing."""
        if self.has_remark is not None and bool(remarks) != (self.has_remark and not self.found):
            return f"remarks {remarks}"
        ops = re.findall(r"hswish\.(\w+)\s+(%\w+)(?: accuracy<(\w+)>)?", output)
        found = {}
        for op, _, _ in ops:
            found[op] = found.get(op, 0) + 1
        if found != self.found:
            return f"found {found}, not {self.found}"
        if self.operands and any(operand not in self.operands for _, operand, _ in ops):
            return f"of another operand: {ops}"
        if self.accuracy is not False and any(
            (accuracy or None) != self.accuracy for _, _, accuracy in ops
        ):
            return f"accuracy {ops}, not {self.accuracy}"
        if self.left is not None:
            links = len(re.findall(r"\b(?:arith|math|tosa)\.(?!const)\w+ ", output))
            if links != self.left:
                return f"{links} links are left, not {self.left}"
        return ""


def run(tool, text):
    """The output, and the remarks: (line, text)."""
    process = subprocess.run(
        [tool, "--hswish-raise=explain"], input=text, capture_output=True, text=True
    )
    if process.returncode != 0:
        sys.exit(f"hswish-opt failed:\n{process.stderr[:4000]}")
    remarks = re.findall(r"<stdin>:(\d+):\d+: remark: (.*)", process.stderr)
    return process.stdout, sorted((int(line), remark) for line, remark in remarks)


def split_functions(output):
    functions = {}
    for part in re.split(r"(?=func\.func @)", output)[1:]:
        name = re.match(r"func\.func @([\w.-]+)", part).group(1)
        functions[name] = part
    return functions


def find_failures(tool, cases, batch=4000):
    for start in range(0, len(cases), batch):
        part = cases[start : start + batch]
        output, remarks = run(tool, "\n".join(case.text for case in part))
        functions = split_functions(output)
        end = 0
        for case in part:
            begin, end = end, end + case.text.count("\n") + 1
            own = [text for line, text in remarks if begin < line <= end]
            remarks = remarks[len(own) :]
            if case.name not in functions:
                yield f"{case.name}: not in the output"
            elif problem := case.check(functions[case.name], own):
                yield f"{case.name}: {problem}"
