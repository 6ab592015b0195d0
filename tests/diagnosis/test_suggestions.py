"""What to try next is tried before it is praised, within its time, and told with what came of it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import streamlit as st

from core.diagnosis.advice import (
    MOST_TRIALS,
    OFFERED,
    ORDER,
    TRIAL_SECONDS,
    Suggestion,
    candidates,
    next_trial,
    promising,
)
from core.diagnosis.cell import Cell
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.runs.cell_store import CellStore
from core.steps import Lost, Step
from core.text import LANGUAGES, load
from core.ui import endings, live, status
from core.ui.visit import Visit
from tests.visitor import opened, words

E = Experiment(depth=2, width=2, steps=2)
OTHERS = [Suggestion(f"seed {seed}", replace(E, seed=seed)) for seed in range(1, 6)]
UNTRIED = None


def cell(experiment, what, loss=1.0):
    return Cell(experiment, what, loss, 1.0, 2)


def ranked(own, *ends):
    """Which of the suggestions are offered, by number; each end is an outcome, with a loss, or UNTRIED."""
    known = {
        s.experiment: cell(s.experiment, *end)
        for s, end in zip(OTHERS, ends, strict=False)
        if end is not UNTRIED
    }
    among = OTHERS[: len(ends)]
    return [among.index(s) for s in promising(among, cell(E, *own), known)]


@pytest.mark.parametrize(
    ("own", "ends", "offered"),
    [
        (("stalled",), [("stalled", 1.0), ("stalled", 0.5), ("learned", 0.1)], [2, 1, 0]),
        (("stalled",), [("stalled", 2.0), ("exploded", 0.5), ("diverged", 0.5)], []),
        (("stalled",), [("stalled", 1.0), UNTRIED, ("stalled", 0.5)], [2, 1, 0]),
        (("exploded", 1e3), [("diverged",), ("exploded", 1e9), ("exploded", 10.0)], [2]),
        (("diverged",), [("diverged",), ("exploded", 1e9), ("stalled",), ("learned",)], [3, 2, 1]),
        (("learned",), [UNTRIED] * 5, [0, 1, 2]),
    ],
)
def test_those_are_offered_first_that_turned_out_best_and_none_that_is_worse(own, ends, offered):
    assert ranked(own, *ends) == offered


def test_of_what_learns_that_stands_first_which_changes_less():
    much = Suggestion("much", replace(E, seed=1, lr=0.5, optimizer="adam"))
    fix = Suggestion("fix", replace(E, init="orthogonal", gain=0.7, clipping="value", clip=2.0))
    known = {s.experiment: cell(s.experiment, "learned") for s in (much, fix)}
    assert promising([much, fix], cell(E, "stalled"), known) == [fix, much]
    assert promising([much, fix], cell(E, "stalled"), {}) == [much, fix]


def test_trials_end_when_as_many_learn_as_are_offered():
    known = {s.experiment: cell(s.experiment, "learned") for s in OTHERS[:OFFERED]}
    assert next_trial(OTHERS, known, []) is None
    del known[OTHERS[0].experiment]
    assert next_trial(OTHERS, known, []) == OTHERS[0].experiment


def test_trials_are_few_and_short():
    tried = [s.experiment for s in OTHERS[:MOST_TRIALS]]
    assert next_trial(OTHERS, {}, tried) is None
    assert next_trial(OTHERS, {}, tried[:-1]) == tried[-1]
    long = Suggestion("long", Experiment(depth=50, width=256, steps=1000))
    assert long.experiment.seconds > TRIAL_SECONDS
    assert next_trial([long, *OTHERS], {}, []) == OTHERS[0].experiment
    assert next_trial([long], {}, []) is None


@pytest.mark.parametrize("situation", ORDER)
def test_one_layer_is_no_chain(situation):
    """Whatever became of it, the first thing to try is not another start for a growth of 1."""
    names = [s.name for s in candidates(Experiment(depth=1), situation)]
    assert not {"initialization", "plain_start"} & set(names)
    assert names[0] != "normalization"
    assert len(names) >= OFFERED


def steps(what, signal=1.0):
    one = Step(
        index=0, loss=1.0, grad_norm=1.0, clipped_norm=1.0, activation_norms=(1.0,) * 2, signal_norms=(signal, 1.0),
        weight_norms=(1.0,) * 3, weight_grad_norms=(1.0,) * 3, update_norms=(1.0,) * 3, saturated=(0.0,) * 2,
        clipped_fraction=0.0, clip_cosine=1.0, start_loss=1.0,
    )  # fmt: skip
    if what == "diverged":
        return [replace(one, lost=Lost("loss"))]
    end = {"stalled": 1.0, "learned": 0.3}[what]
    return [replace(one, end_loss=end, final_loss=end, final_grad_norm=1.0)]


def verdict(what, experiment=E, **others):
    known = {name: (e, steps(ended)) for name, (e, ended) in others.items()}
    return Verdict(experiment, steps(what), what, known)


def test_what_the_verdict_knows_is_not_computed_again():
    chain, step = (s.experiment for s in candidates(Experiment(), "chain")[:2])
    judged = verdict("diverged", Experiment(), chain=(chain, "learned"), step=(step, "diverged"))
    assert judged.cause == "chain"
    asked = []

    def glance(runs):
        asked.extend(runs)
        return {e: cell(e, "learned") for e in runs}

    found = endings.trials(judged, candidates(Experiment(), judged.situation), glance)
    assert set(found) == set(asked)
    assert len(asked) == OFFERED - 1  # one is known to learn
    assert not {chain, step} & set(asked)


def test_a_stopped_trial_is_the_last():
    asked = []

    def glance(runs):
        asked.extend(runs)
        return {}

    judged = verdict("stalled")
    assert endings.trials(judged, candidates(E, "stalled"), glance) == {}
    assert len(asked) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_card_says_what_came_of_it(language):
    text, other = load(language), OTHERS[0]
    judged = replace(
        verdict("stalled"), tried={other.experiment: cell(other.experiment, "learned", 0.44)}
    )
    said = endings.came_of(other, judged, text)
    assert text("verdict.then.learned", loss=0.44) in said
    assert endings.came_of(OTHERS[1], judged, text) == text("advice.untried")
    assert endings.came_of(other, verdict("learned"), text) == ""


def test_a_dead_network_gets_another_start_or_a_lower_rate():
    judged = Verdict(E, steps("stalled", signal=0.0), "stalled")
    assert judged.situation == "silent"
    names = [s.name for s in candidates(E, judged.situation)]
    assert names[:2] == ["lower_rate", "fresh"]
    assert "longer" not in names


@pytest.mark.parametrize("situation", ORDER)
@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_suggestion_has_its_words(situation, network, language):
    for depth in (2, 30):
        for suggestion in candidates(Experiment(network=network, depth=depth), situation):
            assert "{" not in endings.detail(suggestion, load(language))


def test_the_page_tells_what_came_of_its_suggestions():
    assert "Tried: learns (final loss" in words(opened("what_is_it", steps="200"))
    learned = opened("what_is_it", depth="3", width="16", steps="60", gain="1", lr="0.02")
    assert "Tried: " not in words(learned)
    assert load("en")("advice.untried") not in words(learned)


def test_after_stop_nothing_is_tried_any_more_and_what_is_known_is_told(monkeypatch):
    known, store = OTHERS[0].experiment, CellStore()
    *_, found = store.find([known])
    monkeypatch.setattr(live, "CELLS", store)
    monkeypatch.setattr(st, "session_state", {"stopped": True})
    monkeypatch.setattr(status.Status, "wait_for_engine", lambda _: None)
    place = status.Status(None, load("en"), Visit())
    assert live.glance([known], place) == found
    assert live.glance([OTHERS[1].experiment], place) == {}


def test_that_other_runs_are_tried_is_told_once_it_takes_long_and_until_the_end(monkeypatch):
    told = []
    monkeypatch.setattr(
        status.Status, "_beside_stop", lambda _: SimpleNamespace(markdown=told.append)
    )
    monkeypatch.setattr(status.time, "perf_counter", iter([0.0, 0.3, 0.5, 0.9]).__next__)
    place = status.Status(None, load("en"), Visit())
    for times in (0, 0, 1, 1):
        place.trying()
        assert told == [load("en")("ui.status.trying")] * times


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_survivor_is_judged_before_its_twin_is_trained(monkeypatch, language):
    happened, conclude = [], endings.conclude

    def concluded(*args):
        happened.append("verdict")
        return conclude(*args)

    def glance(asked, _):
        happened.append("twin")
        return {e: cell(e, "diverged") for e in asked}

    monkeypatch.setattr(endings, "conclude", concluded)
    monkeypatch.setattr(live, "glance", glance)
    monkeypatch.setattr("core.diagnosis.verdict.came_near", lambda *_: True)
    app = opened(
        "what_is_it", lang=language, depth="3", width="16", steps="60", gain="1", lr="0.02"
    )
    assert happened == ["verdict", "twin"]
    said = load(language).get("verdict.rounded.outcome").split("{")[0]
    assert words(app).count(said) == 1
