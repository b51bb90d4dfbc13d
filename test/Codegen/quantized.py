# RUN: %python %s %t.mlir
"""Tables of 8 bits are looked up in registers, 16 bits computed in vectors.

Checked in the assembly that the whole compiler makes of one activation.
"""

import re
import subprocess
import sys

V4 = "x86_64-linux-gnu,cpu="
LOOPS = {  # element, target: instructions in the loop for a vector, what must not be there
    ("i8", V4 + "icelake-server"): ({"vperm[it]2b": 2}, "pshufb"),
    ("i8", "x86-64-v4"): ({r"vpshufb\t.*%zmm": 16}, "vpermi2b"),
    ("i8", "x86-64-v3"): ({r"vpshufb\t.*%ymm": 16}, "zmm"),
    ("i8", "x86-64-v2"): ({r"\tpshufb\t": 16}, "ymm"),
    ("i8", "aarch64"): ({r"\ttbl\t": 1, r"\ttbx\t": 3}, "pshufb"),
    ("i16", "x86-64-v4"): ({r"vpmullq\t.*%zmm": 8}, "call"),
    ("i16", "x86-64-v3"): ({r"vpmuludq\t.*%ymm": 8}, "call"),
    ("i16", "x86-64-v2"): ({r"pmuludq\t": 8}, "call"),
}

SOURCE = """func.func @net(%x: tensor<4096x{0}>) -> tensor<4096x{0}> {{
  %0 = hswish.quantized_hard_swish %x from<1.0e-4:3> to<2.0e-4:5> : tensor<4096x{0}>
  return %0 : tensor<4096x{0}>
}}"""

for (element, target), (wanted, unwanted) in LOOPS.items():
    with open(sys.argv[1], "w") as file:
        file.write(SOURCE.format(element))
    command = ["hswish-compile", sys.argv[1], f"--target={target}", "--emit=asm", "-o", "-"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    kernel = result.stdout.split("func_end0")[0]
    # No element is taken out of a vector, to load an entry or to multiply.
    forbidden = "|".join([unwanted, "pextr", "pinsr", "umov"])
    for instruction, count in wanted.items():
        found = len(re.findall(instruction, kernel))
        if found < count or found % count or re.search(forbidden, kernel):
            sys.exit(f"{element} for {target}: {found} {instruction}, wanted a multiple of {count} and no {forbidden}\n"
                     + kernel)
print(f"{len(LOOPS)} loops are in registers")
