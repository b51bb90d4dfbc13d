"""The compiler's command-line tools."""

import os
import pathlib


def find_tool(name):
    """A tool of the compiler: in $HSWISH_BIN, or in the PATH."""
    folder = os.environ.get("HSWISH_BIN")
    return str(pathlib.Path(folder) / name) if folder else name
