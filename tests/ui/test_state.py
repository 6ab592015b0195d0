"""The session's words: whatever a browser sends, they are an experiment's."""

import importlib
from types import SimpleNamespace

import pytest

from core.experiment import FIELDS, Experiment
from core.ui import lab_setting, state
from tests.house import FILES
from tests.visitor import opened

SAID = Experiment(depth=7, steps=5, gain=1, task="sine")


@pytest.fixture
def session(monkeypatch):
    values = {name: getattr(SAID, name) for name in FIELDS} | {"valid": SAID.to_query()}
    monkeypatch.setattr(state, "st", SimpleNamespace(session_state=values))
    return values


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("task", "CO₂ of Mauna Loa"), ("init", None), ("depth", "x"), ("lr", None), ("steps", True)],
)
def test_what_is_no_value_goes_back_to_the_last_valid_one(session, name, wrong):
    session[name] = wrong
    state.heal()
    assert session[name] == getattr(SAID, name)


def test_what_is_missing_comes_back(session):
    del session["width"]
    state.heal()
    assert session["width"] == SAID.width


def test_a_task_of_the_other_network_becomes_this_ones_first(session):
    session["network"] = "rnn"
    state.heal()
    assert session["task"] == "co2"


def test_what_is_fine_stays(session):
    session.update(lang="bn", spoken="bn")
    before = dict(session)
    state.heal()
    assert session == before


def test_every_known_key_is_somebodys():
    """Whoever declares a setting must name it in KEYS; so nothing stands there that is nobody's."""
    declared = {
        setting.key
        for name in FILES
        if name.startswith(("core.labs.", "core.ui."))
        for setting in vars(importlib.import_module(name)).values()
        if isinstance(setting, lab_setting.LabSetting)
    }
    assert declared == set(lab_setting.KEYS)


def test_a_labs_key_is_known_on_every_page_and_another_is_not():
    assert "arrow" in lab_setting.KEYS
    assert "depht" not in lab_setting.KEYS
    for page in ("home", "why", "summary"):
        app = opened(page, arrow="1,1,1", steps="1", depth="2")
        assert not app.warning
        assert app.query_params["arrow"] == "1,1,1"
