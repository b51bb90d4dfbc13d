"""Loading shared libraries as they are now.

The system's loader takes what it has loaded for what is there: for a path that it
knows it does not even look, and a file that it knows by its inode may have been
written anew. So each load spells the path in a way of its own, and a file that was
loaded and has changed since is loaded from a copy. (lib/Runtime/LoadLibrary.cpp
does the same.)
"""

import ctypes
import itertools
import os
import shutil
import struct
import sys
import threading
import time

__all__ = ["load", "problem"]

_MACHINES = {62: "x86-64", 183: "AArch64", 40: "32-bit ARM", 3: "x86", 243: "RISC-V"}
_HERE = {"x86_64": 62, "amd64": 62, "aarch64": 183, "arm64": 183}
_TICK = 0.01  # seconds, of the system's clock
_NOLOAD = getattr(os, "RTLD_NOLOAD", 0)

_lock = threading.Lock()
_counter = itertools.count(1)
_files: dict[tuple[int, int], tuple[int, int]] = {}  # (device, inode) -> (time, size) of the files that were loaded


def _spell(path: str) -> str:
    """A path to the same file that nobody has asked for: the bits of a counter,
    as a slash or a slash and a dot each, before the last slash."""
    folder, name = os.path.split(path)
    bits = "".join("/." if bit == "1" else "/" for bit in f"{next(_counter):b}")
    return f"{folder}{bits}/{name}"


def problem(path: str) -> str | None:
    """What is wrong with a file that the loader would say less clearly, or None."""
    with open(path, "rb") as file:
        start = file.read(20)
    if len(start) < 20 or start[:4] != b"\x7fELF":
        return "it is no shared library"
    if start[5] != 1:
        return "it is for a machine of the other byte order"
    kind, machine = struct.unpack_from("<HH", start, 16)
    here = _HERE.get(os.uname().machine.lower(), machine)
    if machine != here:
        name = _MACHINES.get(machine, f"machine {machine}")
        return f"it is for {name}, and this machine is {_MACHINES[here]}"
    if kind != 3:
        return f"it is {'an object file' if kind == 1 else 'a program'}, no shared library"
    return None


def _settled_state(path: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Identity, and time and size. A file that was written this very moment could
    be written again without its time telling: waits for the next tick."""
    while True:
        state = os.stat(path)
        if abs(time.time() - state.st_mtime) > _TICK:
            return (state.st_dev, state.st_ino), (state.st_mtime_ns, state.st_size)
        time.sleep(_TICK)


def _is_loaded(path: str) -> bool:
    try:
        ctypes.CDLL(path, mode=ctypes.RTLD_LOCAL | _NOLOAD)
    except OSError:
        return False
    return True


def _load_copy(path: str) -> ctypes.CDLL:
    copy = os.memfd_create("hswish-model")
    try:
        with open(path, "rb") as file, open(copy, "wb", closefd=False) as to:
            shutil.copyfileobj(file, to, 1 << 20)
        return ctypes.CDLL(_spell(f"/proc/self/fd/{copy}"), mode=ctypes.RTLD_LOCAL)
    finally:
        os.close(copy)  # what is mapped stays


def load(path: str) -> ctypes.CDLL:
    """The shared library that is at `path` (absolute) now.

    Raises OSError with what is wrong with the file."""
    if not sys.platform.startswith("linux"):
        return ctypes.CDLL(path, mode=ctypes.RTLD_LOCAL)
    if reason := problem(path):
        raise OSError(reason)
    file, state = _settled_state(path)
    with _lock:
        if _files.setdefault(file, state) != state and _is_loaded(_spell(path)):
            return _load_copy(path)
        _files[file] = state
        spelling = _spell(path)
        try:
            return ctypes.CDLL(spelling, mode=ctypes.RTLD_LOCAL)
        except OSError as error:
            raise OSError(str(error).removeprefix(f"{spelling}: ")) from None
