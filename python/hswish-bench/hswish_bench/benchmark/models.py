"""The models that are measured: networks, single layers, single activations."""

import pathlib
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

from ..networks import NETWORKS, Options, build

# Activations that are fused into the layer before them.
_ACTIVATIONS = {"HardSwish": "h-swish", "Relu": "relu", "HardSigmoid": "h-sigmoid", "Clip": "relu6"}


@dataclass
class Case:
    """Something to measure: one model, maybe in several layouts, of which each
    runtime may take the one it likes best."""

    name: str
    paths: dict  # layout -> path
    shapes: dict = field(default_factory=dict)  # of dynamic inputs
    multiply_adds: int = 0
    bytes: int = 0  # read and written, each once
    count: int = 1  # how often the network has it
    kind: str = ""
    picture: str = "picture"  # what reference.make_inputs draws


def _shape(text):
    name, _, sizes = text.rpartition("=")
    return name, tuple(int(n) for n in sizes.split("x"))


def from_file(text):
    """FILE.onnx, or FILE.onnx:INPUT=1x3x224x224:… for dynamic inputs."""
    path, *shapes = text.split(":")
    try:
        shapes = dict(map(_shape, shapes))
    except ValueError:
        raise SystemExit(f"{text}: expected FILE.onnx:INPUT=1x3x224x224") from None
    if not pathlib.Path(path).is_file():
        raise SystemExit(f"{path}: neither a file nor one of {', '.join(NETWORKS)}")
    # A detector answers nothing to pictures without writing: no error would count.
    return Case(pathlib.Path(path).stem, {"": pathlib.Path(path)}, shapes, picture="crop")


def networks(names, folder, spellings=("op",), **options):
    """Generated networks by name, in each spelling of h-swish, and ONNX files."""
    for name in names:
        if name not in NETWORKS:
            yield from_file(name)
            continue
        for spelling in spellings:
            graph = build(name, Options(hard_swish=spelling, **options))
            tag = "-".join(str(value) for value in (spelling, *options.values()))
            path = pathlib.Path(folder) / f"{name}-{tag}.onnx"
            onnx.save(graph.model(), path)
            title = name if spelling == "op" else f"{name} ({spelling})"
            batch = options.get("batch", 1)
            yield Case(title, {"": path}, multiply_adds=graph.multiply_adds * batch)


class Graph:
    """An ONNX graph to look around in."""

    def __init__(self, model):
        graph = shape_inference.infer_shapes(model).graph
        self.nodes = graph.node
        self.constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        values = [*graph.input, *graph.value_info, *graph.output]
        self.shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}
        self.users = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def activation(self, node):
        """The activation that alone uses the result of `node`, or None."""
        users = self.users.get(node.output[0], [])
        return users[0] if len(users) == 1 and users[0].op_type in _ACTIVATIONS else None


def _title(node, activation, shape, weight):
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    text = _ACTIVATIONS[activation.op_type] if activation is not None else ""
    if node.op_type == "Gemm":
        return "gemv", f"fc {weight.shape[1]} > {weight.shape[0]} {text}".strip()
    kernel, stride = weight.shape[2], attributes.get("strides", [1, 1])[0]
    depthwise = attributes.get("group", 1) > 1
    kind = "depthwise" if depthwise else "pointwise" if kernel == 1 else "stem"
    if shape[2] == 1:
        kind = "gemv"
    channels = weight.shape[0] if depthwise else f"{weight.shape[1]} > {weight.shape[0]}"
    return kind, f"{kind} {kernel}x{kernel}/{stride} {channels} at {shape[2]}x{shape[3]} {text}".strip()


def layers(network, folder):
    """Each distinct convolution and fully connected layer of `network`, with its
    activation, as a model of its own: in NCHW as ONNX has it, and with
    transpositions around it that a runtime which prefers NHWC removes."""
    graph = Graph(build(network, Options(batch_norm="folded")).model())
    found = {}
    for node in graph.nodes:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        activation = graph.activation(node)
        shape, weight = graph.shapes[node.input[0]], graph.constants[node.input[1]]
        kind, title = _title(node, activation, shape, weight)
        if title in found:
            found[title].count += 1
            continue
        output = graph.shapes[node.output[0]]
        case = Case(title, {}, kind=kind)
        steps = weight[0].size if node.op_type == "Conv" else weight.shape[1]
        case.multiply_adds = int(np.prod(output)) * int(steps)
        case.bytes = 4 * int(np.prod(shape) + weight.size + np.prod(output))
        for layout in ["NCHW", "NHWC"] if node.op_type == "Conv" else ["NC"]:
            path = pathlib.Path(folder) / f"{network}-layer{len(found)}-{layout}.onnx"
            onnx.save(_single_layer(graph, node, activation, layout), path)
            case.paths[layout] = path
        found[title] = case
    return list(found.values())


def _single_layer(graph, node, activation, layout):
    nodes = [node] + ([activation] if activation is not None else [])
    source, result = node.input[0], nodes[-1].output[0]
    shapes = [graph.shapes[source], graph.shapes[result]]
    names = [source, result]
    if layout == "NHWC":
        names = ["x", "y"]
        shapes = [[shape[0], *shape[2:], shape[1]] for shape in shapes]
        nodes.insert(0, helper.make_node("Transpose", ["x"], [source], perm=[0, 3, 1, 2]))
        nodes.append(helper.make_node("Transpose", [result], ["y"], perm=[0, 2, 3, 1]))
    constants = [
        numpy_helper.from_array(graph.constants[name], name)
        for part in nodes
        for name in part.input
        if name in graph.constants
    ]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(names, shapes)]
    return _model(nodes, values[:1], values[1:], constants)


def _model(nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, "model", inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def calls(folder):
    """A convolution and a fully connected layer of four numbers: what a runtime
    takes for a call."""
    operators = {
        "convolution": ("NCHW", [1, 1], helper.make_node("Conv", ["x", "weight", "bias"], ["y"])),
        "fc": ("NC", [], helper.make_node("Gemm", ["x", "weight", "bias"], ["y"], transB=1)),
    }
    for name, (layout, picture, node) in operators.items():
        values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4, *picture]) for n in "xy"]
        arrays = {"weight": np.eye(4, dtype=np.float32).reshape(4, 4, *picture), "bias": np.ones(4, np.float32)}
        constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
        path = pathlib.Path(folder) / f"call-{name}.onnx"
        onnx.save(_model([node], values[:1], values[1:], constants), path)
        yield Case(f"a call, {name} 4 > 4", {layout: path}, kind="call")


# name -> nodes from "x" to "y"
_ELEMENTWISE = {
    "h-swish": [("HardSwish", ["x"], {})],
    "h-sigmoid": [("HardSigmoid", ["x"], {"alpha": 1 / 6, "beta": 0.5})],
    "relu6": [("Clip", ["x", "low", "high"], {})],
    "swish": [("Sigmoid", ["x"], {}), ("Mul", ["x", "t0"], {})],
}


def elementwise(function, size, folder):
    """`function` alone on `size` bytes of floats."""
    nodes = []
    for i, (op, inputs, attributes) in enumerate(_ELEMENTWISE[function]):
        last = i == len(_ELEMENTWISE[function]) - 1
        nodes.append(helper.make_node(op, inputs, ["y" if last else f"t{i}"], **attributes))
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, size // 4]) for n in "xy"]
    used = {name for node in nodes for name in node.input}
    limits = {"low": np.float32(0), "high": np.float32(6)}
    constants = [numpy_helper.from_array(np.array(v), k) for k, v in limits.items() if k in used]
    path = pathlib.Path(folder) / f"{function}-{size}.onnx"
    onnx.save(_model(nodes, values[:1], values[1:], constants), path)
    return Case(f"{function}, {describe_size(size)}", {"": path}, bytes=2 * size, kind=function)


# name -> the node from "x" to "y" that works along a dimension
_REDUCTIONS = {
    "sum": lambda axis: ("ReduceSum", ["axes"], {"keepdims": 0}),
    "mean": lambda axis: ("ReduceMean", [], {"axes": [axis], "keepdims": 0}),
    "softmax": lambda axis: ("Softmax", [], {"axis": axis}),
    "layer norm": lambda axis: ("LayerNormalization", ["scale", "shift"], {"axis": axis}),
}


def reduction(function, shape, axis, folder):
    """`function` alone, along dimension `axis` of floats of this shape."""
    op, inputs, attributes = _REDUCTIONS[function](axis)
    node = helper.make_node(op, ["x", *inputs], ["y"], **attributes)
    known = {
        "axes": np.array([axis]),
        "scale": np.linspace(0.5, 2, shape[axis], dtype=np.float32),
        "shift": np.linspace(-1, 1, shape[axis], dtype=np.float32),
    }
    constants = [numpy_helper.from_array(known[name], name) for name in inputs]
    keeps = function not in ("sum", "mean")
    result = [n for d, n in enumerate(shape) if d != axis or keeps]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", shape), ("y", result))]
    sizes = "x".join(map(str, shape))
    path = pathlib.Path(folder) / f"{function.replace(' ', '-')}-{sizes}-{axis}.onnx"
    onnx.save(_model([node], values[:1], values[1:], constants), path)
    moved = 4 * int(np.prod(shape) + np.prod(result))
    return Case(f"{function} {sizes}, axis {axis}", {"": path}, bytes=moved, kind=function, picture="noise")


def describe_size(size):
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} KB"


def activated_layers(network):
    """Which of the convolutions and fully connected layers h-swish follows: their
    places in the order of the graph."""
    graph = Graph(build(network, Options(batch_norm="folded")).model())
    layers = [node for node in graph.nodes if node.op_type in ("Conv", "Gemm")]
    activated = [graph.activation(node) for node in layers]
    return [i for i, node in enumerate(activated) if node is not None and node.op_type == "HardSwish"]


def layer_places(path):
    """The place of each convolution and fully connected layer, by its name."""
    nodes = onnx.load(path).graph.node
    names = [node.name for node in nodes if node.op_type in ("Conv", "Gemm")]
    return {name: place for place, name in enumerate(names)}
