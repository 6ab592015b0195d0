"""Who may import whom. DESIGN of the house: README tells it, docs/architecture.md draws it, this holds it."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.kinds import KINDS
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
def test_no_circles(module: str) -> None:
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


def test_the_labs_package_is_empty() -> None:
    """A page imports the labs that it shows, and no others."""
    assert not ARROWS["core.labs"]


def test_no_test_imports_another() -> None:
    tests = ROOT.glob("tests/**/test_*.py")
    named = {path.relative_to(ROOT): imported(ast.parse(path.read_text("utf-8"))) for path in tests}
    wrong = {
        str(path): name
        for path, names in named.items()
        for name in names
        if name.startswith("tests.") and ".test_" in name
    }
    assert not wrong


def names_a_kind(node: ast.AST) -> bool:
    """Whether it compares with a kind of network by name, or is a table of its own by kind."""
    match node:
        case ast.Compare(left=left, comparators=others):
            parts = [inner for other in (left, *others) for inner in ast.walk(other)]
            return any(isinstance(p, ast.Constant) and p.value in KINDS for p in parts)
        case ast.MatchValue(value=ast.Constant(value=value)):
            return value in KINDS
        case ast.Dict(keys=keys):
            names = {key.value for key in keys if isinstance(key, ast.Constant)}
            return bool(names) and names <= set(KINDS)
    return False


@pytest.mark.parametrize("module", MODULES)
def test_kinds_stand_in_one_table(module: str) -> None:
    """What is known of a kind stands in core.kinds, what it computes in modules of its name."""
    if module == "core.kinds" or module.rpartition(".")[2] in KINDS:
        return
    lines = [node.lineno for node in ast.walk(TREES[module]) if names_a_kind(node)]
    assert not lines, f"{module} asks for a kind by its name, in lines {lines}"


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("pages.")])
def test_page_is_a_table_of_contents(module: str) -> None:
    assert len(FILES[module].read_text("utf-8").splitlines()) <= 20
    assert not [n for n in ast.walk(TREES[module]) if isinstance(n, ast.BinOp)], "it calculates"


MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 250, 40, 6


def over_the_limits() -> Iterator[str]:
    """Modules, scripts and functions that are longer or ask for more than one reads with ease."""
    texts = FILES | {path.name: path for path in ROOT.glob("core/**/*.js")}
    for name, path in texts.items():
        if len(path.read_text("utf-8").splitlines()) > MOST_LINES:
            yield name
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                parameters = [each.arg for each in every if each.arg not in ("self", "cls")]
                if lines > MOST_FUNCTION_LINES or len(parameters) > MOST_PARAMETERS:
                    yield f"{name}.{node.name}"


def test_modules_and_functions_are_short() -> None:
    """No module over 250 lines, no function over 40 or with more than 6 parameters."""
    assert not list(over_the_limits())


def test_rooms_come_without_torch() -> None:
    rooms = ", ".join(f"core.{name}" for name in ROOMS if name not in ("top", "engine", "pages"))
    code = f"import sys, {rooms}, core.engine; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]


def test_text_comes_without_what_draws() -> None:
    heavy = {"altair", "pandas", "torch"}
    code = f"import sys, core.ui, core.charts; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, [])


def test_the_picture_is_up_to_date() -> None:
    told = draw_architecture.PAGE.read_text("utf-8")
    assert told == draw_architecture.redrawn(told), "draw it anew: make picture"
