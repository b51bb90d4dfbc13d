"""Damages MLIR as text, so that much of it still parses."""

import re

# Of numbers in types and attributes: nothing, too much, and where products and
# sums overflow.
NUMBERS = ["?", "0", "1", "-1", "2", "3", "7", "17", "65536", "2147483648", "4294967297", "4611686018427387905", "9223372036854775807"]
ELEMENTS = ["f16", "bf16", "f32", "f64", "i1", "i4", "i8", "i16", "i64", "index", "complex<f32>", "f8E4M3FN", "ui8"]
FLOATS = ["0.0", "-0.0", "1.0e+38", "-3.0", "6.0", "1.0e-40", "0x7FC00000", "0x7F800000"]

SHAPED = re.compile(r"\b(tensor|memref|vector)<((?:[0-9?]+x)*)([a-z][A-Za-z0-9]*)((?:, [^<>]*(?:<[^<>]*>)?)?)>")
INTEGER = re.compile(r"(?<![\w%@#.x])-?\d+(?![\w.x])")
FLOAT = re.compile(r"(?<![\w%@#])-?\d+\.\d+(?:e[+-]?\d+)?")
ATTRIBUTE = re.compile(r"(?:, )?\b[a-z_.]+ = (?:dense<[^<>]*> : [a-z]+<[^<>]*>|array<[^<>]*>|#[\w.]+(?:<[^<>]*>)?|\[[^\[\]{}]*\]|-?\d+(?: : i\d+)?|true|false|\"[^\"]*\")")
OPERAND = re.compile(r"%[\w$.-]+(?:#\d+)?")


def _type(text, rng):
    """Another kind, shape or element for all occurrences of one type."""
    types = sorted({match.group(0) for match in SHAPED.finditer(text)})
    if not types:
        return text
    old = rng.choice(types)
    kind, dims, element, rest = SHAPED.fullmatch(old).groups()
    sizes = dims.split("x")[:-1]
    choice = rng.randrange(6)
    if choice == 0:
        kind = rng.choice(["tensor", "memref", "vector"])
    elif choice == 1:
        sizes = ["*"]
    elif choice == 2:
        element = rng.choice(ELEMENTS)
    elif choice == 3:
        rest = "" if rest else rng.choice([", strided<[?, 1], offset: ?>", ", 1 : i32", ", affine_map<(i, j) -> (j, i)>"])
    elif choice == 4 and sizes:
        del sizes[rng.randrange(len(sizes))]
    elif sizes:
        sizes[rng.randrange(len(sizes))] = rng.choice(NUMBERS).lstrip("-")
    return text.replace(old, f"{kind}<{'x'.join([*sizes, element])}{rest}>")


def _kind(text, rng):
    """All tensors become memrefs, or the other way round."""
    old, new = rng.choice([("tensor<", "memref<"), ("memref<", "tensor<"), ("tensor<", "vector<"), ("vector<", "tensor<")])
    return text.replace(old, new)


def _unranked(text, rng):
    kind = rng.choice(["tensor", "memref"])
    return re.sub(rf"\b{kind}<(?:[0-9?]+x)+", kind + "<*x", text)


def _element(text, rng):
    """One element type becomes another one everywhere."""
    elements = sorted({match.group(3) for match in SHAPED.finditer(text)})
    if not elements:
        return text
    return re.sub(rf"(?<=[x<: ]){rng.choice(elements)}\b", rng.choice(ELEMENTS), text)


def _size(text, rng):
    """One size becomes another one in all shapes."""
    sizes = sorted({size for match in SHAPED.finditer(text) for size in match.group(2).split("x")[:-1]})
    if not sizes:
        return text
    old, new = rng.choice(sizes), rng.choice(NUMBERS).lstrip("-")

    def resize(match):
        kind, dims, element, rest = match.groups()
        dims = [new if size == old else size for size in dims.split("x")[:-1]]
        return f"{kind}<{'x'.join([*dims, element])}{rest}>"

    return SHAPED.sub(resize, text)


def _replace(pattern, text, new, rng):
    """One occurrence of a pattern becomes `new(old)`."""
    matches = list(pattern.finditer(text))
    if not matches:
        return text
    match = rng.choice(matches)
    return text[: match.start()] + new(match.group(0)) + text[match.end() :]


def _integer(text, rng):
    return _replace(INTEGER, text, lambda _: rng.choice(NUMBERS[1:]), rng)


def _float(text, rng):
    return _replace(FLOAT, text, lambda _: rng.choice(FLOATS), rng)


def _attribute(text, rng):
    return _replace(ATTRIBUTE, text, lambda _: "", rng)


def _operand(text, rng):
    operands = sorted(set(OPERAND.findall(text)))
    return _replace(OPERAND, text, lambda _: rng.choice(operands), rng)


def _swap(text, rng):
    """Two operands of a line change places."""
    lines = text.split("\n")
    candidates = [i for i, line in enumerate(lines) if len(OPERAND.findall(line)) > 2]
    if not candidates:
        return text
    i = rng.choice(candidates)
    first, second = rng.sample(list(OPERAND.finditer(lines[i]))[1:], 2)
    if first.start() > second.start():
        first, second = second, first
    line = lines[i]
    lines[i] = line[: first.start()] + second.group(0) + line[first.end() : second.start()] + first.group(0) + line[second.end() :]
    return "\n".join(lines)


def _line(text, rng):
    """A line goes."""
    lines = text.split("\n")
    del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


def _visibility(text, rng):
    old, new = rng.choice([("func.func @", "func.func private @"), ("func.func private @", "func.func @")])
    return text.replace(old, new)


MUTATIONS = [_type, _type, _type, _kind, _unranked, _element, _size, _size, _integer, _integer, _float, _attribute, _attribute, _operand, _swap, _line, _visibility]


def mutate(text, rng):
    """`text` with one to three things changed."""
    for _ in range(rng.randint(1, 3)):
        text = rng.choice(MUTATIONS)(text, rng)
    return text
