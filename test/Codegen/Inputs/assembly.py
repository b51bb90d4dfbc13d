"""Kernels and their inner loops in the assembly of hswish-compile."""

import re
import subprocess

BRANCH = r"^\s+(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\d+,)\s+(\.L\w+)\s*$"
END = r"(jmp|b|retq?)\b(?!\.)"
STACK = r"\(%rsp\b|\[sp\b"
# The frame pointer is any register unless something sets it up.
FRAME = r"movq\s+%rsp, %rbp|(mov|add)\s+x29, sp"
FRAME_STACK = STACK + r"|\(%rbp\b|\[x29\b"


def compile_to_assembly(compiler, target, text, path, *options):
    """The assembly of a module."""
    with open(path, "w") as file:
        file.write(text)
    return compile_file(compiler, target, path, *options)


def compile_file(compiler, target, path, *options):
    """The assembly of a model."""
    command = [compiler, path, f"--target={target}", "--emit=asm", "-o", "-", *options]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(run.stderr)
    return run.stdout


def functions(assembly, pattern):
    """The name and the lines of each function whose name matches."""
    for function in re.split(r"^(?=[A-Za-z]\w*:)", assembly, flags=re.M)[1:]:
        lines = function.split("\n.Lfunc_end")[0].splitlines()
        name = lines[0].split(":")[0]
        if re.fullmatch(pattern, name):
            yield name, lines


def kernels(assembly):
    """The name and the lines of each kernel of the module `m`."""
    return functions(assembly, r"m_(conv_2d|matmul|pool_2d)_\d+")


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


def stack_accesses(lines):
    """What touches the stack, for each inner loop of a function that does."""
    stack = FRAME_STACK if any(re.search(FRAME, line) for line in lines) else STACK
    for loop in inner_loops(lines):
        if found := [line for line in loop if re.search(stack, line)]:
            yield found
