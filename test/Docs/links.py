# RUN: %python %s
"""Every file that a document links to is there."""

import re
from pathlib import Path

root = Path(__file__).resolve().parents[2]
documents = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
missing = [
    f"{document.relative_to(root)}: {target}"
    for document in documents
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text())
    if "://" not in target and not (document.parent / target).exists()
]
assert not missing, "\n".join(missing)
