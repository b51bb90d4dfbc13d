"""The machine: what it is, and what one of its cores can do."""

import json
import os
import pathlib
import platform
import re
import subprocess

from ..tools import find_tool

# What the process has before it is pinned.
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(threads=1):
    """The same cores for everybody."""
    if _CORES:
        os.sched_setaffinity(0, set(_CORES[-threads:]))


def _cpu_name():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def slug(name=None):
    """The CPU's name as the name of a file: `amd-epyc-9b14`."""
    name = re.sub(r"\((r|tm|c)\)|\b(cpu|processor|\d+-core)\b|@.*", " ", (name or _cpu_name()).lower())
    return "-".join(re.findall(r"[a-z0-9]+", name)) or "machine"


def _caches():
    """ "L1 32K, L2 1024K, …" of the first core, data only."""
    parts = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        except OSError:
            continue
        if kind != "Instruction":
            parts.append(f"L{level} {size}")
    return ", ".join(parts)


def measure():
    """GFLOP/s of multiply-adds on registers and GB/s read from memory, of one
    core, by kernels that hswish generates for it."""
    command = [find_tool("hswish-run"), "--measure-machine", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def describe(timed=True):
    """What a reader must know to judge the numbers: of times, what the machine can
    do, too."""
    return {
        "cpu": _cpu_name(),
        "cores": len(_CORES) or os.cpu_count(),
        "caches": _caches(),
        "system": f"{platform.system()} {platform.machine()}",
        **(measure() if timed else {}),
    }
