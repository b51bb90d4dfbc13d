"""Running compiled models: NumPy and ctypes, no compiler needed."""

import ctypes
import functools
import os
import pathlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import library
from .memory import Array, empty, workspace

if TYPE_CHECKING:
    from ctypes import _Pointer

__all__ = ["Model", "ModelError", "TensorInfo", "load"]

# The newest; those before it have fewer fields at the end.
_ABI = 2
_STATUS = {
    1: "a null pointer",
    2: "a misaligned workspace",
    3: "this CPU is none of those that the model was compiled for",
}
# hswish_dtype -> NumPy's name. NumPy has no bfloat16 of its own: the bits are
# passed as they are.
_DTYPES = {
    1: "float32",
    2: "float64",
    3: "float16",
    4: "uint16",
    5: "int64",
    6: "int32",
    7: "int16",
    8: "int8",
    9: "uint8",
    10: "bool",
    11: "uint16",
    12: "uint32",
    13: "uint64",
}


class ModelError(RuntimeError):
    """A file that is no compiled model, or a run that failed."""


class _TensorInfo(ctypes.Structure):
    """hswish_tensor_info of hswish/Runtime/model_info.h"""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("bytes", ctypes.c_size_t),
        ("rank", ctypes.c_int32),
        ("dtype", ctypes.c_int32),
    ]


# Takes addresses: checking typed pointers would take longer than a small layer does.
_Invoke = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class _ModelInfo(ctypes.Structure):
    """hswish_model_info of hswish/Runtime/model_info.h"""

    _fields_ = [
        ("abi", ctypes.c_int32),
        ("num_inputs", ctypes.c_int32),
        ("num_outputs", ctypes.c_int32),
        ("num_threads", ctypes.c_int32),
        ("name", ctypes.c_char_p),
        ("version", ctypes.c_char_p),
        ("target", ctypes.c_char_p),
        ("inputs", ctypes.POINTER(_TensorInfo)),
        ("outputs", ctypes.POINTER(_TensorInfo)),
        ("workspace_size", ctypes.c_size_t),
        ("invoke", _Invoke),
        ("verification", ctypes.c_char_p),  # since 2
    ]


@dataclass(frozen=True)
class TensorInfo:
    """The name, shape and element type of an input or output. Sizes are numbers: a
    model is compiled for one shape; a scalar's shape is ()."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.name}: {'x'.join(map(str, self.shape)) or 'scalar'} {self.dtype}"

    def check(self, array: object) -> None:
        """Raises TypeError or ValueError unless `array` can be handed over as it is."""
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{self}: got {type(array).__name__}, not a NumPy array")
        if array.dtype != self.dtype:
            raise TypeError(f"{self}: got {array.dtype}; convert it with .astype({self.dtype.name!r})")
        if array.shape != self.shape:
            raise ValueError(f"{self}: got shape {'x'.join(map(str, array.shape)) or 'scalar'}")
        if not array.flags.c_contiguous:
            raise ValueError(f"{self}: the array is not contiguous; copy it with np.ascontiguousarray")
        if not array.flags.aligned:
            raise ValueError(f"{self}: the array is not aligned to its elements; copy it with .copy()")


def _tensor_infos(infos: "_Pointer[_TensorInfo]", count: int) -> tuple[TensorInfo, ...]:
    result = []
    for info in infos[:count]:
        shape = tuple(info.shape[: info.rank]) if info.rank else ()
        if info.dtype not in _DTYPES:
            raise ModelError(f"unknown element type {info.dtype}")
        result.append(TensorInfo(info.name.decode(), shape, np.dtype(_DTYPES[info.dtype])))
    return tuple(result)


def _check_wish(path: str | os.PathLike[str], target: str) -> None:
    """HSWISH_TARGET names the code that a model is to use; `target` is a triple, a
    slash, and what the model's code is for."""
    wish, names = os.environ.get("HSWISH_TARGET"), target.partition("/")[2] or "generic"
    if not wish or wish == names:
        return
    if wish in names.split(","):
        raise ModelError(f"{path}: HSWISH_TARGET={wish}: this CPU cannot run that code")
    raise ModelError(f"{path}: HSWISH_TARGET={wish}: the model has no code of that name; it was compiled for {names}")


class _Run(functools.partial[int]):
    """A call with all its arguments, and what must live as long as it does."""

    alive: tuple[object, ...]


class Model:
    """A compiled model, called like a function on NumPy arrays.

        model = hswish.load("net.so")
        scores = model(picture)

    Inputs come in order or by name and are read where they lie: an array of the
    wrong type or shape, or one that is not contiguous, is refused (TypeError,
    ValueError). One output is
    returned as an array, several as a tuple. `out` (an array, or a sequence of
    arrays) takes them without an allocation. ModelError says that a run failed. Calls from several threads are
    fine: each thread has its own workspace, and the interpreter's lock is
    released during a run. (If the model has threads of its own, a call that comes
    while they are busy runs without them.)
    """

    path: pathlib.Path
    name: str
    #: Of the compiler that made it.
    version: str
    #: A triple, a slash, and the CPUs that there is code for.
    target: str
    #: What `compile(..., verify=True)` found: "verified: ...", or "not verified".
    verification: str
    #: Bytes, of each thread that calls the model.
    workspace_size: int
    #: That a run uses at most, with the caller's.
    threads: int
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = pathlib.Path(path).resolve()
        if not self.path.exists():
            raise FileNotFoundError(f"{path}: no such file")
        try:
            self._library = library.load(str(self.path))
            get_info = self._library.hswish_get_model_info
        except OSError as error:
            raise ModelError(f"{path}: not a compiled model: {error}") from None
        except AttributeError:
            raise ModelError(f"{path}: not a compiled model: it has no hswish_get_model_info") from None
        get_info.restype = ctypes.POINTER(_ModelInfo)
        info = get_info().contents
        if not 1 <= info.abi <= _ABI:
            raise ModelError(f"{path}: made for interface {info.abi}, this package knows {_ABI}")
        self.name = info.name.decode()
        self.version = info.version.decode()
        self.target = info.target.decode()
        _check_wish(path, self.target)
        self.verification = ((info.verification if info.abi >= 2 else None) or b"not verified").decode()
        self.workspace_size = info.workspace_size
        self.threads = max(info.num_threads, 1)
        self.inputs = _tensor_infos(info.inputs, info.num_inputs)
        self.outputs = _tensor_infos(info.outputs, info.num_outputs)
        self._invoke = info.invoke
        self._threads = threading.local()

    def __repr__(self) -> str:
        parts = [f"<hswish.Model {self.name!r} for {self.target}"]
        parts += [f"  in  {info}" for info in self.inputs]
        parts += [f"  out {info}" for info in self.outputs]
        return "\n".join(parts) + ">"

    # An array or a tuple of arrays: which one, the caller knows and a type cannot say.
    def __call__(self, *arrays: Array, out: Array | Sequence[Array] | None = None, **named: Array) -> Any:
        inputs = self._bind(arrays, named)
        for info, array in zip(self.inputs, inputs, strict=True):
            info.check(array)
        outputs = self._outputs(out)
        status = self._invoke(self._pointers(inputs), self._pointers(outputs), self._workspace().ctypes.data)
        if status:
            raise ModelError(f"{self.name}: the run failed: {_STATUS.get(status, f'status {status}')}")
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def bind(self, *arrays: Array, out: Array | Sequence[Array]) -> Callable[[], int]:
        """A function without arguments that runs the model on these arrays each
        time it is called, in the memory of the thread that calls `bind`: for
        loops in which checking the arguments would count. It returns 0, or the
        number of an error."""
        inputs, outputs = self._bind(arrays, {}), self._outputs(out)
        for info, array in zip(self.inputs, inputs, strict=True):
            info.check(array)
        pointers, workspace = [self._pointers(inputs), self._pointers(outputs)], self._workspace()
        run = _Run(self._invoke, *map(ctypes.addressof, pointers), workspace.ctypes.data)
        run.alive = self, inputs, outputs, pointers, workspace  # as long as the function
        return run

    def _bind(self, arrays: tuple[Array, ...], named: Mapping[str, Array]) -> list[Array]:
        names = [info.name for info in self.inputs]
        if len(arrays) > len(names):
            raise TypeError(f"{self.name} takes {len(names)} inputs ({', '.join(names)}), got {len(arrays)}")
        inputs = dict(zip(names, arrays, strict=False))
        for name, array in named.items():
            if name not in names:
                raise TypeError(f"{self.name} has no input {name!r}; it has {', '.join(names)}")
            if name in inputs:
                raise TypeError(f"input {name!r} is given twice")
            inputs[name] = array
        if missing := [name for name in names if name not in inputs]:
            raise TypeError(f"missing inputs: {', '.join(missing)}")
        return [inputs[name] for name in names]

    def _outputs(self, out: Array | Sequence[Array] | None) -> list[Array]:
        if out is None:
            return [empty(info.shape, info.dtype) for info in self.outputs]
        outputs = [out] if isinstance(out, np.ndarray) else list(out)
        if len(outputs) != len(self.outputs):
            raise TypeError(f"{self.name} has {len(self.outputs)} outputs, got {len(outputs)} arrays for them")
        for info, array in zip(self.outputs, outputs, strict=True):
            info.check(array)
            if not array.flags.writeable:
                raise ValueError(f"{info}: the array is read-only")
        return outputs

    @staticmethod
    def _pointers(arrays: Sequence[Array]) -> "ctypes.Array[ctypes.c_void_p]":
        return (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])

    def _workspace(self) -> npt.NDArray[np.uint8]:
        if not hasattr(self._threads, "workspace"):
            self._threads.workspace = workspace(self.workspace_size)
        memory: npt.NDArray[np.uint8] = self._threads.workspace
        return memory


def load(path: str | os.PathLike[str]) -> Model:
    """Loads a shared library made by `compile` or by hswish-compile: the one that is
    at `path` now, whatever was loaded from there before.

    Raises FileNotFoundError, or ModelError for a file that is no compiled model, or
    none for this machine."""
    return Model(path)
