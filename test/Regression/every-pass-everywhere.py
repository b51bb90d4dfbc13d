# RUN: %python %s hswish-opt --folder %t --deadline 50

"""Every pass and pipeline on every other one's test file, and on mutations.

An error is fine, a signal is not, nor is a run without end. By default a
seeded sample is tried; on demand more, or everything:

    every-pass-everywhere.py hswish-opt --seed 7 --rounds 2000
    every-pass-everywhere.py hswish-opt --all
"""

import argparse
import pathlib
import random
import re
import resource
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from mlir_mutations import mutate

TESTS = pathlib.Path(__file__).resolve().parent.parent
SEPARATOR = "\n// -----\n"
# What an option turns into another pass.
VARIANTS = [
    "hswish-codegen=kernels=false",
    "hswish-codegen=threads=3",
    "hswish-codegen=narrow-weights=true profile=true",
    "hswish-compile=kernels=false",
    "hswish-compile=threads=2 explain=true",
    "hswish-convert-to-llvm",
    "hswish-distribute-to-threads=threads=4",
    "hswish-fuse=explain=true",
    "hswish-fuse-strips=parts=2",
    "hswish-raise=explain=true keep-nan=true",
    "hswish-select-strategy=threads=3",
    "hswish-simplify=explain=true",
]


class Opt:
    """hswish-opt on many inputs at a time."""

    def __init__(self, path, folder, seconds):
        self.path = path
        self.seconds = seconds
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def passes(self):
        text = subprocess.run([self.path, "--help"], capture_output=True, text=True).stdout
        names = re.findall(r"^ {6}--([\w-]*hswish[\w-]*) +-", text, re.MULTILINE)
        return [[f"--{name}"] for name in names + VARIANTS]

    def run(self, options, inputs):
        """Status and output."""

        def limit():
            # Memory without bound is a finding, too.
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        command = [self.path, "--split-input-file", "--mlir-disable-threading", *options]
        text = SEPARATOR.join(inputs)
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, errors="replace", timeout=self.seconds, preexec_fn=limit)
        except subprocess.TimeoutExpired:
            return "no end", "", ""
        return done.returncode, done.stdout, done.stderr

    def find(self, options, inputs):
        """Those of the inputs that end in a signal or not at all."""
        status, _, errors = self.run(options, inputs)
        if status in (0, 1):
            return []
        if len(inputs) == 1:
            return [] if is_upstreams(errors) else [(options, inputs[0], status, errors)]
        half = len(inputs) // 2
        return self.find(options, inputs[:half]) + self.find(options, inputs[half:])

    def parse(self, inputs):
        """Those that are valid; and what the parser itself does not survive."""
        status, output, errors = self.run([], inputs)
        if status in (0, 1):
            parts = output.split("// -----\n")
            if len(parts) == len(inputs):
                return [text for text, part in zip(inputs, parts) if part.strip()], []
        if len(inputs) == 1:
            return [], [] if is_upstreams(errors) else [([], inputs[0], status, errors)]
        half = len(inputs) // 2
        (a, b), (c, d) = self.parse(inputs[:half]), self.parse(inputs[half:])
        return a + c, b + d


def read_inputs():
    inputs = []
    for path in sorted(TESTS.rglob("*.mlir")):
        for text in re.split(r"^// -----.*$", path.read_text(), flags=re.MULTILINE):
            lines = [line for line in text.split("\n") if not re.match(r" *//", line)]
            if any(line.strip() for line in lines):
                inputs.append("\n".join(lines))
    return inputs


def is_upstreams(errors):
    """Whether a stack was printed, and nothing of ours is on it but the way into the tool."""
    frames = re.findall(r"^ *#\d+ 0x\w+ (.*)$", errors, re.MULTILINE)
    return bool(frames) and not any("hswish" in frame and not frame.startswith(("main ", "_start ")) for frame in frames)


def describe(errors):
    """Where it was: the first of our functions on the stack."""
    for frame in re.findall(r"^ *#\d+ 0x\w+ (.*\.cpp):\d+:\d+$", errors, re.MULTILINE):
        function, _, file = frame.rpartition(" ")
        names = re.findall(r"\(anonymous namespace\)::[\w:~]+|hswish::\w+[\w:]*", function) or [function[:80]]
        return f"{file}: {names[0]}"
    message = re.search(r".*(?:LLVM ERROR|terminate called|what\(\)).*", errors)
    return message.group(0) if message else "not in our code"


def report(findings, folder):
    """One of those that look the same."""
    kinds = {}
    for finding in findings:
        options, text, status, errors = finding
        kind = (" ".join(options), status, describe(errors))
        if kind not in kinds or len(text) < len(kinds[kind]):
            kinds[kind] = text
    for i, ((options, status, place), text) in enumerate(sorted(kinds.items(), key=str)):
        path = folder / f"finding-{i}.mlir"
        path.write_text(text)
        print(f"hswish-opt {options} {path}: {status}: {place}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opt")
    parser.add_argument("--folder", default="every-pass")
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--rounds", type=int, default=120, help="how many passes meet a sample")
    parser.add_argument("--all", action="store_true", help="every pass on every test file")
    parser.add_argument("--deadline", type=float, default=0, help="seconds after which no round starts")
    parser.add_argument("--timeout", type=float, default=60, help="seconds of a run")
    arguments = parser.parse_args()
    opt = Opt(arguments.opt, arguments.folder, arguments.timeout)
    rng = random.Random(arguments.seed)
    start = time.monotonic()
    passes, originals = opt.passes(), read_inputs()
    assert len(passes) > 40 and len(originals) > 100
    findings = []
    if arguments.all:
        for options in passes:
            for i in range(0, len(originals), 50):
                findings += opt.find(options, originals[i : i + 50])
        return finish(findings, opt)
    for number in range(arguments.rounds):
        if arguments.deadline and time.monotonic() - start > arguments.deadline:
            print(f"{number} rounds until the deadline")
            break
        # Several passes share what parses of a few hundred mutations.
        if number % 10 == 0:
            mutations = [mutate(rng.choice(originals), rng) for _ in range(300)]
            valid, crashes = opt.parse(mutations)
            findings += crashes
        findings += opt.find(rng.choice(passes), valid + rng.sample(originals, 20))
    return finish(findings, opt)


def finish(findings, opt):
    report(findings, opt.folder)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
