"""The verdict's headline says what the loss did, whatever the outcome is called."""

import math
import re
from dataclasses import replace
from itertools import product

import pytest

from core.activations import ACTIVATIONS
from core.diagnosis.cell import Cell
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment, growth_one
from core.steps import Lost, growth
from core.text import load
from core.words.course import ending, evaluated, travelled
from core.words.verdict import aimed, sentences
from tests.factories import calm
from tests.roundings import AS_IS

SMALL = Experiment(depth=3, width=16, steps=40, batch_size=32, gain=1.0, lr=0.05)


def said(experiment, language="en", rounding=AS_IS):
    verdict = rounding.judge(experiment)
    return verdict, sentences(verdict, load(language))


def test_a_loss_that_fell_has_learned(rounding):
    verdict, words = said(SMALL, rounding=rounding)
    assert verdict.outcome == "learned"
    assert words.startswith("**Learned.**")


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(
    ("start", "kind"), [(2.0, "learned"), (0.93, "learned_hardly"), (0.8, "learned_rose")]
)
def test_a_run_that_only_counts_as_learned_is_told_as_that(start, kind, language):
    text = load(language)
    steps = run(start, 0.9)
    words = sentences(AS_IS.judge(Experiment(steps=3), steps), text)
    assert words.startswith(text.get(f"verdict.headline.{kind}").split("{")[0])
    counted = text.get("verdict.then.learned_hardly").split("(")[0]
    assert ending(steps, Experiment(steps=3), text).startswith(counted) == (kind != "learned")


@pytest.mark.parametrize(
    ("start", "end", "told", "situation"),
    [
        (1.1, 1.0, "fell from 1.1 to 1", "stalled"),
        (1.0, 1.04, "began at 1 and ended at 1.04", "stalled"),
        (1.0, 1.06, "rose from 1 to 1.06", "rose"),
    ],
)
def test_what_the_loss_did_is_told_by_all_the_data(start, end, told, situation):
    """Not by the first batch's loss, which lies to the other side."""
    steps = run(start, end, first_batch=start + (end > start) - 0.5)
    verdict = AS_IS.judge(Experiment(steps=3), steps)
    assert verdict.outcome == "stalled"
    assert told in sentences(verdict, load("en"))
    assert verdict.situation == situation


def run(start, end, first_batch=1.0, **last):
    """Three steps of a run that stayed finite."""
    first = calm(0, loss=first_batch, start_loss=start)
    ended = {"end_loss": end, "final_loss": end, "final_grad_norm": 1.0}
    return [first, calm(1), replace(calm(2), **(ended | last))]


def test_an_explosion_before_the_first_update_is_told_as_one(rounding):
    verdict, words = said(
        Experiment(depth=5, width=16, init="normal", optimizer="adam", steps=3), rounding=rounding
    )
    assert verdict.steps[0].start_loss > 1000
    assert verdict.outcome == "exploded"
    assert words.startswith("**Exploded before the first update")


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_run_that_learned_through_a_spike_is_told_as_that(language):
    """Rounding leaves this one alone: a factor of 1e7 up in a few steps, and down again."""
    steps = run(2.0, 0.5)
    steps[1] = replace(steps[1], loss=1e7)
    words = sentences(AS_IS.judge(Experiment(steps=3), steps), load(language))
    assert words.startswith(load(language).get("verdict.headline.learned_spike").split("{")[0])


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_frozen_memory_is_told_with_what_torch_and_keras_make_of_it(language, rounding):
    verdict, words = said(Experiment(depth=60, gain=2, optimizer="adam"), language, rounding)
    assert verdict.outcome == "diverged"
    assert verdict.steps[-1].lost.quantity == "memory"
    assert {"en": "would go on, frozen", "bn": "জমে গিয়েও চলতে থাকত"}[language] in words


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"signal_norms": (0.0, 1.0), "saturated": (0.5, 1.0)}, "stalled_dead"),
        ({"signal_norms": (0.0, 1.0), "saturated": (0.5, 0.9)}, "stalled_silent_mlp"),
        ({"signal_norms": (0.0, 1e-38), "saturated": (0.5, 0.9)}, "stalled_shrunk_mlp"),
    ],
)
def test_a_network_that_no_signal_reaches_is_told_as_that(changed, key, language):
    steps = [replace(step, **changed) for step in run(1.1, 1.05)]
    words = sentences(AS_IS.judge(Experiment(steps=3), steps), load(language))
    assert words.startswith(load(language).get(f"verdict.headline.{key}").split("{")[0])


LOST = [calm(0, start_loss=2.0), *(calm(i, loss=10.0**i) for i in range(1, 20))]
LOST.append(calm(20, loss=math.inf, lost=Lost("loss")))


@pytest.mark.parametrize(
    ("outcome", "end", "told"),
    [
        ("diverged", 21, "**Diverged at step 20.** "),
        ("diverged", 25, "anywhere from step 20 to step 25"),
        ("diverged", 14, "anywhere from step 14 to step 20"),
        (
            "stalled",
            40,
            "**Rounding decides this one:** the same run, changed by a millionth, stalls",
        ),
    ],
)
def test_a_twin_that_ends_elsewhere_is_told(outcome, end, told):
    e = Experiment(steps=40)
    twin = Cell(e, outcome, 1.2, 1e3, end)
    assert told in sentences(Verdict(e, LOST, "diverged", twin=twin), load("en"))


def test_a_twin_whose_explosion_has_another_cause_is_told():
    e = Experiment(steps=40)
    others = {name: (e, run(2.0, 0.5)) for name in ("chain", "step")}
    twins = {"chain": "learned", "step": "diverged"}
    twin = Cell(e, "diverged", 1.2, 1e3, 20)
    verdict = Verdict(e, LOST, "diverged", others, twin, twins)
    assert (verdict.cause, verdict.twins_cause) == ("both", "chain")
    words = sentences(verdict, load("en"))
    assert "**Rounding decides the cause:**" in words
    assert "there the chain is to blame." in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_one_layer_is_no_chain(language, rounding):
    verdict, words = said(Experiment(depth=1, gain=2, lr=1, steps=50), language, rounding)
    assert verdict.cause in ("step", "neither")
    assert {"en": "no chain that could multiply", "bn": "গুণ হওয়ার মতো কোনো চেইন নেই"}[
        language
    ] in words


def test_growth_by_pocket_calculator():
    """What is said per layer, to the power of the layers, is what is said of all, in the digits that are shown."""
    for ratio, depth in ((52.8, 20), (3.76e4, 60), (1e-9, 30), (2.0, 2), (1.0, 5), (1e250, 100)):
        norms = tuple(ratio ** ((depth - 1 - k) / (depth - 1)) for k in range(depth))
        e = Experiment(depth=depth)
        words = travelled(calm(0, signal_norms=norms), e, load("en"))
        told = re.search(r"(?:factor of|shrank to) ([\d.]+)", words)[1]
        if "received" in words:
            whole = re.search(r"received (.+) times what", words)[1]
            assert load("en").number(float(told) ** (depth - 1)) == whole
        assert f"through {depth - 1} layer" in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_layer_normalization_acquits_the_chain_only_where_the_signal_does_not_grow(
    language, rounding
):
    """Under it tanh's signal grows by 1.09 per layer: there the run is tried without it instead."""
    rate = {"depth": 30, "normalization": "layer", "steps": 60}
    tanh = Experiment(activation="tanh", init="orthogonal", gain=1, lr=0.1, **rate)
    verdict, words = said(tanh, language, rounding)
    assert growth(verdict.steps[0].signal_norms) > 1.05
    assert verdict.others["chain"][0].normalization == "none"
    relu, innocent = said(Experiment(lr=10, **rate), language, rounding)
    assert relu.others["chain"][0] == relu.experiment
    acquitted = {"en": "so the chain is not to blame", "bn": "তাই চেইনের দোষ নেই"}[language]
    assert acquitted in innocent
    assert acquitted not in words


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(
    ("normalization", "width", "key"),
    [
        ("layer", 1, "already_cancelled"),
        ("layer", 2, "already_cancelled"),
        ("batch", 2, "both_runs_plain"),
        ("batch", 16, "both_runs_layer"),
    ],
)
def test_no_growth_is_told_of_a_layer_normalization_that_cancels(
    normalization, width, key, language
):
    e = Experiment(normalization=normalization, width=width, lr=10, steps=40)
    verdict, words = said(e, language)
    assert verdict.outcome == "diverged"
    sentence, aim = (
        re.split(r"\{\w+\}", load(language).get(f"verdict.{name}"))[0]
        for name in (f"evidence.{key}", "aim.layer_mlp")
    )
    assert sentence in words
    assert (aim in words) == (width == 16)


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
def test_a_chain_that_shrinks_is_not_said_to_have_multiplied(language, rounding):
    shrinks = Experiment(
        depth=5, width=32, init="lecun_normal", gain=0.5, optimizer="adam", lr=0.3, steps=50, seed=4
    )
    verdict, words = said(shrinks, language, rounding)
    assert verdict.cause == "step"
    assert {"en": "Its weights start too small", "bn": "এর ওজনগুলো শুরুতে এত ছোট"}[language] in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_the_lowest_rate_is_not_called_a_tenth(language, rounding):
    keys = ("none", "lowest", "tenth")
    parts = {
        key: max(re.split(r"\{\w+\}", load(language).get(f"verdict.slower.{key}")), key=len)
        for key in keys
    }
    for lr, key in ((1e-6, "none"), (2e-6, "lowest"), (1e-3, "tenth")):
        _, words = said(Experiment(gain=3, lr=lr, steps=5), language, rounding)
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
    steps = [calm(i) for i in range(e.steps)]
    steps[-1] = replace(steps[-1], end_loss=1.2, final_loss=3.6, final_grad_norm=1.0)
    text = load(language)
    shares = {"share": text.number(100 * 0.9**e.steps, 2), "updates": e.steps}
    assert evaluated(steps, e, text) == text(f"verdict.evaluated.{kind}", loss=3.6, **shares)
    near = [*steps[:-1], replace(steps[-1], final_loss=1.3)]
    assert evaluated(near, e, text) == ""


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_draw_that_grows_against_theory_is_not_acquitted_by_it(language, rounding):
    """Two units: theory of wide networks says 0.95 per time step, and this draw has 1.23."""
    text = load(language)
    narrow = Experiment(
        network="rnn", activation="linear", init="lecun_normal", width=2, gain=0.95, lr=0.003, depth=40,
        batch_size=16, steps=30, seed=2,
    )  # fmt: skip
    verdict, words = said(narrow, language, rounding)
    assert growth(verdict.steps[0].signal_norms) > 1.2
    assert verdict.others["chain"][0] == narrow
    assert text.get("verdict.evidence.already_grew").split("{")[0] in words
    assert text.get("verdict.evidence.already_less").split("(")[0] not in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_chain_that_did_not_multiply_at_the_start_is_not_said_to(language, rounding):
    """Eight units: theory of wide networks says 1.1 per layer, and this draw has 0.77."""
    text = load(language)
    verdict, words = said(
        Experiment(width=8, depth=5, gain=1.1, lr=0.3, steps=60, seed=3), language, rounding
    )
    assert growth(verdict.steps[0].signal_norms) < 0.8
    assert verdict.cause == "both"
    assert text("verdict.cause.both_unseen") in words
    assert text("verdict.cause.both") not in words


def test_a_loss_by_young_averages_is_no_rise(rounding):
    """One step of next to nothing: by running statistics that one batch has hardly touched the loss is 1085."""
    verdict, words = said(Experiment(normalization="batch", steps=1, lr=1e-5), rounding=rounding)
    assert verdict.situation == "stalled"
    assert "began at 1.4" in words
    assert "after 1 update they are still 90\u00a0% what they began as" in words


@pytest.mark.parametrize("language", ["en", "bn"])
def test_a_cause_is_not_told_where_a_millionth_prevents_the_explosion_as_well(language):
    e, text = Experiment(steps=40), load(language)
    others = {name: (e, run(2.0, 0.5)) for name in ("chain", "step")}
    verdict = Verdict(e, LOST, "diverged", others, Cell(e, "stalled", 1.2, 1e3, 40))
    assert verdict.cause is None
    words = sentences(verdict, text)
    assert text("verdict.cause.open") in words
    assert text("verdict.cause.both") not in words
