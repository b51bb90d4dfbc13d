"""A compiled model that takes the time of each of its layers."""

import ctypes

import numpy as np

from hswish import load

from .. import reference
from .peers import ours


class _LayerInfo(ctypes.Structure):
    """hswish_layer_info of hswish/Runtime/model_info.h"""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("kernel", ctypes.c_char_p),
        ("signature", ctypes.c_char_p),
        ("multiply_adds", ctypes.c_int64),
        ("bytes", ctypes.c_int64),
    ]


class _Profile(ctypes.Structure):
    """hswish_profile"""

    _fields_ = [
        ("num_layers", ctypes.c_int64),
        ("layers", ctypes.POINTER(_LayerInfo)),
        ("stamps", ctypes.POINTER(ctypes.c_int64)),
    ]


class ProfiledModel:
    """Layers are in the order of a run."""

    def __init__(self, path, settings):
        inputs = reference.make_inputs(path)
        library, _ = ours.build(path, inputs, settings, "--profile")
        self.model = load(library)
        outputs = [np.empty(info.shape, info.dtype) for info in self.model.outputs]
        self.run = self.model.bind(*[inputs[info.name] for info in self.model.inputs], out=outputs)
        get = ctypes.CDLL(str(library)).hswish_get_profile
        get.restype = ctypes.POINTER(_Profile)
        self._profile = get().contents
        self._stamps = np.ctypeslib.as_array(self._profile.stamps, (self._profile.num_layers + 1,))
        self._wanted = list(range(self._profile.num_layers))

    def select(self, wanted):
        """From now on, only layers with one of these names are of interest; one
        that several nodes became has the names of all of them, with a + between."""
        names = [self._profile.layers[i].name.decode() for i in range(self._profile.num_layers)]
        kernels = [self._profile.layers[i].multiply_adds > 0 for i in range(self._profile.num_layers)]
        self._wanted = [i for i, name in enumerate(names) if kernels[i] and wanted & set(name.split("+"))]
        return len(self._wanted)

    def layer_times(self):
        """Nanoseconds of each layer in the last run."""
        return np.diff(self._stamps)[self._wanted]
