"""Judging one graph, in a process of its own."""

import json
import os
import signal
import tempfile
from dataclasses import dataclass

import numpy as np
import onnx

from . import execute
from .generate import get_dtype
from .oracle import Answer, Oracle, Unjudged, judge

SECONDS = 60  # that a graph may take


@dataclass(frozen=True)
class Verdict:
    """`kind` is ok, unjudged, refused, differs, crash or hang."""

    kind: str
    way: str = ""
    detail: str = ""

    @property
    def is_finding(self):
        return self.kind not in ("ok", "unjudged")

    def is_like(self, other):
        """Whether both are the same finding, as far as one can tell."""
        words = lambda v: (
            v.detail.split("): ")[-1][:30] if v.kind == "refused" else v.detail[:9] if v.kind == "crash" else ""
        )
        return self.kind == other.kind and words(self) == words(other)


def run_runtime(model, inputs):
    """ONNX Runtime's outputs, nothing optimised; or None if it refuses."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        if any(a.dtype.name == "bfloat16" for a in inputs.values()):
            return None
        return session.run(None, inputs)
    except Exception:  # it has a dozen classes of errors
        return None


def is_confirmed(answer, got, theirs):
    """Whether ONNX Runtime, too, says that `got` is wrong."""
    if theirs.shape == answer.value.shape:
        value = theirs.astype(np.float64) if theirs.dtype.kind == "f" else theirs
        if not judge(answer, theirs):
            return judge(Answer(value, answer.bound, answer.open), got) is not None
        if not judge(Answer(value, answer.bound, answer.open), got):
            return False
    elif got.shape == theirs.shape:
        return False
    raise Unjudged("three answers")


def judge_outputs(model, answers, got, runtime):
    """What is wrong with the outputs that neither the evaluator nor the runtime has so."""
    for i, (output, array) in enumerate(zip(model.graph.output, got)):
        wrong = judge(answers[output.name], array)
        if wrong and runtime is not None and not is_confirmed(answers[output.name], array, np.asarray(runtime[i])):
            continue
        if wrong:
            return f"output {output.name}: {wrong}"
    return None


def leave_open(answer, where):
    """The answer without those values of which `where` is true."""
    if answer.value.dtype.kind != "f":
        return answer
    chosen = where(answer.value)
    return Answer(answer.value, answer.bound, chosen if answer.open is None else answer.open | chosen)


def check_here(model, inputs, ways, say):
    """A verdict; `say` is told what is done, for the case that it is never finished."""
    say("oracle")
    try:
        answers = Oracle(model, inputs).answer([o.name for o in model.graph.output])
    except Unjudged as reason:
        return Verdict("unjudged", detail=str(reason))
    types = [get_dtype(o.type.tensor_type.elem_type) for o in model.graph.output]
    say("ONNX Runtime")
    runtime = run_runtime(model, inputs)
    with tempfile.TemporaryDirectory(prefix="graphfuzz-") as folder:
        path = os.path.join(folder, "net.onnx")
        onnx.save(model, path)
        first = {}
        for number, way in enumerate(ways):
            try:
                results = run_way(path, inputs, way, types, folder, number, say)
            except execute.Refused as reason:
                if "accuracy 'exact' is for f16" in str(reason):
                    continue  # docs/Numerics.md promises no such arithmetic of f64
                if "the window reaches over" in str(reason):
                    return Verdict("unjudged", detail="no pixel of a result is left")
                kind = "refused" if runtime is not None else "unjudged"
                return Verdict(kind, str(way), str(reason))
            except ValueError as reason:
                return Verdict("crash", str(way), str(reason))
            expected = answers
            if way.accuracy == "exact":  # h-swish(-inf) is its limit, and not a number elsewhere
                expected = {name: leave_open(answer, np.isnan) for name, answer in answers.items()}
            for got in results:
                try:
                    wrong = judge_outputs(model, expected, got, runtime)
                except Unjudged as reason:
                    return Verdict("unjudged", detail=str(reason))
                if wrong:
                    return Verdict("differs", str(way), wrong)
            # The same bits at both ends of memory, and for any number of threads.
            key = (way.target, way.kernels, way.accuracy)
            for got in results:
                before = first.setdefault(key, got)
                if any(a.tobytes() != b.tobytes() for a, b in zip(before, got)):
                    return Verdict("differs", str(way), "bits change from run to run or with threads")
    return Verdict("ok")


def run_way(path, inputs, way, types, folder, number, say):
    say(f"compile for {way}")
    if way.target == "aarch64":
        return [execute.run_elsewhere(path, inputs, way, types, folder)]
    library = os.path.join(folder, f"net{number}.so")
    execute.compile(path, library, way)
    results = []
    for at_end in (True, False):
        say(f"run {way}, flush with the {'end' if at_end else 'start'}")
        results.append(execute.run(library, inputs, at_end, types))
    return results


def in_child(function):
    """Runs `function(say)` in a forked process; its verdict, or why there is none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        signal.alarm(SECONDS)
        say = lambda what: os.write(writer, (json.dumps(what) + "\n").encode())
        verdict = function(say)
        say([verdict.kind, verdict.way, verdict.detail])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    last = json.loads(lines[-1]) if lines else "start"
    if isinstance(last, list):
        return Verdict(*last)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return Verdict("hang", detail=f"more than {SECONDS} s: {last}")
    why = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
    kind = "unjudged" if last in ("start", "oracle", "ONNX Runtime") else "crash"
    return Verdict(kind, detail=f"{why}: {last}")


def check(model, inputs, ways):
    return in_child(lambda say: check_here(model, inputs, ways, say))


def choose_ways(rng):
    """Always this machine's own; others by turns."""
    way = execute.Way
    others = [
        way("x86-64-v2"), way("x86-64-v3"), way("x86-64-v3", threads=2), way("x86-64-v2", threads=2),
        way("x86-64-v3", kernels=False), way("x86-64-v2", kernels=False), way("x86-64-v3", threads=2, kernels=False),
        way("x86-64-v3", accuracy="exact"), way("x86-64-v3", accuracy="torch"), way("x86-64-v2", accuracy="onnx"),
    ]  # fmt: skip
    return [way("host"), others[int(rng.integers(len(others)))]]
