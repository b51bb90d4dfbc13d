"""Starts AArch64 programs, and reads what the counter showed at their marks."""

import os
import pathlib
import shutil
import subprocess

# qemu's newest with NEON alone: f16, dot products, no SVE.
CPU = "neoverse-n1"

# How Linux describes the cores. Runtimes look there for the microarchitecture, and
# would find the host's. Of those tried (docs/Performance.md), Neoverse V1 is where
# XNNPACK takes the fewest instructions.
_MAIN_ID = 0x411FD401
_CPU_INFO = """\
processor\t: {core}
BogoMIPS\t: 50.00
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: 0xd40
CPU revision\t: 1

"""

SOURCES = pathlib.Path(__file__).parent
# Where Debian's cross compiler has the libraries.
_LIBRARIES = "/usr/aarch64-linux-gnu"
_QEMU, _CROSS_COMPILER = "qemu-aarch64", "aarch64-linux-gnu-gcc"
_PACKAGES = {_QEMU: "qemu-user", _CROSS_COMPILER: "gcc-aarch64-linux-gnu"}


class EmulationError(RuntimeError):
    """A program that failed; `marks` are those it made before."""

    def __init__(self, message, marks):
        super().__init__(message)
        self.marks = marks


def missing_tools():
    """What must be installed before anything can be counted."""
    missing = [f"{tool} (Debian package {package})" for tool, package in _PACKAGES.items() if not shutil.which(tool)]
    return missing + ([] if _host_compiler() else ["a C compiler"])


def _host_compiler():
    return shutil.which("clang-22") or shutil.which("cc")


def _call(*command):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip() or f"{command[0]}: status {result.returncode}")


def show_cpu(root):
    """Has programs that take `root` for the root of files see those cores."""
    cores = range(os.cpu_count())
    pathlib.Path(root, "proc").mkdir(parents=True, exist_ok=True)
    pathlib.Path(root, "proc/cpuinfo").write_text("".join(_CPU_INFO.format(core=core) for core in cores))
    for core in cores:
        registers = pathlib.Path(root, f"sys/devices/system/cpu/cpu{core}/regs/identification")
        registers.mkdir(parents=True, exist_ok=True)
        (registers / "midr_el1").write_text(f"{_MAIN_ID:#018x}\n")


def executed(marks):
    """Instructions of a run, from what the counter showed before and after each
    run, and then after nothing."""
    *runs, nothing = (after - before for before, after in zip(marks, marks[1:]))
    return min(runs) - nothing


class Emulator:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._plugin = self.folder / "counter.so"
        _call(_host_compiler(), "-O2", "-fPIC", "-shared", SOURCES / "counter.c", "-o", self._plugin)

    @staticmethod
    def version():
        found = subprocess.run([_QEMU, "--version"], capture_output=True, text=True)
        return found.stdout.split()[2]

    @staticmethod
    def build(*arguments):
        """Compiles C for AArch64."""
        _call(_CROSS_COMPILER, "-O2", *arguments)

    def run(self, *command, root=_LIBRARIES, environment=None, on_line=print):
        """Runs a program with the libraries in `root`; `on_line` is called with
        each line it writes. What the counter showed at its marks, by label."""
        marks, errors = self.folder / "marks", self.folder / "errors"
        options = ["-cpu", CPU, "-L", root, "-plugin", f"{self._plugin},marks={marks}"]
        for name, value in (environment or {}).items():
            options += ["-E", f"{name}={value}"]
        marks.unlink(missing_ok=True)
        with (
            open(errors, "w") as file,
            subprocess.Popen(
                list(map(str, [_QEMU, *options, *command])), stdout=subprocess.PIPE, stderr=file, text=True
            ) as process,
        ):
            for line in process.stdout:
                on_line(line)
        found = _read_marks(marks)
        if process.returncode != 0:
            lines = errors.read_text().splitlines() or [f"status {process.returncode}"]
            raise EmulationError(lines[-1], found)
        return found


def _read_marks(path):
    found = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        label, count = map(int, line.split())
        found.setdefault(label, []).append(count)
    return found
