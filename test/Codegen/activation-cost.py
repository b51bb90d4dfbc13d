# RUN: %python %s %t.mlir
"""Activations cost as many vector instructions as the table below says.

Counted in the assembly, per vector stored: everything that computes, not loads,
stores, copies and loops. `unit_hard_swish` is what `fast` leaves of a h-swish
between convolutions: as many as ReLU6 where the machine has `vrange`.
"""

import re
import subprocess
import sys

TARGETS = ("x86-64-v4", "x86-64-v3", "x86-64-v2", "aarch64")
COST = {  # activation: instructions on each target
    "relu6 %x": (2, 2, 2, None),
    "relu6 %x fastmath<nsz>": (2, 2, 2, 2),
    "unit_hard_swish %x": (2, 3, 4, 3),
    "hard_swish %x accuracy<fast>": (4, 4, 5, 4),
    "hard_swish %x": (4, 5, 5, 5),
    "hard_swish %x accuracy<onnx>": (5, 5, 5, 5),
    "hard_swish %x accuracy<torch>": (4, 5, 5, 5),
    "hard_sigmoid %x accuracy<fast>": (3, 3, 4, 3),
    "hard_sigmoid %x": (4, 4, 4, 4),
}
COMPUTES = {
    "x86": r"\tv?(range|min|max|add|sub|mul|div|fn?m(add|sub)\d*|cmp\w*|blend\w*|and\w*|or)p[sd]\b",
    "aarch64": r"\t(f(min|max|minnm|maxnm|add|sub|mul|div|mla|mls|cm\w+)|bif|bit|bsl|and|orr)\t?.*v\d+\.",
}
STORES = {"x86": r"\tv?mov[au]ps\t%[xyz]mm\d+, \S*\(", "aarch64": r"\t(str\tq|stp\tq|st1)"}

SOURCE = """func.func @net(%x: tensor<4096xf32>) -> tensor<4096xf32> {{
  %0 = hswish.{} : tensor<4096xf32>
  return %0 : tensor<4096xf32>
}}"""


def kernel_loop(assembly, store):
    """The one loop that computes."""
    blocks = re.split(r"^\.\w+:.*$", assembly, flags=re.M)
    loops = [b for b in blocks if re.search(r"\t(j\w+|b\.\w+|cbn?z)\t.*\.?LBB", b) and re.search(store, b)]
    if len(loops) != 1:
        sys.exit(f"{len(loops)} loops store vectors:\n{assembly}")
    return loops[0]


model = sys.argv[1]
failures = 0
for activation, costs in COST.items():
    for target, want in zip(TARGETS, costs):
        if want is None:
            continue
        arch = "aarch64" if target == "aarch64" else "x86"
        store = STORES[arch]
        with open(model, "w") as file:
            file.write(SOURCE.format(activation))
        command = ["hswish-compile", model, f"--target={target}", "--emit=asm", "-o", "-"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            sys.exit(result.stderr)
        loop = kernel_loop(result.stdout, store)
        computing = len(re.findall(COMPUTES[arch], loop))
        stored = sum(2 if "stp" in s.group(0) else 1 for s in re.finditer(store, loop))
        if computing != want * stored:
            print(f"{activation} for {target}: {computing} instructions for {stored} vectors, not {want} each\n{loop}")
            failures += 1
print(f"{failures} activations cost more than they should")
sys.exit(failures != 0)
