"""What each mode costs: instructions per vector, counted in the assembly.

    python -m hswish_bench.conformance.cost [--markdown FILE]

Each op is compiled as a loop over an array for each target. Counted are the
vector instructions of the loop that are no loads, stores or copies of registers,
for as many f32 (or codes of 8 or 16 bits) as fill one register; a copy of the
array has none. An operand in
memory counts as part of its instruction.
"""

import argparse
import pathlib
import re
import tempfile

TARGETS = {"x86-64-v2": 4, "x86-64-v3": 8, "x86-64-v4": 16, "aarch64": 4}  # f32 in a register
MODES = ("fast", "default", "torch", "onnx", "exact")
OPS = {"relu6": "hswish.relu6 %x"}
OPS |= {f"{op} {mode}": f"hswish.{op} %x accuracy<{mode}>" for op in ("hard_sigmoid", "hard_swish") for mode in MODES}
OPS["hard_swish fast, folded"] = "hswish.unit_hard_swish %x"
OPS |= {f"hard_swish_grad {mode}": f"hswish.hard_swish_grad %x, %u accuracy<{mode}>" for mode in MODES}
CODES = "from<5.0e-2 : 3> to<2.5e-2 : -100>"
for _op in ("hard_sigmoid", "hard_swish"):
    OPS |= {f"{_op}, {bits} bits": f"hswish.quantized_{_op} %x {CODES}" for bits in (8, 16)}
_X86_WIDTHS = {"x": 16, "y": 32, "z": 64}
_X86_PARTS = {"movq": 8, "movlps": 8, "movhps": 8, "movd": 4, "movss": 4}


def loop(assembly):
    """The instructions of the loop that stores the most."""
    best = []
    for body in re.findall(r"^\.LBB\d+_\d+:[^\n]*\n(.*?)^\s+(?:j\w+|b\.\w+|cbnz|cbz)\s", assembly, re.S | re.M):
        lines = [line.split("#")[0].strip() for line in body.splitlines()]
        lines = [line for line in lines if line and not line.startswith((".", "//"))]
        if sum(map(stored_bytes, lines)) > sum(map(stored_bytes, best)):
            best = lines
    return best


def stored_bytes(line):
    """How much a vector store writes; 0 for anything else, such as a spill."""
    name, _, operands = line.partition("\t")
    if re.search(r"%rsp|\[sp", operands):
        return 0
    if match := re.match(r"v?mov\w+$", name) and re.fullmatch(r"%([xyz])mm\d+, [^%]*\(.*\)", operands):
        return _X86_PARTS.get(name.removeprefix("v"), _X86_WIDTHS[match.group(1)])
    if name in ("str", "stp"):
        return sum({"q": 16, "d": 8, "s": 4}.get(register, 0) for register in re.findall(r"\b([qds])\d+", operands))
    return 0


def is_arithmetic(line):
    """A vector instruction that is no load, store or copy."""
    name, _, operands = line.partition("\t")
    has_vector = re.search(r"%[xyz]mm\d|%k\d|\bv\d+\.", operands)
    return bool(has_vector) and not re.match(r"v?mov(?!msk)|vbroadcast|ld|st|mov", name)


def count(assembly, lanes):
    """Instructions for a register full of f32."""
    lines = loop(assembly)
    vectors = sum(map(stored_bytes, lines)) / (4 * lanes)
    return sum(map(is_arithmetic, lines)) / vectors if vectors else None


def assembly(op, target, folder):
    from hswish import compile

    path = pathlib.Path(folder, "net.mlir")
    bits = re.search(r"(\d+) bits", op)
    type = f"tensor<65536x{'i' + bits[1] if bits else 'f32'}>"
    path.write_text(
        f"func.func @net(%x: {type}, %u: {type}) -> {type} {{\n  %y = {OPS[op]} : {type}\n  return %y : {type}\n}}\n"
    )
    return compile(path, path.with_suffix(".s"), target=target).read_text()


def count_for(op):
    """target -> instructions of the op."""
    with tempfile.TemporaryDirectory() as folder:
        return {target: count(assembly(op, target, folder), lanes) for target, lanes in TARGETS.items()}


def markdown(costs):
    """A table of op -> target -> instructions."""
    lines = [f"| instructions | {' | '.join(TARGETS)} |", "|---|" + "---|" * len(TARGETS)]
    for op, row in costs.items():
        cells = ["?" if row[target] is None else f"{row[target]:g}" for target in TARGETS]
        lines.append(f"| {op} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="hswish_bench.conformance.cost", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markdown", metavar="FILE", help="write the table there, too")
    args = parser.parse_args(arguments)
    text = markdown({op: count_for(op) for op in OPS})
    print(text, end="")
    if args.markdown:
        pathlib.Path(args.markdown).write_text(text)


if __name__ == "__main__":
    main()
