"""What the attacks have found, each by itself: values that no browser sends, and a session that heals."""

import math
from types import SimpleNamespace

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from core.experiment import Experiment
from core.labs.cliff.view import _number
from core.ui import lab_setting, picks, state
from core.ui.lab_setting import LabSetting, Numbers

WIDGET = "$$ID-0-width"


@pytest.fixture
def states():
    """A select slider's, of whose options one is sent as its text."""
    drawn = WStates()
    about = WidgetMetadata(WIDGET, {"4": 4}.__getitem__, str, "string_value")
    drawn.set_widget_metadata(about)
    return drawn


def test_a_value_that_a_widget_can_have_is_taken(states):
    states.set_widget_from_proto(WidgetState(id=WIDGET, string_value="4"))
    assert states[WIDGET] == 4


@pytest.mark.parametrize(
    "said",
    [
        WidgetState(id=WIDGET, double_value=4.0),
        WidgetState(id=WIDGET, json_value="{"),
        WidgetState(id=WIDGET, string_value="5"),
        WidgetState(id="labs", string_value="4"),
    ],
    ids=["another type", "no JSON", "no option", "no widget"],
)
def test_a_value_that_it_cannot_have_counts_as_not_sent(states, said):
    states.set_widget_from_proto(said)
    assert said.id not in states.states
    first = WStates()  # of a session that has not drawn it yet
    first.set_widget_from_proto(said)
    first.set_widget_metadata(states.widget_metadata[WIDGET])
    assert first.get(WIDGET) is None


@pytest.fixture
def session(monkeypatch):
    values = {"labs": {}}
    streamlit = SimpleNamespace(
        session_state=values,
        query_params=SimpleNamespace(to_dict=dict, from_dict=lambda _: None),
    )
    for module in (state, lab_setting, picks):
        monkeypatch.setattr(module, "st", streamlit)
    return values


def test_after_a_script_that_failed_every_word_and_the_language_come_back(session):
    said = Experiment(network="rnn", depth=7)
    session.update(valid=said.to_query(), spoken="bn")
    state.heal()
    assert state.chosen() == (said, None)
    assert session["lang"] == "bn"


@pytest.mark.parametrize("sent", [None, "xx", 1.5, []])
def test_a_language_that_is_none_leaves_the_one_before(session, sent):
    session.update(lang=sent, spoken="bn")
    state.heal()
    assert session["lang"] == "bn"


@pytest.mark.parametrize("network", ["CNN", None, 1.0, []])
def test_a_network_that_is_none_has_no_first_task(network):
    assert state.first_task(network) is None


def test_a_setting_whose_widget_has_no_value_stays(session):
    setting = LabSetting("factor", 1.25, [Numbers(0.5, 3)], ["powers_factor"])
    setting.take()
    session["powers_factor"] = None
    setting.take()
    assert session["labs"] == {}


@pytest.mark.parametrize(
    "selection", [{}, {"pick": None}, {"pick": {}}, {"pick": []}, {"pick": [None]}, {"pick": [1]}]
)
def test_a_click_on_nothing_is_none(session, selection):
    session["chart"] = {"selection": selection}
    assert picks.picked("chart", "pick") == {}


def test_a_click_is_its_mark(session):
    session["chart"] = {"selection": {"pick": [{"i": 1}]}}
    assert picks.picked("chart", "pick") == {"i": 1}


def test_a_click_far_too_large_for_a_number_is_nowhere():
    assert math.isnan(_number(10**400))


def test_a_links_setting_is_no_longer_than_any_can_be(session):
    session.pop("labs")
    state.st.query_params.to_dict = lambda: {"factor": "1" * 100_000}
    state.from_url("why")
    assert len(session["labs"]["factor"]) == state.LONGEST
