"""The networks: published definitions, and small ones for tests."""

from .graph import Graph, Options, make_divisible

# kernel, expanded, output, squeeze-and-excite, activation, stride
_V3_LARGE = [
    (3, 16, 16, False, "relu", 1),
    (3, 64, 24, False, "relu", 2),
    (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2),
    (5, 120, 40, True, "relu", 1),
    (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hard_swish", 2),
    (3, 200, 80, False, "hard_swish", 1),
    (3, 184, 80, False, "hard_swish", 1),
    (3, 184, 80, False, "hard_swish", 1),
    (3, 480, 112, True, "hard_swish", 1),
    (3, 672, 112, True, "hard_swish", 1),
    (5, 672, 160, True, "hard_swish", 2),
    (5, 960, 160, True, "hard_swish", 1),
    (5, 960, 160, True, "hard_swish", 1),
]
_V3_SMALL = [
    (3, 16, 16, True, "relu", 2),
    (3, 72, 24, False, "relu", 2),
    (3, 88, 24, False, "relu", 1),
    (5, 96, 40, True, "hard_swish", 2),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 120, 48, True, "hard_swish", 1),
    (5, 144, 48, True, "hard_swish", 1),
    (5, 288, 96, True, "hard_swish", 2),
    (5, 576, 96, True, "hard_swish", 1),
    (5, 576, 96, True, "hard_swish", 1),
]


def _inverted_residual(g, x, kernel, expanded, out, excite, act, stride):
    y = x
    if expanded != x.channels:
        y = g.conv(y, expanded, act=act)
    y = g.conv(y, expanded, kernel, stride, groups=expanded, act=act)
    if excite:
        y = g.squeeze_excite(y, make_divisible(expanded // 4))
    y = g.conv(y, out)
    return g.add(x, y) if stride == 1 and x.channels == out else y


def _mobilenet_v3(g, blocks, hidden):
    scaled = lambda n: make_divisible(n * g.options.width)
    x = g.conv(g.input(), scaled(16), 3, 2, act="hard_swish")
    for kernel, expanded, out, excite, act, stride in blocks:
        x = _inverted_residual(g, x, kernel, scaled(expanded), scaled(out), excite, act, stride)
    x = g.conv(x, 6 * x.channels, act="hard_swish")
    x = g.flatten(g.global_pool(x))
    x = g.linear(x, scaled(hidden), act="hard_swish")
    g.output(g.linear(x, g.options.classes))


def mobilenet_v3_large(g):
    """MobileNetV3-Large (Howard et al. 2019), as torchvision defines it"""
    _mobilenet_v3(g, _V3_LARGE, 1280)


def mobilenet_v3_small(g):
    """MobileNetV3-Small, as torchvision defines it"""
    _mobilenet_v3(g, _V3_SMALL, 1024)


def mobilenet_v2(g):
    """MobileNetV2 (Sandler et al. 2018): ReLU6 throughout"""
    scaled = lambda n: make_divisible(n * g.options.width)
    x = g.conv(g.input(), scaled(32), 3, 2, act="relu6")
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, out, repeats, stride in stages:
        for i in range(repeats):
            wide = x.channels * expansion
            x = _inverted_residual(g, x, 3, wide, scaled(out), False, "relu6", stride if i == 0 else 1)
    x = g.conv(x, make_divisible(1280 * max(1.0, g.options.width)), act="relu6")
    g.output(g.linear(g.flatten(g.global_pool(x)), g.options.classes))


def pp_lcnet(g):
    """PP-LCNet (Cui et al. 2021): depthwise and pointwise, h-swish, no residuals"""
    scaled = lambda n: make_divisible(n * g.options.width)
    x = g.conv(g.input(), scaled(16), 3, 2, act="hard_swish")
    small = [(32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2)]
    blocks = [(3, out, stride, False) for out, stride in small]
    blocks += [(5, 256, 1, False)] * 5 + [(5, 512, 2, True), (5, 512, 1, True)]
    for kernel, out, stride, excite in blocks:
        x = g.conv(x, x.channels, kernel, stride, groups=x.channels, act="hard_swish")
        if excite:
            x = g.squeeze_excite(x, x.channels // 4)
        x = g.conv(x, scaled(out), act="hard_swish")
    x = g.conv(g.global_pool(x), 1280, act="hard_swish", norm=False, spread=0.1)
    g.output(g.linear(g.flatten(x), g.options.classes))


def efficientnet_lite0(g):
    """EfficientNet-lite0: ReLU6, kernels of 3 and 5, no squeeze-and-excite"""
    x = g.conv(g.input(), 32, 3, 2, act="relu6")
    stages = [
        (1, 3, 16, 1, 1),
        (6, 3, 24, 2, 2),
        (6, 5, 40, 2, 2),
        (6, 3, 80, 3, 2),
        (6, 5, 112, 3, 1),
        (6, 5, 192, 4, 2),
        (6, 3, 320, 1, 1),
    ]
    for expansion, kernel, out, repeats, stride in stages:
        for i in range(repeats):
            wide = x.channels * expansion
            x = _inverted_residual(g, x, kernel, wide, out, False, "relu6", stride if i == 0 else 1)
    x = g.conv(x, 1280, act="relu6")
    g.output(g.linear(g.flatten(g.global_pool(x)), g.options.classes))


def tiny_v3(g):
    """one block of everything MobileNetV3 has, for quick tests"""
    x = g.conv(g.input(), 8, 3, 2, act="hard_swish")
    x = _inverted_residual(g, x, 3, 24, 8, True, "relu", 1)
    x = _inverted_residual(g, x, 5, 40, 16, True, "hard_swish", 2)
    x = _inverted_residual(g, x, 3, 48, 16, False, "hard_swish", 1)
    x = g.conv(x, 64, act="hard_swish")
    x = g.linear(g.flatten(g.global_pool(x)), 32, act="hard_swish")
    g.output(g.linear(x, 10))


def tiny_odd(g):
    """channel counts and picture sizes that no vector width divides"""
    x = g.conv(g.input(), 7, 3, 2, act="hard_swish")
    x = _inverted_residual(g, x, 3, 13, 7, True, "hard_swish", 1)
    x = _inverted_residual(g, x, 5, 29, 11, False, "relu6", 2)
    x = g.conv(x, 33, 3, 1, groups=11, act="swish")
    g.output(g.linear(g.flatten(g.global_pool(x)), 5))


def tiny_detector(g):
    """a small feature pyramid: pooling, upsampling, concatenation, two outputs"""
    x = g.max_pool(g.conv(g.input(), 8, 3, 2, act="hard_swish"), 3, 2)
    low = _inverted_residual(g, x, 3, 24, 16, True, "hard_swish", 1)
    high = _inverted_residual(g, low, 5, 48, 24, True, "hard_swish", 2)
    merged = g.concat([low, g.upsample(g.conv(high, 16, act="hard_swish"))])
    merged = g.conv(merged, 16, 3, act="hard_swish")
    g.output(g.activation(g.deconv(g.deconv(merged, 8), 1), "sigmoid"), "map")
    g.output(g.conv(high, 6, norm=False, spread=0.1), "boxes")


# name -> (definition, default height and width)
NETWORKS = {
    "mobilenet_v3_large": (mobilenet_v3_large, (224, 224)),
    "mobilenet_v3_small": (mobilenet_v3_small, (224, 224)),
    "mobilenet_v2": (mobilenet_v2, (224, 224)),
    "pp_lcnet": (pp_lcnet, (224, 224)),
    "efficientnet_lite0": (efficientnet_lite0, (224, 224)),
    "tiny_v3": (tiny_v3, (32, 32)),
    "tiny_odd": (tiny_odd, (37, 45)),
    "tiny_detector": (tiny_detector, (64, 64)),
}


def build(name, options=None):
    """The graph under construction of the network `name`, complete."""
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}: one of {', '.join(NETWORKS)}")
    define, size = NETWORKS[name]
    g = Graph(name, options or Options(), size)
    define(g)
    return g
