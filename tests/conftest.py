"""What all tests share: a page's error is shown in full, not as to visitors; the ways to round, by turns.

Each claim of a run is tried as it is and by some of the other ways: ROUNDINGS_TURN says whose turn it is, 0
(`make test`), 1 or 2 (`make test-roundings`, under other processors' rules), or "all".
"""

import os
from types import CodeType, FunctionType

import pytest
import streamlit as st

from tests.roundings import AS_IS, ROUNDINGS, TURNS, Rounding

TRAINING = {
    "core.engine.training",
    "core.runs.cells",
    "core.runs.sweeps",
    "core.runs.store",
    "core.runs.cell_store",
    "core.engine.curvature",
    "core.labs.negatives.measure",
    "tests.roundings",
    "streamlit.testing.v1.app_test",
    "tests.visitor",
}
"""Where what trains comes from."""
SLOW = TRAINING | {
    "core.engine.jacobians",
    "core.engine.propagation",
    "tests.serving",
    "subprocess",
    "distributed",
    "playwright.sync_api",
    "bench",
}
"""What `make check` leaves out: what trains, measures many networks, opens pages or starts processes."""

TURN = os.environ.get("ROUNDINGS_TURN", "0")
NOW = {way.name for way in ROUNDINGS} if TURN == "all" else {AS_IS.name, *TURNS[int(TURN)]}

st.config.set_option("client.showErrorDetails", "full")


@pytest.fixture(params=ROUNDINGS, ids=lambda rounding: rounding.name)
def rounding(request: pytest.FixtureRequest) -> Rounding:
    """Each way to round in turn: whoever claims what becomes of a run trains it by this."""
    return request.param


@pytest.fixture(params=[r for r in ROUNDINGS if not r.exact], ids=lambda rounding: rounding.name)
def float32(request: pytest.FixtureRequest) -> Rounding:
    """Those that are in float32: for claims of what float32 cannot hold, or a library cannot measure in it."""
    return request.param


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what another processor may change, and what takes its time; leave out the roundings of other turns.

    What is rounded alike stays in one process, which trains each run once.
    """
    later = []
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        way, alone = _rounding(item), item.get_closest_marker("xdist_group")
        if not alone and (way is not None or _reaches(item.function, TRAINING)):
            item.add_marker("trains")
        if alone or way is not None or _slow(item):
            item.add_marker("slow")
        if way is not None and not alone:
            item.add_marker(pytest.mark.xdist_group(way.name))
        if way is not None and way.name not in NOW:
            later.append(item)
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if item not in later]


def _rounding(item: pytest.Item) -> Rounding | None:
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return chosen.get("rounding", chosen.get("float32"))


def _slow(item: pytest.Function) -> bool:
    fixtures = (getattr(item.module, name, None) for name in item.fixturenames)
    made = [
        getattr(f, "__wrapped__", None) or getattr(f, "_fixture_function", None) for f in fixtures
    ]
    return any(_reaches(f, SLOW) for f in [item.function, *made] if f is not None)


def _reaches(
    function: FunctionType, homes: set[str], seen: frozenset[FunctionType] = frozenset()
) -> bool:
    """Whether it names something of these modules, or has it for a default; or a function beside it does."""
    named = [function.__globals__.get(name) for name in _names(function.__code__)]
    named += function.__defaults__ or ()
    if any(_home(value) in homes for value in named):
        return True
    others = {f for f in named if isinstance(f, FunctionType)} - seen
    own = [f for f in others if f.__module__ == function.__module__]
    return any(_reaches(f, homes, seen | others) for f in own)


def _home(value: object) -> str | None:
    """The module that it comes from, or is."""
    return getattr(value, "__module__", None) or getattr(value, "__name__", None)


def _names(code: CodeType) -> set[str]:
    """The globals that it names, lambdas and comprehensions in it included."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))
