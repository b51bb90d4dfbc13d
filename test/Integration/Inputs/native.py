"""Which targets of a test this machine can run, itself or by qemu."""

import os
import shutil


def runnable(targets):
    """Of `targets` (name -> tuple that ends with the CPU flag that is needed, or
    None for AArch64): name, C compiler, launcher."""
    flags = open("/proc/cpuinfo").read().split() if os.path.exists("/proc/cpuinfo") else []
    cc = shutil.which("clang-22") or shutil.which("cc")
    cross = shutil.which("aarch64-linux-gnu-gcc")
    for name, (*_, needs) in targets.items():
        if needs and os.uname().machine == "x86_64" and cc and needs in flags:
            yield name, [cc], []
        elif not needs and cross and shutil.which("qemu-aarch64"):
            yield name, [cross, "-static"], ["qemu-aarch64"]
