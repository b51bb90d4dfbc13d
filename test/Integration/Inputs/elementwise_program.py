"""Programs that apply ops to every element of an array, by passes one after the other."""

import os
import re
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, **kwargs):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr[:4000]}")
    return result.stdout


def make_module(target, element, count, steps, spell):
    """The function `run` for `target` (text of the attribute): `count` ops on %x and
    %u, which `spell` writes for a type; the results of each stand behind those of
    the one before. `steps`: where each loop ends, and its elements a turn."""
    memref, low = f"memref<?x{element}>", 0
    lines = ["%c0 = arith.constant 0 : index", f"%n = memref.dim %xs, %c0 : {memref}"]
    for k in range(count):
        lines += [f"%k{k} = arith.constant {k} : index", f"%o{k} = arith.muli %n, %k{k} : index"]
    for loop, (high, width) in enumerate(steps):
        type = f"vector<{width}x{element}>" if width > 1 else element
        load, store, suffix = ("vector.load", "vector.store", f", {type}") if width > 1 else (
            "memref.load", "memref.store", "")
        lines += [f"%{name}{loop} = arith.constant {value} : index"
                  for name, value in [("low", low), ("high", high), ("step", width)]]
        lines += [f"scf.for %i = %low{loop} to %high{loop} step %step{loop} {{",
                  f"%x = {load} %xs[%i] : {memref}{suffix}", f"%u = {load} %us[%i] : {memref}{suffix}"]
        for k in range(count):
            lines += [f"%y{k} = {spell(k, type)}", f"%i{k} = arith.addi %i, %o{k} : index",
                      f"{store} %y{k}, %ys[%i{k}] : {memref}{suffix}"]
        lines.append("}")
        low = high
    body = "\n".join(lines)
    return f"""
module attributes {{hswish.target = {target}}} {{
func.func @run(%xs: {memref}, %us: {memref}, %ys: {memref}) attributes {{llvm.emit_c_interface}} {{
{body}
return
}}
}}
"""


# Activations of small floats need one more (see activations.py).
PASSES = ["--convert-hswish-to-arith", "--canonicalize", "--cse", "--convert-scf-to-cf", "--convert-vector-to-llvm",
          "--convert-math-to-llvm", "--finalize-memref-to-llvm", "--convert-arith-to-llvm", "--convert-index-to-llvm",
          "--convert-ub-to-llvm", "--convert-cf-to-llvm", "--convert-func-to-llvm", "--reconcile-unrealized-casts"]


def compute(module, passes, code, x, u, count, cc, launcher, folder, run=run):
    """What `module` makes of `x` and `u`, one row for each of its `count` ops. `code`:
    options of llc."""
    llvm = run(["hswish-opt", *passes], input=module)
    llvm = re.sub(r"hswish.target = #hswish.target<[^>]*>", "", llvm, count=1)
    ir = run(["mlir-translate", "--mlir-to-llvmir"], input=llvm)
    path = lambda name: os.path.join(folder, name)
    run(["llc", *code, "-relocation-model=pic", "-filetype=obj", "-o", path("f.o")], input=ir)
    run([*cc, "-O1", os.path.join(HERE, "elementwise-driver.c"), path("f.o"), "-lm", "-o", path("f")])
    x.tofile(path("x")), u.tofile(path("u"))
    run([*launcher, path("f"), x.itemsize, count, path("x"), path("u"), path("y")])
    return np.fromfile(path("y"), x.dtype).reshape(count, -1)
