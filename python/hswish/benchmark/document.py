"""Tables in a document, between markers that name them:

<!-- hswish-bench layers -->
…
<!-- /hswish-bench -->
"""

import pathlib
import re

_END = "<!-- /hswish-bench -->"


def update(path, sections):
    """Replaces what stands between the markers of each of `sections` (name ->
    Markdown); sections without a marker are added at the end."""
    path = pathlib.Path(path)
    text = path.read_text() if path.exists() else ""
    for name, content in sections.items():
        start = f"<!-- hswish-bench {name} -->"
        block = f"{start}\n{content.rstrip()}\n{_END}"
        pattern = re.compile(re.escape(start) + ".*?" + re.escape(_END), re.DOTALL)
        if pattern.search(text):
            text = pattern.sub(lambda _, block=block: block, text, count=1)
        else:
            text = f"{text.rstrip()}\n\n{block}\n".lstrip("\n")
    path.write_text(text)
