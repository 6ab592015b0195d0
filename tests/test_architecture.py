"""Who may import whom. DESIGN of the house: README tells it, docs/architecture.md draws it, this holds it."""

import ast
import subprocess
import sys

import pytest

from docs import draw_architecture
from tests.house import ARROWS, FILES, ROOMS, ROOT, TREES, imported, room

SHOWN_BY_STREAMLIT = ("ui", "pages")
MODULES = sorted(FILES)


def may_show(module: str) -> bool:
    """Whether it may import Streamlit."""
    last = module.rpartition(".")[2]
    view = room(module) == "labs" and last.startswith(("view", "controls"))
    return view or room(module) in SHOWN_BY_STREAMLIT


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_up(module: str) -> None:
    level = ROOMS.index(room(module))
    wrong = [m for m in ARROWS[module] if ROOMS.index(room(m)) > level or room(m) == "pages"]
    assert not wrong, f"{module} imports {wrong}, which stands below it"


@pytest.mark.parametrize("module", MODULES)
def test_no_circles(module: str, request: pytest.FixtureRequest) -> None:
    if module in ("core.ui.page", "core.ui.compare"):
        reason = "a lesson shows the pair, which says what a lesson is"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    seen: set[str] = set()
    ahead = list(ARROWS[module])
    while ahead:
        if (here := ahead.pop()) not in seen:
            seen.add(here)
            ahead += ARROWS[here]
    assert module not in seen, f"{module} imports itself, by way of others"


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("core.labs.")])
def test_labs_are_strangers(module: str) -> None:
    own = module.split(".")[2]
    others = [m for m in ARROWS[module] if room(m) == "labs" and m.split(".")[2] != own]
    assert not others, f"{module} imports another lab's {others}"


@pytest.mark.parametrize("module", MODULES)
def test_siblings_are_met_in_person(module: str) -> None:
    """By their full module path: a package's own modules never go through its `__init__`."""
    package = module.rpartition(".")[0]
    while package.count("."):
        assert package not in ARROWS[module], f"{module} imports a sibling through {package}"
        package = package.rpartition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_stay_in_their_rooms(module: str) -> None:
    tops = {name.split(".")[0] for name in imported(TREES[module])}
    assert "streamlit" not in tops or may_show(module)
    assert "torch" not in tops or room(module) == "engine"


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("pages.")])
def test_page_is_a_table_of_contents(module: str) -> None:
    assert len(FILES[module].read_text("utf-8").splitlines()) <= 20
    assert not [n for n in ast.walk(TREES[module]) if isinstance(n, ast.BinOp)], "it calculates"


def test_rooms_come_without_torch() -> None:
    rooms = ", ".join(f"core.{name}" for name in ROOMS if name not in ("top", "engine", "pages"))
    code = f"import sys, {rooms}, core.engine; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]


def test_the_picture_is_up_to_date() -> None:
    told = draw_architecture.PAGE.read_text("utf-8")
    assert told == draw_architecture.redrawn(told), "draw it anew: make picture"
