"""Who may import whom. The README tells it; this holds it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"problems", "steps", "powers", "once", "allocator"},
    {"experiment"},
    {"presets", "tasks", "sharing", "gaussian", "arrows", "advisor", "cancellation"},
    {"activations", "parameters", "normalization", "initializers", "clipping", "optimizers"},
    {"chain", "batches"},
    {"networks"},
    {"updates"},
    {"stack"},
    {"training", "propagation", "jacobians", "library_rules"},
    {"outcomes", "curvature", "theory", "cliff", "costs"},
    {"cells", "executors", "axes", "text"},
    {"advice", "autopsy", "charts", "codegen", "runs", "sweep", "symptoms", "prediction"},
    {"diagrams", "boundary", "grid", "cell_store", "negatives"},
    {"ui"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
ENGINE = {name for layer in LAYERS[3:9] for name in layer} | {"curvature"}


def modules():
    files = [*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "streamlit_app.py"]
    return sorted(
        path for path in files if path.name != "__init__.py" or path.parent.name != "core"
    )


def imports(path):
    """Every module named in an import anywhere in the file, in full."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def module_of(name):
    """Our module that has it, inside a package too; None for what is not ours."""
    while name and name not in FILES:
        name = name.rpartition(".")[0]
    return name or None


def room(path):
    """The part of core that a file belongs to: its module, or its package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "core" else "pages"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_point_down(path):
    here = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "pages":
            raise AssertionError(f"{path.name} imports a page")
        if parts[0] != "core" or parts[1] == here:
            continue
        there = parts[1]
        if here == "pages":
            assert there in ("ui", "charts"), f"a page imports core.{there}"
            continue
        assert LEVEL[there] < LEVEL[here], f"core.{here} imports core.{there}"


FILES = {
    ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p
    for p in modules()
}
ARROWS = {
    name: {there for there in map(module_of, imports(path)) if there and there != name}
    for name, path in FILES.items()
}


@pytest.mark.parametrize("module", sorted(FILES))
def test_no_module_imports_itself_by_way_of_others(module, request):
    if module in ("core.ui.page", "core.ui.pair"):
        reason = "a lesson shows the pair, which says what a lesson is"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    seen, ahead = set(), list(ARROWS[module])
    while ahead:
        if (here := ahead.pop()) not in seen:
            seen.add(here)
            ahead += ARROWS[here]
    assert module not in seen


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_stay_in_their_rooms(path):
    tops = {name.split(".")[0] for name in imports(path)}
    if room(path) not in ("ui", "pages"):
        assert "streamlit" not in tops
    if room(path) not in ENGINE:
        assert "torch" not in tops


@pytest.mark.parametrize("path", sorted(ROOT.glob("pages/*.py")), ids=lambda p: p.name)
def test_page_is_a_table_of_contents(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) < 40
    calls = [n for n in ast.walk(ast.parse("\n".join(lines))) if isinstance(n, ast.BinOp)]
    assert not calls, "a page does no arithmetic"


@pytest.mark.parametrize("module", ["core.experiment", "core.ui", "core.runs", "core.symptoms"])
def test_pages_come_without_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]
