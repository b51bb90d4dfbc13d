"""Models under the emulator: ours and other runtimes'."""

import json
import os
import pathlib
from dataclasses import dataclass, field

import numpy as np

import hswish
import hswish_bench

from ... import reference
from ..peers import ours
from .emulator import SOURCES, EmulationError, executed, show_cpu

# OpenVINO's threads look for the host's caches otherwise, and get lost.
_ENVIRONMENT = {"HWLOC_SYNTHETIC": "core:1 pu:1", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}


@dataclass
class Job:
    """A model with its inputs and the answers that are expected."""

    label: int
    path: pathlib.Path
    folder: pathlib.Path
    inputs: dict = field(default_factory=dict)
    expected: list = field(default_factory=list)

    @classmethod
    def make(cls, label, path, folder, shapes, picture):
        inputs = reference.make_inputs(path, shapes, picture)
        job = cls(label, path, pathlib.Path(folder), inputs, reference.session(path).run(None, inputs))
        for array, file in zip(inputs.values(), job.input_files(), strict=True):
            array.tofile(file)
        return job

    def input_files(self):
        return [self.folder / f"job{self.label}.in{i}" for i in range(len(self.inputs))]

    def output_files(self):
        return [self.folder / f"job{self.label}.out{i}" for i in range(len(self.expected))]

    def describe(self):
        """For guest.py."""
        inputs = zip(self.inputs.items(), self.input_files(), strict=True)
        return {
            "label": self.label,
            "path": str(self.path),
            "inputs": {name: [str(file), array.dtype.str, array.shape] for (name, array), file in inputs},
            "outputs": list(map(str, self.output_files())),
        }

    def take_error(self):
        """How far the answers in the files are off; they are removed."""
        errors = []
        for file, expected in zip(self.output_files(), self.expected, strict=True):
            answer = np.fromfile(file, expected.dtype)
            file.unlink()
            complete = answer.size == expected.size
            errors.append(reference.relative_error(answer.reshape(expected.shape), expected) if complete else np.inf)
        return max(errors)


def run_ours(emulator, job, settings):
    """Instructions of one run of our library."""
    library, _ = ours.build(job.path, job.inputs, settings, "--name=net")
    program = library.with_suffix("")
    emulator.build(
        "-include",
        library.with_suffix(".h"),
        SOURCES / "driver.c",
        library,
        f"-Wl,-rpath,{library.parent}",
        "-o",
        program,
    )
    marks = emulator.run(program, job.label, *job.input_files(), *job.output_files())
    return executed(marks[job.label])


def peers_folder():
    """Where tools/aarch64-peers puts an AArch64 Python (root) and packages (site)."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("HSWISH_AARCH64_PEERS") or pathlib.Path(cache, "hswish", "aarch64"))


def have_peers():
    return any((peers_folder() / "root/usr/bin").glob("python3"))


def link_packages(folder):
    """Nothing of the host's Python but our own packages."""
    folder.mkdir(exist_ok=True)
    for package in (hswish, hswish_bench):
        source = pathlib.Path(package.__file__).parent
        if not (folder / source.name).exists():
            (folder / source.name).symlink_to(source)
    return folder


def run_peer(emulator, module, jobs, on_job=lambda label: None):
    """Runs all jobs by one peer, a module's name. Its version, or None where it is
    not installed; the instructions of a run and the status of each job, by label."""
    folder, version, statuses = peers_folder(), None, {}
    packages = link_packages(emulator.folder / "packages")
    todo = emulator.folder / "jobs.json"
    todo.write_text(json.dumps([job.describe() for job in jobs]))
    show_cpu(folder / "root")

    def listen(line):
        nonlocal version
        if not line.startswith("{"):
            return
        said = json.loads(line)
        version = said.get("version", version)
        if "label" in said:
            statuses[said["label"]] = said["status"]
            on_job(said["label"])

    environment = _ENVIRONMENT | {"PYTHONPATH": f"{folder / 'site'}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [folder / "root/usr/bin/python3", SOURCES / "guest.py", module, todo]
    failure = "failed"
    try:
        marks = emulator.run(*command, root=folder / "root", environment=environment, on_line=listen)
    except EmulationError as error:
        marks, failure = error.marks, f"failed: {error}"
    counts = {label: executed(marks[label]) for label, status in statuses.items() if status == "ok"}
    return version, counts, {job.label: statuses.get(job.label, failure) for job in jobs}
