"""The judge of the words is tried: sentences that are made false on purpose, one at a time, and it names each."""

from dataclasses import replace

import pytest

from core.diagnosis import autopsy, outcomes
from core.experiment import Experiment
from core.labs.race import fates
from core.words import course
from core.words import verdict as verdict_words
from tests.words.claims.contradictions import contradictions
from tests.words.claims.judging import Judge
from tests.words.claims.registry import REGISTRY
from tests.words.claims.trial import try_words
from tests.words.claims.world import run

CHAIN = Experiment(depth=20, width=16, batch_size=16, steps=20, gain=1.5)
"""Diverges at once, and growth 1 cures it."""
LEARNS = Experiment(depth=2, width=16, gain=1, lr=0.05, batch_size=16, steps=40)
IDLE = Experiment(width=16, gain=1, init="torch_default", steps=5, batch_size=8, lr=1e-4)
"""Stalls, and its first batch is only eight examples."""
BEFORE = Experiment(depth=20, width=16, gain=3, batch_size=16, steps=5, optimizer="adam", lr=1e-4)
"""Exploded before the first update, and stays finite."""
SLOW = Experiment(depth=3, width=16, gain=1, activation="linear", lr=0.3, steps=60, batch_size=16)
"""Its weights grow until it diverges."""


def found(e):
    return "\n".join(try_words(Judge(REGISTRY), e))


@pytest.mark.parametrize("e", [CHAIN, LEARNS, IDLE, BEFORE, SLOW])
def test_it_is_content_with_what_is_so(e):
    assert found(e) == ""


def test_it_hears_that_a_loss_is_said_to_have_risen_that_fell(monkeypatch):
    right = verdict_words.rose
    monkeypatch.setattr(verdict_words, "rose", lambda steps: not right(steps))
    told = found(LEARNS)
    assert "verdict.headline.learned_rose" in told
    assert "not so: F > S" in told
    assert "depth=2&width=16" in told


def test_it_hears_that_the_other_runs_are_told_for_one_another(monkeypatch):
    right = verdict_words._evidence

    def swapped(judged, text):
        (chain, chain_steps), (slow, slow_steps) = judged.others["chain"], judged.others["step"]
        others = {"chain": (chain, slow_steps), "step": (slow, chain_steps)}
        return right(replace(judged, others=others), text)

    monkeypatch.setattr(verdict_words, "_evidence", swapped)
    told = found(CHAIN)
    assert "verdict.then.diverged" in told
    assert "verdict.then.learned" in told or "verdict.then.stalled" in told


def test_it_hears_another_rule_for_outcomes(monkeypatch):
    monkeypatch.setattr(outcomes, "EXPLODED_START", float("inf"))
    monkeypatch.setattr(outcomes, "EXPLODED_NORM", float("inf"))
    monkeypatch.setattr(outcomes, "EXPLODED_LOSS", float("inf"))
    told = found(BEFORE)
    assert "verdict.headline.stalled" in told
    assert "outcome exploded" in told


def test_it_hears_that_a_batch_is_told_as_the_beginning(monkeypatch):
    monkeypatch.setattr(course, "start_loss", lambda steps: steps[0].loss)
    told = found(IDLE)
    assert "verdict.headline.stalled" in told
    assert "{start} is" in told


def test_it_hears_that_a_run_is_said_to_be_saved_that_is_not(monkeypatch):
    monkeypatch.setattr(fates, "fate", lambda *_: "saves")
    told = found(CHAIN)
    assert "fixes.fate.saves" in told
    assert "not so: learned" in told


def test_it_hears_a_factor_that_is_doubled(monkeypatch):
    right = autopsy._weights

    def doubled(steps):
        event = right(steps)
        return replace(event, value=2 * event.value)

    monkeypatch.setattr(autopsy, "_weights", doubled)
    told = found(SLOW)
    assert "symptoms.autopsy.events.weights_" in told
    assert "{value} is" in told


def test_it_hears_that_two_sentences_contradict_each_other():
    """Each is checked by itself as well; here the table alone, in which nothing is measured."""
    learned = run(LEARNS)
    both = [(learned, "verdict.then.learned"), (learned, "fixes.fate.stalled_stalled")]
    assert [each.facet for each in contradictions(both)] == ["outcome"]
    assert not list(contradictions(both[:1]))


def test_it_wants_a_claim_for_every_key():
    registry = {key: each for key, each in REGISTRY.items() if key != "verdict.headline.learned"}
    told = "\n".join(try_words(Judge(registry), LEARNS))
    assert "verdict.headline.learned" in told
    assert "no claim stands for this key" in told
