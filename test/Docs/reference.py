# RUN: %python %s %llvm_tools_dir %hswish_src_root/include
"""The generated reference (`ninja mlir-doc`) is complete: every op and pass has a
summary, a description and an example."""

import pathlib
import re
import subprocess
import sys

tools, include = map(pathlib.Path, sys.argv[1:])


def generate(mode, file):
    command = [tools / "mlir-tblgen", *mode, f"-I{include}", f"-I{tools.parent}/include", include / "hswish" / file]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check(page, title):
    """Each section of a page whose title matches."""
    entries = [s for s in re.split(r"^###? ", page, flags=re.MULTILINE)[1:] if re.match(title, s)]
    for entry in entries:
        name, rest = entry.split("\n", 1)
        assert re.match(r"\s*_[^_].*_\n", rest), f"{name} has no summary"
        text = rest.split("\n#", 1)[0]
        assert len(re.sub(r"```.*?```", "", text, flags=re.DOTALL)) > 120, f"{name} has no description"
        assert "```mlir" in text, f"{name} has no example"
    return len(entries)


assert check(generate(["-gen-dialect-doc", "-dialect=hswish"], "IR/HSwishOps.td"), "`hswish\\.") >= 11
passes = sum(
    check(generate(["-gen-pass-doc"], f"{d}/Passes.td"), "`-") for d in ("Codegen", "Conversion", "Transforms")
)
assert passes >= 20, passes
