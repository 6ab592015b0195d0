"""Draws the rooms of `core/` and who imports whom into docs/architecture.md, from the imports themselves.

Run as `python -m docs.draw_architecture`, or `make picture`.
"""

import ast
import re
from pathlib import Path

from tests.house import ARROWS, ROOMS, TREES, room

PAGE = Path(__file__).parent / "architecture.md"
NAMES = {"top": "core/*.py", "pages": "pages/"}
"""Of rooms that are no folder in core/."""
DRAWN = re.compile(r"(?<=<!-- drawn -->\n).*?(?=<!-- end -->)", re.DOTALL)
"""What lies between these two lines is the script's."""
IMPORTS = {
    name: {room(m) for module, met in ARROWS.items() if room(module) == name for m in met} - {name}
    for name in ROOMS
}


def redrawn(page: str) -> str:
    """The page with its picture and its table as the imports are now."""
    return DRAWN.sub(lambda _: f"{picture()}\n{table()}", page)


def picture() -> str:
    """Mermaid's text. An arrow that others imply is left out: who reaches a room by way of another may import it."""
    nodes = [f'    {name}["{_name(name)}"]' for name in ROOMS]
    arrows = [
        f"    {name} --> {other}"
        for name in ROOMS
        for other in ROOMS
        if other in IMPORTS[name] and not any(other in _above(m) for m in IMPORTS[name] - {other})
    ]
    return "\n".join(["```mermaid", "flowchart BT", *nodes, *arrows, "```", ""])


def table() -> str:
    """Each room, what it says of itself, and all that it imports."""
    rows = [
        f"| `{_name(name)}` | {_says(name)} | {', '.join(m for m in ROOMS if m in IMPORTS[name])} |"
        for name in ROOMS
    ]
    return "\n".join(["| room | what it is for | imports |", "|---|---|---|", *rows, ""])


def _above(name: str) -> set[str]:
    """All that a room reaches, by way of others too."""
    return IMPORTS[name].union(*map(_above, IMPORTS[name]))


def _name(name: str) -> str:
    return NAMES.get(name, f"core/{name}/")


def _says(name: str) -> str:
    if name == "pages":
        return (
            "One file a section, home among them; each reads like the section's table of contents."
        )
    module = "core" if name == "top" else f"core.{name}"
    return (ast.get_docstring(TREES[module]) or "").splitlines()[0]


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text("utf-8")), "utf-8")
