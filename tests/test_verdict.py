"""The verdict's headline says what the loss did, whatever the outcome is called."""

from dataclasses import replace

import pytest

from core.advice import next_steps
from core.experiment import ACTIVATIONS, Experiment
from core.steps import growth
from core.text import load
from core.training import train
from core.ui.verdict import judge, sentences

SMALL = Experiment(depth=3, width=16, steps=40, batch_size=32, gain=1.0, lr=0.05)
IDLE = Experiment(gain=1, clipping="adaptive", clip=0.01)
"""Steps so short that nothing moves; its first loss is below the trivial guess already."""


def said(experiment, language="en"):
    def compute(e):
        return list(train(e))

    verdict = judge(experiment, compute(experiment), compute)
    return verdict, sentences(verdict, load(language))


def test_a_loss_that_fell_has_learned():
    verdict, words = said(SMALL)
    assert verdict.outcome == "learned"
    assert words.startswith("**Learned.**")


@pytest.mark.parametrize(("language", "start"), [("en", "**Counts as"), ("bn", "**হিসাবে")])
def test_a_loss_that_hardly_moved_is_not_said_to_have_learned(language, start):
    verdict, words = said(IDLE, language)
    assert verdict.outcome == "learned"
    assert verdict.steps[-1].final_loss > 0.95 * verdict.steps[0].loss
    assert words.startswith(start)


def test_a_loss_that_rose_in_a_short_run_is_said_to_have_risen():
    verdict, words = said(replace(Experiment(), steps=1))
    assert verdict.outcome == "stalled"
    assert "The loss rose from" in words
    assert verdict.situation == "rose"
    offered = [s.experiment for s in next_steps(verdict.experiment, verdict.situation)]
    assert all(e.lr <= verdict.experiment.lr and e.steps == 1 for e in offered)


def test_a_loss_that_rose_by_a_hair_only_failed_to_learn():
    verdict, words = said(Experiment(normalization="batch", depth=60))
    first, last = verdict.steps[0].loss, verdict.steps[-1].final_loss
    assert first < last < 1.1 * first
    assert "The loss rose from" in words
    assert verdict.situation == "stalled"


@pytest.mark.parametrize("language", ["en", "bn"])
def test_layer_normalization_acquits_the_chain_only_where_the_signal_does_not_grow(language):
    """Under it tanh's signal grows by 1.09 per layer: there the run is tried without it instead."""
    rate = {"depth": 30, "normalization": "layer", "steps": 60}
    tanh = Experiment(activation="tanh", init="orthogonal", gain=1, lr=0.1, **rate)
    verdict, words = said(tanh, language)
    assert growth(verdict.steps[0].signal_norms) > 1.05
    assert verdict.others["chain"][0].normalization == "none"
    relu, innocent = said(Experiment(lr=10, **rate), language)
    assert relu.others["chain"][0] == relu.experiment
    acquitted = {"en": "so the chain is not to blame", "bn": "তাই চেইনের দোষ নেই"}[language]
    assert acquitted in innocent
    assert acquitted not in words


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_cause_can_be_told(activation, normalization, network, language):
    """Also in a network of one layer, whose depth has no growth."""
    for depth in (1, 6):
        e = Experiment(
            network=network, activation=activation, normalization=normalization, depth=depth, lr=10
        )
        _, words = said(replace(e, width=4, batch_size=4, steps=8), language)
        assert "NaN" not in words
        assert "{" not in words
