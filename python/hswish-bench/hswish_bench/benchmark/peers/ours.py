"""hswish: compiled ahead of time to a shared library."""

import hashlib
import pathlib
import subprocess
import time

from hswish import __version__, load
from hswish.memory import empty

from ...tools import find_tool
from . import Runner

NAME = "hswish"


def version():
    return __version__


def _options(inputs, settings):
    yield f"--target={settings.target}"
    for name, array in inputs.items():
        yield f"--shape={name}={'x'.join(map(str, array.shape))}"
    if settings.accuracy:
        yield f"--accuracy={settings.accuracy}"
    if settings.weights:
        yield f"--weights={settings.weights}"
    if settings.threads > 1:
        yield f"--threads={settings.threads}"


def build(path, inputs, settings, *options):
    """The library of the model at `path` (beside it, its header), and the seconds
    it took."""
    arguments = [*_options(inputs, settings), *options]
    # Several variants of one model are alive at a time.
    tag = hashlib.sha1("".join([settings.tools, str(path), *arguments]).encode()).hexdigest()[:12]
    library = pathlib.Path(settings.folder) / f"{path.stem}-{tag}.so"
    start = time.perf_counter()
    command = [find_tool("hswish-compile", settings.tools), path, "-o", library, *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip())
    return library, time.perf_counter() - start


def prepare(path, inputs, settings):
    library, seconds = build(path, inputs, settings)
    model = load(library)
    outputs = [empty(info.shape, info.dtype) for info in model.outputs]
    arrays = [inputs[info.name] for info in model.inputs]
    run = model.bind(*arrays, out=outputs)
    return Runner(run, lambda: outputs, {"compile_seconds": seconds})
