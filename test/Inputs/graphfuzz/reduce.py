"""Makes a graph with a finding small, as long as the finding stays the same."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .check import check
from .generate import get_dtype
from .oracle import Oracle, Unjudged

MAX_CHECKS = 150


class Reducer:
    def __init__(self, model, inputs, ways, verdict):
        self.model, self.inputs, self.ways, self.verdict = model, inputs, ways, verdict
        self.left = MAX_CHECKS

    def accept(self, model, inputs, ways=None):
        """Keeps this if it shows the same."""
        if self.left == 0 or model is None or not model.graph.node:
            return False
        self.left -= 1
        verdict = check(model, inputs, ways or self.ways)
        if not verdict.is_like(self.verdict):
            return False
        self.model, self.inputs, self.verdict = model, inputs, verdict
        self.ways = ways or self.ways
        return True

    def run(self):
        for way in self.ways:
            if str(way) == self.verdict.way and self.accept(self.model, self.inputs, [way]):
                break
        steps = (
            self.keep_one_output,
            self.drop_nodes,
            self.cut_before,
            self.drop_attributes,
            self.shrink_sizes,
            self.simplify_numbers,
        )
        changed = True
        while changed and self.left:
            changed = sum(step() for step in steps) > 0  # all of them
        return self.model, self.inputs, self.verdict

    # --- the graph ---------------------------------------------------------------
    def keep_one_output(self):
        outputs = list(self.model.graph.output)
        return len(outputs) > 1 and any(self.accept(*rebuild(self.model, self.inputs, outputs=[o])) for o in outputs)

    def drop_nodes(self):
        """Ends at an earlier value."""
        values = self.evaluate()
        kinds = self.get_kinds()
        for node in list(self.model.graph.node)[:-1]:
            for name in filter(None, node.output):
                if name in values and name in kinds:
                    info = helper.make_tensor_value_info(name, kinds[name], values[name].shape)
                    if self.accept(*rebuild(self.model, self.inputs, outputs=[info])):
                        return True
        return False

    def cut_before(self):
        """Makes a value in the middle an input."""
        values, kinds, done = self.evaluate(), self.get_kinds(), False
        for node in reversed(list(self.model.graph.node)):
            for name in filter(None, node.output):
                ends = [o.name for o in self.model.graph.output]
                if name in ends or name not in kinds or name not in values:
                    continue
                with np.errstate(all="ignore"):
                    array = values[name].astype(get_dtype(kinds[name]))
                done |= self.accept(*rebuild(self.model, self.inputs, cut={name: array}))
        return done

    def drop_attributes(self):
        done = False
        for i, node in enumerate(self.model.graph.node):
            for attribute in list(node.attribute):
                model = onnx.ModelProto()
                model.CopyFrom(self.model)
                kept = [a for a in node.attribute if a.name != attribute.name]
                del model.graph.node[i].attribute[:]
                model.graph.node[i].attribute.extend(kept)
                done |= self.accept(*rebuild(model, self.inputs))
        return done

    # --- sizes and numbers ---------------------------------------------------------
    def shrink_sizes(self):
        """Every dimension of a size, everywhere, to a smaller one."""
        sizes = {n for a in self.inputs.values() for n in a.shape if n > 1}
        for size in sorted(sizes, reverse=True):
            for smaller in sorted({1, 2, size // 2, size - 1} - {0, size}):
                if self.accept(*self.with_size(size, smaller)):
                    return True
        return False

    def with_size(self, size, smaller):
        def cut(array):
            if array.dtype == np.int64 and array.ndim == 1:  # shapes and axes
                return np.where(array == size, smaller, array)
            return array[tuple(slice(0, smaller) if n == size else slice(None) for n in array.shape)]

        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        tensors = [
            numpy_helper.from_array(np.ascontiguousarray(cut(numpy_helper.to_array(t))), t.name)
            for t in model.graph.initializer
        ]
        del model.graph.initializer[:]
        model.graph.initializer.extend(tensors)
        return rebuild(model, {k: np.ascontiguousarray(cut(v)) for k, v in self.inputs.items()})

    def simplify_numbers(self):
        """Small whole numbers instead of others."""
        done = False
        for name, array in list(self.inputs.items()):
            if array.dtype.kind != "f":
                continue
            for simple in (np.ones_like(array), np.round(array), np.arange(array.size).reshape(array.shape) % 7):
                simple = simple.astype(array.dtype)
                if not np.array_equal(simple, array) and self.accept(self.model, {**self.inputs, name: simple}):
                    done = True
                    break
        return done

    # --- what there is -----------------------------------------------------------
    def evaluate(self):
        try:
            return Oracle(self.model, self.inputs).run()
        except Unjudged:
            return {}

    def get_kinds(self):
        try:
            inferred = onnx.shape_inference.infer_shapes(self.model)
        except Exception:  # whatever it cannot infer is left
            return {}
        return {v.name: v.type.tensor_type.elem_type for v in inferred.graph.value_info}


def rebuild(model, inputs, outputs=None, cut=None):
    """The model without what its outputs do not need, shapes as they come out; `cut`
    makes values inputs."""
    cut = cut or {}
    inputs = {**inputs, **cut}
    outputs = list(outputs or model.graph.output)
    needed, nodes = {o.name for o in outputs}, []
    for node in reversed(list(model.graph.node)):
        if needed & set(node.output) - set(cut):
            nodes.insert(0, node)
            needed |= set(node.input)
    made = {n for node in nodes for n in node.output}
    inputs = {k: v for k, v in inputs.items() if k in needed}
    infos = [helper.make_tensor_value_info(k, get_kind(model, k, v), v.shape) for k, v in inputs.items()]
    ends = [
        helper.make_tensor_value_info(o.name, o.type.tensor_type.elem_type, None) for o in outputs if o.name in made
    ]
    constants = [t for t in model.graph.initializer if t.name in needed]
    if not ends:
        return None, inputs
    graph = helper.make_graph(nodes, "reduced", infos, ends, constants)
    copy = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return copy, inputs


def get_kind(model, name, array):
    for info in model.graph.input:
        if info.name == name:
            return info.type.tensor_type.elem_type
    return TensorProto.BFLOAT16 if array.dtype.name == "bfloat16" else helper.np_dtype_to_tensor_dtype(array.dtype)


def reduce(model, inputs, ways, verdict):
    return Reducer(model, inputs, ways, verdict).run()
