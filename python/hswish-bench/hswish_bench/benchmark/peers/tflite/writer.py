"""A .tflite file in the making: tensors, constants, operators."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPS = schema.BuiltinOperator
_TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int32): schema.TensorType.INT32}


class Writer:
    def __init__(self):
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], []
        self.indices = {}  # name -> tensor

    def tensor(self, name, shape, data=None):
        result = schema.TensorT()
        result.name, result.shape = name, [int(n) for n in shape]
        result.type, result.buffer = _TYPES[np.dtype(np.float32) if data is None else data.dtype], 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.buffers.append(buffer)
            result.buffer = len(self.buffers) - 1
        self.tensors.append(result)
        self.indices[name] = len(self.tensors) - 1
        return self.indices[name]

    def constant(self, data, dtype=np.float32):
        data = np.asarray(data, dtype)
        return self.tensor(f"constant{len(self.tensors)}", data.shape, data)

    def emit(self, code, inputs, name, shape, options=None):
        """An operator that makes the tensor `name`."""
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs = self._code(code), inputs
        operator.outputs = [self.tensor(name, shape)]
        if options is not None:
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.operators.append(operator)
        return operator.outputs[0]

    def _code(self, code):
        index = next((i for i, c in enumerate(self.codes) if c.builtinCode == code), None)
        if index is None:
            index = len(self.codes)
            entry = schema.OperatorCodeT()
            entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), 1
            self.codes.append(entry)
        return index

    def finish(self, inputs, outputs):
        """The bytes of a model from and to tensors of these names."""
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs = [self.indices[name] for name in inputs]
        subgraph.outputs = [self.indices[name] for name in outputs]
        model = schema.ModelT()
        model.version, model.subgraphs = 3, [subgraph]
        model.buffers, model.operatorCodes = self.buffers, self.codes
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())
