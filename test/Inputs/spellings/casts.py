"""Casts between the links: of equal widths on all paths, or not."""

from .case import Case
from .forms import SWISH

# name -> (ops, the type of x, the type of the result, what is found).
CASTS = {
    # AMP: clamps in f32 between links in f16.
    "widened_clamp": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %h6 = arith.constant dense<6.0> : tensor<8xf16>
        %0 = arith.addf %x, %c3 : tensor<8xf16>
        %1 = arith.extf %0 : tensor<8xf16> to tensor<8xf32>
        %2 = arith.maximumf %1, %c0 : tensor<8xf32>
        %3 = arith.minimumf %2, %c6 : tensor<8xf32>
        %4 = arith.truncf %3 : tensor<8xf32> to tensor<8xf16>
        %5 = arith.mulf %x, %4 : tensor<8xf16>
        %6 = arith.divf %5, %h6 : tensor<8xf16>""",
        "f16",
        "f16",
        {SWISH: 1},
    ),
    # AMP whose f16 is computed in f32 and rounded where it is cast.
    "widened_x": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf32>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %a = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %0 = arith.addf %a, %c3 : tensor<8xf32>
        %1 = arith.maximumf %0, %c0 : tensor<8xf32>
        %2 = arith.minimumf %1, %c6 : tensor<8xf32>
        %3 = arith.truncf %2 : tensor<8xf32> to tensor<8xf16>
        %4 = arith.extf %3 : tensor<8xf16> to tensor<8xf32>
        %5 = arith.mulf %a, %4 : tensor<8xf32>
        %6 = arith.divf %5, %c6 : tensor<8xf32>""",
        "f16",
        "f32",
        {SWISH: 1},
    ),
    # The same cast, twice, on both paths.
    "equal_widths": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf32>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %a = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %b = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %0 = arith.addf %b, %c3 : tensor<8xf32>
        %1 = arith.maximumf %0, %c0 : tensor<8xf32>
        %2 = arith.minimumf %1, %c6 : tensor<8xf32>
        %3 = arith.mulf %a, %2 : tensor<8xf32>
        %6 = arith.divf %3, %c6 : tensor<8xf32>""",
        "f16",
        "f32",
        {SWISH: 1},
    ),
    "widened_quotient": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf16>
        %c6 = arith.constant dense<6.0> : tensor<8xf16>
        %w6 = arith.constant dense<6.0> : tensor<8xf32>
        %0 = arith.addf %x, %c3 : tensor<8xf16>
        %1 = arith.maximumf %0, %c0 : tensor<8xf16>
        %2 = arith.minimumf %1, %c6 : tensor<8xf16>
        %3 = arith.mulf %x, %2 : tensor<8xf16>
        %4 = arith.extf %3 : tensor<8xf16> to tensor<8xf32>
        %6 = arith.divf %4, %w6 : tensor<8xf32>""",
        "f16",
        "f32",
        {SWISH: 1},
    ),
    # x in f32, the gate in f16.
    "narrow_gate": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf16>
        %c0 = arith.constant dense<0.0> : tensor<8xf16>
        %c6 = arith.constant dense<6.0> : tensor<8xf16>
        %w6 = arith.constant dense<6.0> : tensor<8xf32>
        %a = arith.truncf %x : tensor<8xf32> to tensor<8xf16>
        %0 = arith.addf %a, %c3 : tensor<8xf16>
        %1 = arith.maximumf %0, %c0 : tensor<8xf16>
        %2 = arith.minimumf %1, %c6 : tensor<8xf16>
        %3 = arith.extf %2 : tensor<8xf16> to tensor<8xf32>
        %4 = arith.mulf %x, %3 : tensor<8xf32>
        %6 = arith.divf %4, %w6 : tensor<8xf32>""",
        "f32",
        "f32",
        {},
    ),
    # x through f64, the gate through f32.
    "different_widths": (
        """%c3 = arith.constant dense<3.0> : tensor<8xf32>
        %c0 = arith.constant dense<0.0> : tensor<8xf32>
        %c6 = arith.constant dense<6.0> : tensor<8xf32>
        %w6 = arith.constant dense<6.0> : tensor<8xf64>
        %a = arith.extf %x : tensor<8xf16> to tensor<8xf32>
        %b = arith.extf %x : tensor<8xf16> to tensor<8xf64>
        %0 = arith.addf %a, %c3 : tensor<8xf32>
        %1 = arith.maximumf %0, %c0 : tensor<8xf32>
        %2 = arith.minimumf %1, %c6 : tensor<8xf32>
        %3 = arith.extf %2 : tensor<8xf32> to tensor<8xf64>
        %4 = arith.mulf %b, %3 : tensor<8xf64>
        %6 = arith.divf %4, %w6 : tensor<8xf64>""",
        "f16",
        "f64",
        {},
    ),
}


def generate_casts():
    for name, (lines, source, target, found) in CASTS.items():
        name = f"cast.{name}"
        ops = "\n".join(line.strip() for line in lines.splitlines())
        text = (
            f"func.func @{name}(%x: tensor<8x{source}>) -> tensor<8x{target}> {{\n"
            f"{ops}\nreturn %6 : tensor<8x{target}>\n}}"
        )
        operands = ("%arg0",) if source == target else None
        yield Case(name, text, found, False, operands=operands)
