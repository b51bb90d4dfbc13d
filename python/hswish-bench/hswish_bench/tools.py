"""The compiler's command-line tools."""

import os
import pathlib


def find_tool(name, folder=""):
    """A tool of the compiler: in `folder`, in $HSWISH_BIN, or in the PATH."""
    folder = folder or os.environ.get("HSWISH_BIN")
    return str(pathlib.Path(folder) / name) if folder else name
