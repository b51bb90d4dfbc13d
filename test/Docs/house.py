# RUN: %python %s
"""What CONTRIBUTING.md asks of every source and a machine can see: no file of more than 450 lines,
attributes' names only where they are declared, comments that begin with their subject."""

import re
from pathlib import Path

MOST_LINES = 450

root = Path(__file__).resolve().parents[2]
faults = []


def get_sources(*folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".h", ".c", ".td", ".py"):
                yield path, path.read_text(), path.relative_to(root)


def get_attributes():
    """The discardable attributes that the dialect declares."""
    text = (root / "include/hswish/IR/HSwishBase.td").read_text()
    declared = re.search(r"discardableAttrs = \(ins(.*?)\);", text, re.DOTALL).group(1)
    return re.findall(r"\$(\w+)", declared)


attributes = get_attributes()
assert len(attributes) > 10, attributes
literal = re.compile(r'"hswish\.(' + "|".join(attributes) + r')"')

for path, text, name in get_sources("lib", "include", "tools", "python"):
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        faults.append(f"{name} has {len(lines)} lines")
    for number, line in enumerate(lines, 1):
        if path.suffix in (".cpp", ".h") and literal.search(line):
            faults.append(f"{name}:{number}: an attribute's name: use DiscardableAttrs.h")
        if re.search(r"(//+<?|#) Of\b", line):
            faults.append(f"{name}:{number}: a comment that begins with Of")
assert not faults, "\n".join(faults)
