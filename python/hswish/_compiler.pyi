from collections.abc import Callable, Sequence

__version__: str

class CompileError(RuntimeError):
    """A model that could not be compiled; the message is the compiler's."""

def compile_file(
    path: str,
    output: str,
    target: str,
    shapes: Sequence[str],
    accuracy: str,
    name: str,
    progress: Callable[[str], object] | None,
    huge_pages: bool = True,
    threads: int = 1,
    entry: str = "",
    max_memory: str = "",
    kernels: bool = True,
    verify: bool = False,
) -> None: ...
