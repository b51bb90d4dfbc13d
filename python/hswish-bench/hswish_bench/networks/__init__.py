"""Networks to compile: exact architectures with seeded, calibrated weights.

    python -m hswish_bench.networks mobilenet_v3_large -o net.onnx

The weights are random (He-scaled); the batch-norm statistics are calibrated so
that every activation keeps a sane range. Needs NumPy and onnx, nothing else.
"""

from .definitions import NETWORKS, build
from .graph import Options
from .spellings import SPELLINGS

__all__ = ["NETWORKS", "SPELLINGS", "Options", "build", "make"]


def make(name, **options):
    """The network `name` as an `onnx.ModelProto`; for options see `Options`."""
    return build(name, Options(**options)).model()
