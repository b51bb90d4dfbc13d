"""Structured ops of given shapes as one model."""

import math

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


def conv(h, w, c, n, k=1, s=1, d=1, g=1, e="hard_swish", p=0):
    """A convolution to h x w x n pixels, with p rows and columns of padding on all sides."""
    height, width = [(size - 1) * s + (k - 1) * d + 1 - 2 * p for size in (h, w)]
    attributes = (
        f"strides = array<i64: {s}, {s}>, dilations = array<i64: {d}, {d}>, "
        f"pads = array<i64: {p}, {p}, {p}, {p}>, groups = {g} : i64, "
    )
    return "conv_2d", (1, height, width, c), (k, k, c // g, n), (1, h, w, n), attributes, e


def depthwise(h, w, c, k, s=1, d=1, e="hard_swish", p=0):
    return conv(h, w, c, c, k, s, d, c, e, p)


def matmul(m, k, n, e="hard_swish"):
    return "matmul", (m, k), (k, n), (m, n), "", e


def unpacked(op):
    """Weights that are known at run time only."""
    return (*op, "unpacked")


def pool(kind, h, w, c, k, s, kw=None):
    kw = kw or k
    height, width = (h - 1) * s + k, (w - 1) * s + kw
    attributes = f"kernel = array<i64: {k}, {kw}>, strides = array<i64: {s}, {s}>"
    return f"pool_2d {kind}", (1, height, width, c), None, (1, h, w, c), attributes, None


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


def model(cases, element="f32"):
    """One function with all ops."""
    arguments, body, types = [], "", []
    for i, case in enumerate(cases):
        more, text, result = write(i, case, element)
        arguments += [f'{name}: {kind} {{hswish.name = "{name[1:]}"}}' for name, kind in more]
        body += text
        types.append(result)
    results = ", ".join(f"%y{i}" for i in range(len(cases)))
    types = ", ".join(types)
    return (
        'module attributes {hswish.model = "m"} {\n'
        f"  func.func @m({', '.join(arguments)}) -> ({types}) {{{body}\n"
        f"    return {results} : {types}\n  }}\n}}\n"
    )
