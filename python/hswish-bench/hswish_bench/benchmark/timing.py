"""Timing: who is measured takes turns with the others."""

import random
import statistics
import sys
import time
from dataclasses import asdict, dataclass

# Runs that are not counted at the start of a turn: they find the caches as the
# runtime before has left them.
_WARM_UP = 2


@dataclass
class Timing:
    """Milliseconds of a run."""

    median_ms: float
    p10_ms: float
    p90_ms: float
    min_ms: float
    spread: float  # half the range from the first to the last decile, of the median
    runs: int

    @classmethod
    def of(cls, times):
        deciles = statistics.quantiles(times, n=10) if len(times) > 1 else [times[0]] * 9
        median = statistics.median(times)
        return cls(median, deciles[0], deciles[-1], min(times), (deciles[-1] - deciles[0]) / 2 / median, len(times))

    def as_dict(self):
        return asdict(self)


def _milliseconds(run, repeat):
    start = time.perf_counter_ns()
    for _ in range(repeat):
        run()
    return (time.perf_counter_ns() - start) / 1e6 / repeat


def measure(runs, seconds, block=8, seed=0, label="", pause=0):
    """name -> Timing of each of `runs` (name -> function): turns of `block` runs
    in random order until about `seconds` are over, three rounds at least. Runs
    that are short beside the clock's resolution are timed several at a time.
    Before each turn there are `pause` seconds in which threads of the one before
    fall asleep."""
    order, shuffle = list(runs), random.Random(seed)
    first = {name: min(_milliseconds(run, 1) for _ in range(3)) for name, run in runs.items()}
    repeat = {name: max(1, min(1000, int(0.02 / max(ms, 1e-5)))) for name, ms in first.items()}
    # A turn of a slow run is short: turns of a fifth of a second are enough.
    turn = {name: max(1, min(block, int(200 / max(ms, 1e-5)))) for name, ms in first.items()}
    times = {name: [] for name in runs}
    start, rounds = time.monotonic(), 0
    while rounds < 3 or time.monotonic() - start < seconds:
        shuffle.shuffle(order)
        for name in order:
            time.sleep(pause)
            for _ in range(min(_WARM_UP, turn[name])):
                runs[name]()
            times[name] += [_milliseconds(runs[name], repeat[name]) for _ in range(turn[name])]
        rounds += 1
        progress(f"{label}: round {rounds}")
    progress("")
    return {name: Timing.of(samples) for name, samples in times.items()}


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
