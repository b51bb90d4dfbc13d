"""Tables in a document, between markers that name them:

<!-- hswish-bench layers -->
…
<!-- /hswish-bench -->
"""

import pathlib
import re

_END = "<!-- /hswish-bench -->"


def update(path, sections, titles=None):
    """Replaces what stands between the markers of each of `sections` (name ->
    Markdown); sections without a marker are added at the end, each under its title
    of `titles`, if it has one."""
    path = pathlib.Path(path)
    text = path.read_text() if path.exists() else ""
    for name, content in sections.items():
        start = f"<!-- hswish-bench {name} -->"
        block = f"{start}\n{content.rstrip()}\n{_END}"
        pattern = re.compile(re.escape(start) + ".*?" + re.escape(_END), re.DOTALL)
        if pattern.search(text):
            text = pattern.sub(lambda _, block=block: block, text, count=1)
        else:
            heading = f"## {titles[name]}\n\n" if titles and name in titles else ""
            text = f"{text.rstrip()}\n\n{heading}{block}\n".lstrip("\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
