"""The house as it is: every module of the app, its room, and what it imports.

The architecture's test holds it, docs/draw_architecture.py draws it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = (
    "top",
    "computing",
    "theory",
    "engine",
    "diagnosis",
    "runs",
    "logs",
    "codegen",
    "charts",
    "words",
    "ui",
    "labs",
    "pages",
)
"""From the top down: imports go up only. "top" is what lies in core itself."""
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "streamlit_app.py"]
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that an import anywhere in it names, or a name in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """Our module that has it; None for what is not ours."""
    while name and name not in FILES:
        name = name.rpartition(".")[0]
    return name or None


def room(module: str) -> str:
    parts = module.split(".")
    if parts[0] != "core":
        return "pages"
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "top"


ARROWS = {
    name: {m for m in map(module_of, imported(tree)) if m and m != name}
    for name, tree in TREES.items()
}
