"""Runs inside the emulator: one peer on many models, each run between marks.

    python guest.py MODULE JOBS.json

A line that starts with { is for runners.py: {"version": …} first, if the peer is
installed, then each job's label and status.
"""

import gc
import json
import os
import pathlib
import sys

import numpy as np

from hswish_bench.benchmark import peers
from hswish_bench.benchmark.compare import describe_failure

# As often as in driver.c.
_WARM_UP, _COUNTED = 1, 3

# Python adapts its own code to what it has seen, so the first model is run
# this often before anything counts. Label 0 is for such runs.
_REHEARSALS = 16


def _mark(label):
    """Has the counter write what it shows."""
    try:
        os.getpgid(-1 - label)
    except ProcessLookupError:
        pass


def _count(run, label):
    for _ in range(_WARM_UP):
        run()
    for _ in range(_COUNTED):
        _mark(label)
        run()
    _mark(label)
    (lambda: None)()  # What a mark and a call of Python cost.
    _mark(label)


def _work(peer, job, rehearsals):
    inputs = {name: np.fromfile(file, dtype).reshape(shape) for name, (file, dtype, shape) in job["inputs"].items()}
    runner = peer.prepare(pathlib.Path(job["path"]), inputs, peers.Settings())
    for _ in range(rehearsals):
        _count(runner.run, 0)
    _count(runner.run, job["label"])
    for answer, file in zip(runner.read(), job["outputs"], strict=True):
        np.asarray(answer).tofile(file)


def _say(**what):
    print(json.dumps(what), flush=True)


def main(module, jobs):
    peer = peers.load(module)
    try:
        _say(version=peer.version())
    except ImportError:
        return
    # Nothing but the peer's own work between marks.
    gc.disable()
    jobs = json.loads(pathlib.Path(jobs).read_text())
    for job in jobs:
        status = "ok"
        try:
            _work(peer, job, _REHEARSALS if job is jobs[0] else 0)
        except Exception as error:  # of a stranger's program: whatever it is, it is reported
            status = describe_failure(error)
        _say(label=job["label"], status=status)
        gc.collect()


if __name__ == "__main__":
    main(*sys.argv[1:])
