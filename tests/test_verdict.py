"""The verdict's headline says what the loss did, whatever the outcome is called."""

import re
from dataclasses import replace
from itertools import product

import pytest

from core.advice import next_steps
from core.experiment import ACTIVATIONS, Experiment, growth_one
from core.steps import growth
from core.text import load
from core.training import train
from core.ui.verdict import aimed, ending, evaluated, judge, sentences

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


@pytest.mark.parametrize(
    ("language", "start"), [("en", "**Counts as"), ("bn", "**এই অ্যাপের মাপে শিখেছে")]
)
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
    """Whether too fast or with much gain; also in a network of one layer, which has no growth."""
    e = Experiment(network=network, activation=activation, normalization=normalization)
    for depth, (lr, gain) in product((1, 6), ((10, 1), (0.01, 5))):
        changed = {"depth": depth, "lr": lr, "gain": gain}
        verdict, words = said(replace(e, width=4, batch_size=4, steps=8, **changed), language)
        told = load(language).get("verdict.cause")
        assert "NaN" not in words
        assert any(sentence in words for sentence in told.values()) == (verdict.cause is not None)


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_chain_that_shrinks_is_not_said_to_have_multiplied(language):
    shrinks = Experiment(
        depth=5, width=32, init="lecun_normal", gain=0.5, optimizer="adam", lr=0.3, steps=50, seed=4
    )
    verdict, words = said(shrinks, language)
    assert verdict.cause == "step"
    assert {"en": "Its weights start too small", "bn": "এর ওজনগুলো শুরুতে এত ছোট"}[language] in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_lowest_rate_is_not_called_a_tenth(language):
    keys = ("none", "lowest", "tenth")
    parts = {
        key: max(re.split(r"\{\w+\}", load(language).get(f"verdict.slower.{key}")), key=len)
        for key in keys
    }
    for lr, key in ((1e-6, "none"), (2e-6, "lowest"), (1e-3, "tenth")):
        _, words = said(Experiment(gain=3, lr=lr, steps=5), language)
        assert [each for each in keys if parts[each] in words] == [key]


def test_a_gain_that_does_not_reach_a_growth_of_one_is_said_to_come_near():
    """Sigmoid's takes a sigma_w of 10; of a width of 4 no offered gain makes more than 5."""
    narrow = growth_one(Experiment(width=4, activation="sigmoid"))
    assert narrow.sigma_w < 6
    assert load("en")("verdict.aim.nearest") in aimed(narrow, load("en"))
    assert load("en")("verdict.aim.deep") in aimed(growth_one(Experiment()), load("en"))


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"steps": 2, "depth": 1}, "early"),
        ({"steps": 60, "depth": 1}, "one"),
        ({"steps": 60}, "deep"),
    ],
)
def test_the_running_averages_are_told_as_old_as_they_are(changed, kind, language):
    """Of what they began as an update leaves nine tenths."""
    e = replace(Experiment(depth=12, width=8, normalization="batch"), **changed)
    steps = list(train(e))
    last = steps[-1]
    far = [*steps[:-1], replace(last, final_loss=3 * last.loss)]
    text = load(language)
    words = evaluated(far, e, text)
    shares = {"share": text.number(100 * 0.9**e.steps, 2), "updates": e.steps}
    assert words == text(f"verdict.evaluated.{kind}", batch=last.loss, **shares)


def test_a_run_whose_loss_hardly_fell_only_counts_as_learned():
    steps = list(train(IDLE))
    assert "counts as learned" in ending(steps, IDLE, load("en"))


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_draw_that_grows_against_theory_is_not_acquitted_by_it(language):
    """Two units: theory of wide networks says 0.95 per time step, and this draw has 1.23."""
    text = load(language)
    narrow = Experiment(
        network="rnn", activation="linear", init="lecun_normal", width=2, gain=0.95, lr=0.003, depth=40,
        batch_size=16, steps=30, seed=2,
    )  # fmt: skip
    verdict, words = said(narrow, language)
    assert growth(verdict.steps[0].signal_norms) > 1.2
    assert verdict.others["chain"][0] == narrow
    assert text.get("verdict.evidence.already_grew").split("{")[0] in words
    assert text.get("verdict.evidence.already_less").split("(")[0] not in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_chain_that_did_not_multiply_at_the_start_is_not_said_to(language):
    """Eight units: theory of wide networks says 1.1 per layer, and this draw has 0.77."""
    text = load(language)
    verdict, words = said(
        Experiment(width=8, depth=5, gain=1.1, lr=0.3, steps=60, seed=3), language
    )
    assert growth(verdict.steps[0].signal_norms) < 0.8
    assert verdict.cause == "both"
    assert text("verdict.cause.both_unseen") in words
    assert text("verdict.cause.both") not in words


def test_a_final_loss_of_young_averages_is_no_rise():
    """In training it fell: more steps help, a lower rate does not."""
    verdict, words = said(Experiment(normalization="batch", depth=20, steps=3))
    losses = [step.loss for step in verdict.steps]
    assert losses[-1] < losses[0] < verdict.steps[-1].final_loss
    assert "running averages, which after 3 updates" in words
    assert verdict.situation == "stalled"
