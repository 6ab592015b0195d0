"""What all tests share: a page's error is shown in full, not as to visitors; the ways to round."""

from types import CodeType, FunctionType

import pytest
import streamlit as st

from tests.roundings import AS_IS, ROUNDINGS, Rounding

TRAINING = {
    "core.engine.training",
    "core.runs.cells",
    "core.runs.sweeps",
    "core.runs.store",
    "core.runs.cell_store",
    "core.engine.curvature",
    "core.labs.negatives.measure",
    "tests.roundings",
    "tests.visitor",
    "streamlit.testing.v1.app_test",
}
"""Where what trains comes from, and what opens pages."""

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
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what another processor may change: tests that train, runs as they are, the browser's apart.

    And keep the ways to round one test in one process: most of them are trained in one stack.
    """
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("xdist_group"):
            way = _rounding(item)
            if way == AS_IS or (way is None and _reaches(item.function, frozenset())):
                item.add_marker("trains")
            if way is not None:
                item.add_marker(pytest.mark.xdist_group(item.nodeid.replace(way.name, "")))


def _rounding(item: pytest.Function) -> Rounding | None:
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return chosen.get("rounding", chosen.get("float32"))


def _reaches(function: FunctionType, seen: frozenset[FunctionType]) -> bool:
    """Whether it names something of TRAINING, or has it for a default; or another function of its module does."""
    named = [function.__globals__.get(name) for name in _names(function.__code__)]
    named += function.__defaults__ or ()
    if any(getattr(value, "__module__", None) in TRAINING for value in named):
        return True
    others = {f for f in named if isinstance(f, FunctionType)} - seen
    return any(_reaches(f, seen | others) for f in others if f.__module__ == function.__module__)


def _names(code: CodeType) -> set[str]:
    """The globals that it names, lambdas and comprehensions in it included."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))
