# No inner loop of any kernel touches the stack, and its arithmetic is on full
# registers of the target: for the tiles that the strategies of many shapes
# choose.

# RUN: %python %s hswish-compile x86-64-v4 %t.mlir
# RUN: %python %s hswish-compile x86-64-v3 %t.mlir
# RUN: %python %s hswish-compile x86-64-v2 %t.mlir
# RUN: %python %s hswish-compile aarch64 %t.mlir

import math
import re
import subprocess
import sys

# What a kernel does on whole registers: multiply, add or compare.
ARITHMETIC = {
    "x86-64-v4": r"v(fmadd\w+|add|max)ps\s.*%zmm",
    "x86-64-v3": r"v(fmadd\w+|add|max)ps\s.*%ymm",
    "x86-64-v2": r"(mul|add|max)ps\s.*%xmm",
    "aarch64": r"f(mla|add|max)\s+v\d+\.4s",
}
BITS = {"x86-64-v4": 512, "x86-64-v3": 256, "x86-64-v2": 128, "aarch64": 128}
STACK = r"\(%rsp\b|\[sp\b"
# The frame pointer is any register unless something sets it up.
FRAME = r"movq\s+%rsp, %rbp|(mov|add)\s+x29, sp"
FRAME_STACK = STACK + r"|\(%rbp\b|\[x29\b"
BRANCH = r"^\s+(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\d+,)\s+(\.L\w+)\s*$"
END = r"(jmp|b|retq?)\b(?!\.)"

EPILOGUES = {  # name: (extra operands, body)
    "none": ("", "hswish.yield %acc : f32"),
    "hard_swish": ("b", "%0 = arith.addf %acc, %b : f32 %1 = hswish.hard_swish %0 : f32 hswish.yield %1 : f32"),
    "relu": (
        "b",
        "%z = arith.constant 0.0 : f32 %0 = arith.addf %acc, %b : f32 "
        "%1 = arith.maximumf %0, %z : f32 hswish.yield %1 : f32",
    ),
    "residual": (
        "br",
        "%0 = arith.addf %acc, %b : f32 %1 = arith.addf %0, %r : f32 hswish.yield %1 : f32",
    ),
}


def conv(h, w, c, n, k=1, s=1, d=1, g=1, e="hard_swish"):
    """A convolution to h x w x n pixels."""
    height, width = [(size - 1) * s + (k - 1) * d + 1 for size in (h, w)]
    attributes = f"strides = array<i64: {s}, {s}>, dilations = array<i64: {d}, {d}>, groups = {g} : i64, "
    return "conv_2d", (1, height, width, c), (k, k, c // g, n), (1, h, w, n), attributes, e


def depthwise(h, w, c, k, s=1, d=1, e="hard_swish"):
    return conv(h, w, c, c, k, s, d, c, e)


def matmul(m, k, n, e="hard_swish"):
    return "matmul", (m, k), (k, n), (m, n), "", e


def unpacked(op):
    """Weights that are known at run time only."""
    return (*op, "unpacked")


def pool(kind, h, w, c, k, s):
    height, width = (h - 1) * s + k, (w - 1) * s + k
    attributes = f"kernel = array<i64: {k}, {k}>, strides = array<i64: {s}, {s}>"
    return f"pool_2d {kind}", (1, height, width, c), None, (1, h, w, c), attributes, None


CASES = [
    # Pointwise: tiles of many widths, then layers of MobileNetV3.
    *(conv(w, w, 32, n) for w in (7, 13, 14) for n in (8, 16, 24, 40, 80, 112)),
    *(conv(1, n, 64, 72) for n in (2, 3, 5, 10)),
    *(conv(14, 14, c, n, e=e) for c, n, e in [(80, 480, "relu"), (480, 112, "residual"), (672, 112, "none")]),
    conv(112, 112, 16, 64, e="relu"), conv(56, 56, 72, 24, e="residual"), conv(28, 28, 120, 40, e="none"),
    conv(7, 7, 160, 960), conv(7, 7, 960, 160, e="residual"), conv(12, 12, 32, 64, s=2),
    # One pixel: matrix times vector.
    *(conv(1, 1, c, n, e=e) for c, n, e in [(72, 24, "relu"), (24, 72, "none"), (64, 1280, "hard_swish")]),
    matmul(1, 128, 1000, "none"), matmul(1, 131, 77), matmul(5, 64, 40), matmul(16, 64, 48, "residual"), matmul(64, 64, 256),
    # Windows over all channels: the stem first.
    *(conv(112, 112, 3, 16, 3, s=2, e=e) for e in EPILOGUES),
    conv(112, 112, 3, 32, 3, s=2), conv(14, 14, 3, 24, 5), conv(28, 28, 24, 24, 3), conv(14, 14, 96, 24, 3, e="relu"),
    conv(28, 28, 16, 32, 3, s=2, e="relu"), conv(12, 12, 8, 8, 2, s=2, e="none"), conv(14, 14, 16, 16, 5, d=2),
    conv(14, 14, 1, 16, 9), conv(14, 14, 32, 32, 3, g=2),
    # One filter a channel.
    *(depthwise(14, 14, 64, k, s, e=e) for k in (3, 5, 7) for s in (1, 2) for e in EPILOGUES),
    *(depthwise(w, w, 96, k) for w in (2, 3, 7, 13, 28) for k in (3, 5)),
    *(depthwise(14, 14, 64, k, d=2, e=e) for k in (3, 5) for e in ("hard_swish", "none")),
    depthwise(112, 112, 16, 3, e="relu"), depthwise(56, 56, 72, 5, 2, e="relu"), depthwise(14, 14, 184, 3), depthwise(7, 7, 960, 5),
    *(depthwise(14, 14, c, k) for c in (4, 8, 16) for k in (3, 5, 7)),
    # Pooling.
    pool("max", 28, 28, 64, 3, 2), pool("max", 14, 14, 64, 2, 2), pool("max", 13, 13, 256, 5, 1),
    pool("average", 14, 14, 64, 3, 1), pool("average", 1, 1, 960, 7, 1), pool("average_include_pad", 14, 14, 64, 2, 2),
    # Weights of run time.
    unpacked(matmul(1, 64, 80)), unpacked(matmul(12, 64, 80)), unpacked(conv(14, 14, 32, 40)), unpacked(conv(14, 14, 16, 16, 3)),
    unpacked(depthwise(14, 14, 64, 3)),
]  # fmt: skip


def tensor(shape, element):
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def weights(shape, element):
    """The bytes of weights; LLVM must not find them all equal."""
    size = math.prod(shape) * (4 if element == "f32" else 8)
    return (bytes(range(63)) * (size // 63 + 1))[:size].hex()


def write(i, case, element):
    """The arguments, the text and the type of one op."""
    op, x, w, y, attributes, epilogue, *kind = case
    x, y = tensor(x, element), tensor(y, element)
    arguments, operands, types = [(f"%x{i}", x)], [f"%x{i}"], [x]
    text = f"\n    %e{i} = tensor.empty() : {y}"
    if w:
        w = tensor(w, element)
        operands.append(f"%w{i}")
        types.append(w)
        if kind:
            arguments.append((f"%w{i}", w))
        else:
            text += f'\n    %w{i} = arith.constant dense<"0x{weights(case[2], element)}"> : {w}'
    ins = f"ins({', '.join(operands)} : {', '.join(types)})"
    if not w:
        return arguments, f"{text}\n    %y{i} = hswish.{op} {ins} outs(%e{i} : {y}) {{{attributes}}} -> {y}", y
    extras, body = EPILOGUES[epilogue]
    dims = ", ".join("nhwc"[: 4 if case[3][2:] else 1] + "c" * (not case[3][2:]))
    known = {
        "b": (tensor(case[3][-1:], element), f"affine_map<({dims}) -> (c)>"),
        "r": (y, f"affine_map<({dims}) -> ({dims})>"),
    }
    arguments += [(f"%{name}{i}", known[name][0]) for name in extras]
    clause = ", ".join(f"%{name}{i}" for name in extras) + " : " + ", ".join(known[name][0] for name in extras)
    clause = f"epilogue({clause})" if extras else ""
    maps = ", ".join(known[name][1] for name in extras)
    block = "".join(f", %{name}: {element}" for name in extras)
    text += f"""
    %y{i} = hswish.{op} {ins} {clause} outs(%e{i} : {y})
        attributes {{{attributes}epilogue_maps = [{maps}]}} {{
    ^bb0(%acc: {element}{block}):
      {body.replace("f32", element)}
    }} -> {y}"""
    return arguments, text, y


def model(element="f32"):
    """One function with all ops."""
    arguments, body, types = [], "", []
    for i, case in enumerate(CASES):
        more, text, result = write(i, case, element)
        arguments += [f'{name}: {kind} {{hswish.name = "{name[1:]}"}}' for name, kind in more]
        body += text
        types.append(result)
    results = ", ".join(f"%y{i}" for i in range(len(CASES)))
    types = ", ".join(types)
    return (
        'module attributes {hswish.model = "m"} {\n'
        f"  func.func @m({', '.join(arguments)}) -> ({types}) {{{body}\n"
        f"    return {results} : {types}\n  }}\n}}\n"
    )


def kernels(assembly):
    """The name and the lines of each kernel."""
    for function in re.split(r"^(?=m_\w+:)", assembly, flags=re.M)[1:]:
        lines = function.split("\n.Lfunc_end")[0].splitlines()
        if re.match(r"m_(conv|matmul|pool)_2?d?", lines[0]):
            yield lines[0].split(":")[0], lines


def flow(lines):
    """Basic blocks as lists of instructions, and the successors of each."""
    blocks, names, targets = [[]], {}, [[]]
    for line in lines[1:]:
        if label := re.match(r"(\.L\w+):", line):
            names[label.group(1)] = len(blocks)
            blocks.append([])
            targets.append([])
        elif line.startswith("\t") and not line.startswith("\t."):
            blocks[-1].append(line.strip())
            if branch := re.search(BRANCH, line):
                targets[-1].append(branch.group(1))
                blocks.append([])
                targets.append([])
    successors = []
    for i, block in enumerate(blocks):
        falls = i + 1 < len(blocks) and not (block and re.match(END, block[-1]))
        successors.append([names[t] for t in targets[i] if t in names] + [i + 1] * falls)
    return blocks, successors


def inner_loops(lines):
    """The instructions of each loop that has no loop inside."""
    blocks, successors = flow(lines)
    loops, state = [], [0] * len(blocks)

    def body(header, latch):
        inside, work = {header}, [latch]
        while work:
            if (block := work.pop()) not in inside:
                inside.add(block)
                work += [p for p, after in enumerate(successors) if block in after]
        return inside

    def visit(block):
        state[block] = 1
        for after in successors[block]:
            if state[after] == 1:
                loops.append(body(after, block))
            elif state[after] == 0:
                visit(after)
        state[block] = 2

    visit(0)
    for loop in loops:
        if not any(other < loop for other in loops):
            yield [line for block in sorted(loop) for line in blocks[block]]


def main(compiler, target, path):
    with open(path, "w") as file:
        file.write(model())
    command = [compiler, path, f"--target={target}", "--emit=asm", "-o", "-"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        return run.stderr
    failures = []
    found = list(kernels(run.stdout))
    if len(found) != len(CASES):
        return f"found {len(found)} kernels of {len(CASES)}"
    for case, (name, lines) in zip(CASES, found):
        loops = list(inner_loops(lines))
        isWide = case[3][-1] * 32 >= BITS[target]
        if isWide and not any(re.search(ARITHMETIC[target], line) for loop in loops for line in loop):
            failures.append(f"{name}, {case}: no inner loop computes on whole registers")
        stack = FRAME_STACK if any(re.search(FRAME, line) for line in lines) else STACK
        for loop in loops:
            if on_stack := [line for line in loop if re.search(stack, line)]:
                failures.append(f"{name}, {case}: touches the stack {len(on_stack)} times: {on_stack[0]}")
    print("\n".join(failures))
    return f"{len(failures)} failures in {len(found)} kernels" if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
