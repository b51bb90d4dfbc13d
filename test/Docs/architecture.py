# RUN: %python %s hswish-opt
"""docs/Architecture.md says how it is: its drawing of the folders is what their includes say, no
folder reaches back to one that builds on it, and its network looks so after each stage.

`architecture.py --write hswish-opt` writes both into the document."""

import argparse
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "Architecture.md"
NETWORK = Path(__file__).parent / "Inputs" / "network.mlir"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
# Folders whose subfolders are rooms of their own.
HALLS = ("Codegen", "Transforms", "Conversion")
STAGES = [
    ("As a user of linalg writes it", []),
    ("`--hswish-simplify`", ["--hswish-simplify"]),
    ("`--hswish-fuse`", ["--hswish-simplify", "--hswish-fuse"]),
    (
        "`--hswish-select-strategy --hswish-pack-weights`, the first passes of `--hswish-codegen`",
        [
            "--hswish-simplify",
            "--hswish-fuse",
            "--hswish-select-strategy",
            "--hswish-pack-weights",
            "--canonicalize",
        ],
    ),
    (
        "`--hswish-codegen`, the first lines",
        ["--hswish-simplify", "--hswish-fuse", "--hswish-codegen"],
    ),
]
SHOWN = 36  # lines of a stage


def sources():
    for folder in ("lib", "include/hswish"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cpp", ".h"):
                yield path


def own_room(path):
    """The folder below lib that `path` is in; None for what is in none."""
    parts = path.relative_to(ROOT).parts
    parts = parts[1:-1] if parts[0] == "lib" else parts[2:-1]
    if not parts:
        return None
    return "/".join(parts[:2]) if parts[0] in HALLS and len(parts) > 1 else parts[0]


def find_rooms():
    """The room of each file. A public header is in that of the source of its name; one that has
    none, a list of passes say, is all the rooms' of its hall."""
    rooms, sources_by_name = {}, {}
    for path in sources():
        if path.suffix == ".cpp":
            sources_by_name.setdefault((own_room(path) or "").split("/")[0] + path.stem, path)
    for path in sources():
        room = own_room(path)
        if room in HALLS:
            source = sources_by_name.get(room + path.stem)
            room = own_room(source) if source and own_room(source) not in HALLS else f"{room}/*"
        rooms[path] = room
    return rooms


def find_arrows(rooms):
    arrows = defaultdict(set)
    for path, room in rooms.items():
        if not room or room.endswith("/*"):
            continue
        arrows[room]
        for name in INCLUDE.findall(path.read_text()):
            for candidate in ((path.parent / name).resolve(), ROOT / "include" / name):
                other = rooms.get(candidate)
                is_own_hall = other and other.endswith("/*") and room.startswith(other[:-1])
                if other and other != room and not is_own_hall:
                    arrows[room].add(other)
    for hall in HALLS:
        arrows[f"{hall}/*"] = {room for room in arrows if room.startswith(f"{hall}/")} - {f"{hall}/*"}
    return arrows


def find_levels(arrows):
    """How many rooms at most stand one above the other below each; exits where arrows run in a
    circle."""
    levels = {}

    def visit(room, above):
        if room in above:
            circle = " -> ".join([*above[above.index(room) :], room])
            sys.exit(f"folders include each other in a circle: {circle}")
        if room not in levels:
            levels[room] = max((1 + visit(o, [*above, room]) for o in arrows[room]), default=0)
        return levels[room]

    for room in list(arrows):
        visit(room, [])
    return levels


def draw(arrows):
    """Rooms by level, each with those that it uses itself: not those that one of these uses, too."""
    levels = find_levels(arrows)

    def reach(room):
        return set().union(*({o} | reach(o) for o in arrows[room])) if arrows[room] else set()

    lines = []
    width = max(map(len, levels)) + 1
    drawn = {room: level for room, level in levels.items() if not room.endswith("/*")}
    for level in sorted(set(drawn.values()), reverse=True):
        for room in sorted(r for r in drawn if drawn[r] == level):
            others = arrows[room]
            direct = {o for o in others if not any(o in reach(p) for p in others - {o})}
            arrow = "-> " + ", ".join(sorted(direct)) if direct else ""
            lines.append(f"{room:{width}}{arrow}".rstrip())
        lines.append("")
    return "```\n" + "\n".join(lines).rstrip() + "\n```\n"


def show(stage, hswish_opt):
    title, passes = stage
    done = subprocess.run([hswish_opt, *passes, NETWORK], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line]
    lines = [re.sub(r"dense<\"0x\w+\">", 'dense<"…">', line) for line in lines[1:-1]]
    lines = [line.removeprefix("  ") for line in lines]
    if len(lines) > SHOWN:
        lines = [*lines[:SHOWN], "…"]
    return f"**{title}**\n\n```mlir\n" + "\n".join(lines) + "\n```\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("hswish_opt")
    options = parser.parse_args()
    parts = {
        "rooms": draw(find_arrows(find_rooms())),
        "network": "\n".join(show(stage, options.hswish_opt) for stage in STAGES),
    }
    text = DOCUMENT.read_text()
    for name, part in parts.items():
        block = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->\n)", re.DOTALL)
        current = block.search(text)
        assert current, f"docs/Architecture.md has no block {name}"
        if options.write:
            text = block.sub(lambda m, part=part: m[1] + part + m[2], text)
        elif current[0] != f"<!-- {name} -->\n{part}<!-- /{name} -->\n":
            sys.exit(
                f"docs/Architecture.md: '{name}' is not what it was. Now:\n{part}\n"
                "test/Docs/architecture.py --write hswish-opt writes it there"
            )
    if options.write:
        DOCUMENT.write_text(text)


main()
