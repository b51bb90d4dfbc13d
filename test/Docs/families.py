# RUN: %python %s
"""A kernel family is one folder and one row: no other source of the compiler names its kernels or
its folder's headers."""

import re
from pathlib import Path

root = Path(__file__).resolve().parents[2]
kernels = root / "lib/Codegen/Kernels"
table = kernels / "Families.def"
rows = re.findall(r"^HSWISH_KERNEL_FAMILY\((\w+)\)", table.read_text(), re.MULTILINE)
assert rows
sources = [p for p in (root / "lib").rglob("*") if p.suffix in (".cpp", ".h")]
faults = []
for family in rows:
    folder = kernels / family
    own = "\n".join(path.read_text() for path in folder.iterdir())
    assert f"get{family}Family()" in own, f"{folder} does not define get{family}Family"
    # Keywords of strategies: the names that the family lists.
    names = set(re.findall(r'kNames\[\] = \{"(\w+)"', own))
    names |= set(re.findall(r'StringLiteral k\w+ = "(\w+)"', own))
    for path in sources:
        if folder in path.parents or path == table:
            continue
        text = path.read_text()
        where = path.relative_to(root)
        faults += [f"{where} names the kernel {name}" for name in names if f'"{name}"' in text]
        if f"get{family}Family" in text or f"Kernels/{family}/" in text:
            faults.append(f"{where} knows the family {family}")
assert not faults, "\n".join(faults)
