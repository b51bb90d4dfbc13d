# No inner loop of a pointwise kernel touches the stack, and its arithmetic is on
# the registers of the target: for the tiles that the strategies of many shapes
# choose.

# RUN: %python %s hswish-compile x86-64-v4 %t.mlir
# RUN: %python %s hswish-compile x86-64-v3 %t.mlir
# RUN: %python %s hswish-compile x86-64-v2 %t.mlir
# RUN: %python %s hswish-compile aarch64 %t.mlir

import re
import subprocess
import sys

PRODUCT = {
    "x86-64-v4": r"vfmadd\w+ps\s.*%zmm",
    "x86-64-v3": r"vfmadd\w+ps\s.*%ymm",
    "x86-64-v2": r"mulps\s.*%xmm",
    "aarch64": r"fmla\s+v\d+\.4s",
}
STACK = r"\((%rsp|%rbp)\b|\[(sp|x29)\b"
BRANCH = r"^\s+(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\d+,)\s+(\.L\w+)\s*$"

# (height, width, input channels, output channels, kernel, stride, groups)
SHAPES = [(w, w, 32, n, 1, 1, 1) for w in (7, 13, 14) for n in (8, 16, 24, 40, 80, 112)]
SHAPES += [(1, n, 64, 72, 1, 1, 1) for n in (2, 3, 5, 10)]


def model():
    """One function with a convolution of each shape."""
    body, arguments, results, types = [], [], [], []
    for i, (h, w, c, n, k, s, g) in enumerate(SHAPES):
        x = f"tensor<1x{(h - 1) * s + k}x{(w - 1) * s + k}x{c}xf32>"
        y = f"tensor<1x{h}x{w}x{n}xf32>"
        f = f"tensor<{k}x{k}x{c // g}x{n}xf32>"
        arguments.append(f'%x{i}: {x} {{hswish.name = "x{i}"}}')
        body.append(f"""
    %w{i} = arith.constant dense<0.1> : {f}
    %b{i} = arith.constant dense<0.2> : tensor<{n}xf32>
    %e{i} = tensor.empty() : {y}
    %y{i} = hswish.conv_2d ins(%x{i}, %w{i} : {x}, {f})
        epilogue(%b{i} : tensor<{n}xf32>) outs(%e{i} : {y})
        attributes {{strides = array<i64: {s}, {s}>, groups = {g} : i64,
          epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]}} {{
    ^bb0(%acc: f32, %bias: f32):
      %0 = arith.addf %acc, %bias : f32
      %1 = hswish.hard_swish %0 : f32
      hswish.yield %1 : f32
    }} -> {y}""")
        results.append(f"%y{i}")
        types.append(y)
    return (
        'module attributes {hswish.model = "m"} {\n'
        + f"  func.func @m({', '.join(arguments)}) -> ({', '.join(types)}) {{"
        + "".join(body)
        + f"\n    return {', '.join(results)} : {', '.join(types)}\n  }}\n}}\n"
    )


def inner_loops(assembly):
    """The instructions of each loop that has no loop inside."""
    lines, labels, loops = assembly.splitlines(), {}, []
    for i, line in enumerate(lines):
        if label := re.match(r"(\.L\w+):", line):
            labels[label.group(1)] = i
        elif (branch := re.match(BRANCH, line)) and branch.group(1) in labels:
            loops.append((labels[branch.group(1)], i))
    for low, high in loops:
        if not any(low <= a and b <= high and (a, b) != (low, high) for a, b in loops):
            yield lines[low : high + 1]


def main(compiler, target, path):
    with open(path, "w") as file:
        file.write(model())
    command = [compiler, path, f"--target={target}", "--emit=asm", "-o", "-"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        return run.stderr
    kernels = errors = 0
    for loop in inner_loops(run.stdout):
        if not any(re.search(PRODUCT[target], line) for line in loop):
            continue
        kernels += 1
        on_stack = [line for line in loop if re.search(STACK, line)]
        errors += bool(on_stack)
        for line in on_stack:
            print(f"{loop[0]} touches the stack: {line.strip()}")
    # Each shape has a loop at least: the tails of blocks have their own.
    if kernels < len(SHAPES):
        return f"found only {kernels} vectorised loops for {len(SHAPES)} shapes"
    return f"{errors} of {kernels} loops touch the stack" if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
