"""Thresholds from a run's norms, counted by hand and by the standard library; what is said and drawn of them."""

import json
import math
import statistics
from dataclasses import replace

import numpy as np
import pytest

from core.charts.base.look import COLOURS
from core.charts.films.clip_angle import changed, turned, turning
from core.diagnosis.clip_threshold import (
    FEW,
    advised,
    before_explosion,
    kept,
    mean,
    norms_of,
    percentiles,
    rule_of_thumb,
)
from core.experiment import CLIPPINGS, Experiment
from core.labs.clip_threshold import chart
from core.labs.clip_threshold.view import paragraphs
from core.labs.clip_threshold.view_effect import advice, effect
from core.presets import PRESETS
from core.steps import Lost, Step
from core.text import load
from tests.factories import spec_of
from tests.roundings import AS_IS

LANGUAGES = ("en", "bn")
SMALL = Experiment(depth=3, width=8, steps=30, batch_size=16, gain=1.0, lr=0.01)


def step(index, norm, *, cosine=1.0, fraction=0.0, lost=None):
    return Step(
        index=index,
        loss=1.0,
        grad_norm=norm,
        clipped_norm=norm,
        activation_norms=(1.0,) * 3,
        signal_norms=(1.0,) * 3,
        weight_norms=(1.0,) * 4,
        weight_grad_norms=(norm / 2, norm / 4, 0.0, 0.0),
        update_norms=(1.0,) * 4,
        saturated=(0.0,) * 3,
        clipped_fraction=fraction,
        clip_cosine=cosine,
        lost=lost,
    )


def steps_of(norms):
    return [step(i, norm) for i, norm in enumerate(norms)]


def judged(experiment, rounding=AS_IS):
    return rounding.judge(experiment)


def test_percentiles_are_the_standard_librarys():
    norms = [math.exp(math.sin(7 * k)) for k in range(137)]
    cuts = statistics.quantiles(norms, n=100, method="inclusive")
    for t in percentiles(norms, norms):
        assert t.value == float(f"{cuts[int(t.name) - 1]:.1e}")
        assert t.clipped == len([n for n in norms if n > t.value])
    half = percentiles(norms, norms)[0]
    assert half.clipped == pytest.approx(len(norms) / 2, abs=3)


def test_a_few_norms_have_no_percentiles():
    assert percentiles([1.0] * (FEW - 1), [1.0]) == []
    assert len(percentiles([1.0] * FEW, [1.0])) == 5


def test_the_rule_of_thumb_is_half_to_ten_times_the_average():
    norms = [1.0, 2.0, 3.0, 6.0]
    assert [(t.value, t.clipped) for t in rule_of_thumb(mean(norms), norms)] == [
        (1.5, 3),
        (3.0, 1),
        (30.0, 0),
    ]


def test_a_threshold_that_cannot_be_run_says_so_and_an_offer_becomes_the_nearest_that_can():
    assert [kept(v) for v in (1e-9, 0.01234, 4567.0, 1e20)] == [1e-4, 0.012, 4600.0, 1e4]
    (t, *_) = rule_of_thumb(1e20, [1e19, 1e21])
    assert (t.value, t.runs, t.clipped) == (5e19, False, 1)
    assert all(t.runs for t in rule_of_thumb(7.3, [1.0, 2.0]))


def test_what_has_no_place_on_a_logarithmic_axis_is_no_norm():
    assert norms_of(steps_of([1.0, 0.0, math.inf, math.nan, 2.0])) == [1.0, 2.0]


def test_an_explosion_begins_where_the_norm_passes_ten_times_the_average_before():
    assert before_explosion([1.0, 2.0, 3.0, 20.0, 1e9]) == [1.0, 2.0, 3.0, 20.0]
    assert before_explosion([1.0, 2.0, 3.0, 20.1, 1e9]) == [1.0, 2.0, 3.0]
    assert before_explosion([5.0]) == [5.0]
    assert before_explosion([]) == []


def test_every_way_to_clip_has_a_threshold():
    found = advised(steps_of([1.0, 3.0, math.nan, 0.0]))
    assert tuple(found) == CLIPPINGS[1:]
    assert found["global_norm"] == 2.0
    assert found["norm"] == 1.0
    for method, clip in found.items():
        assert replace(SMALL, clipping=method, clip=clip).clip == clip


def test_counts_are_what_the_engine_would_have_clipped(rounding):
    """At the threshold, the run's first clipped step is the first that was counted."""
    free = rounding.train(SMALL)
    norms = norms_of(free)
    t = percentiles(norms, norms)[2]
    first = next(s.index for s in free if s.grad_norm > t.value)
    clipped = rounding.train(replace(SMALL, clipping="global_norm", clip=t.value))
    assert first == next(s.index for s in clipped if s.clipped_fraction > 0)
    assert 0 < t.clipped < len(norms)


@pytest.mark.parametrize("method", CLIPPINGS[1:])
def test_the_angle_is_kept_by_the_global_norm_alone(method, rounding):
    clips = {"value": 0.01, "norm": 0.01, "global_norm": 0.01, "adaptive": 0.001}
    steps = rounding.train(replace(SMALL, clipping=method, clip=clips[method]))
    angles = [turned(s) for s in steps]
    assert all(0 <= a <= 90 for a in angles)
    assert (max(angles) < 1e-4) == (method == "global_norm")
    assert all(0 <= changed(s) <= 100 for s in steps)


def test_the_angle_of_45_degrees_is_drawn_in_the_middle_of_its_panel():
    steps = [step(0, 5.0, cosine=math.sqrt(0.5), fraction=0.25), step(1, math.nan, cosine=math.nan)]
    rows = turning.frame(steps, SMALL, load("en"), True)
    lines = rows[rows["kind"] == "line"]
    assert lines["y"].tolist() == pytest.approx([2.5 + 0.5, 1.0 + 0.25])
    assert list(lines["place"]) == ["45°", "25\u00a0%"]
    assert (rows[rows["kind"] == "limit"]["y"] > 0).all()
    assert turning.alt(steps, SMALL, load("en")).count("45°") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "norms", [[], [math.nan], [0.0, 0.0], [1.0], [1.0, math.inf], [1.0, 1e30], [2.0] * 40]
)
def test_whatever_the_norms_everything_can_be_said_and_drawn(norms, language):
    text, steps = load(language), steps_of(norms)
    rows = turning.frame(steps, SMALL, text, True)
    assert np.isfinite(rows.select_dtypes("number").to_numpy(float)).all()
    assert "{" not in turning.alt(steps, SMALL, text)
    usable = norms_of(steps)
    if usable:
        table = [*percentiles(usable, usable), *rule_of_thumb(mean(usable), usable)]
        drawn = chart.frame(usable, table, text)
        assert (drawn[["y", "y2"]] > 0).all(axis=None)
        assert set(drawn["series"]) <= {*COLOURS, ""}
        assert "{" not in chart.alt_text(usable, text)


@pytest.mark.parametrize("build", [turning.build, chart.build])
def test_specifications_hold_no_data(build):
    first = json.dumps(spec_of(build, load("bn"), "dark"))
    assert '"data"' not in first
    assert json.dumps(spec_of(build, load("bn"), "dark", height=500, font=20)) != first


RUNS = {
    "own": SMALL,
    "chain": Experiment(steps=40),
    "step": Experiment(depth=4, width=16, activation="tanh", init="lecun_normal", lr=2.0, steps=60),
    "clipped": replace(SMALL, clipping="value", clip=0.001),
    "global": replace(SMALL, clipping="global_norm", clip=0.5),
    "never": replace(SMALL, clipping="global_norm", clip=1e4),
    "one": replace(SMALL, depth=1, width=1, steps=1),
    "rnn": Experiment(network="rnn", depth=5, width=8, steps=10, activation="relu", gain=3.0),
}


@pytest.mark.parametrize("name", RUNS)
def test_every_run_is_told_in_both_languages(name):
    verdict = judged(RUNS[name])
    found = advice(verdict)
    for text in map(load, LANGUAGES):
        for said in [*paragraphs(found, text), effect(verdict, text) if name == "global" else ""]:
            assert "{" not in said
    if found.reference in ("chain", "step"):
        assert len(found.base) <= len(found.norms)


def test_an_exploded_run_goes_by_the_one_that_survived(rounding):
    found = advice(judged(RUNS["chain"], rounding))
    assert found.reference == "chain"
    assert found.average < found.norms[0]
    said = " ".join(paragraphs(found, load("en")))
    assert load("en")("keras_example.advisor.cause_chain") in said


def test_the_effect_of_clipping_is_told_as_it_was():
    text = load("en")
    lost = Lost("weight_gradient", 1)
    steps = [
        step(0, 4.0, cosine=0.5, fraction=0.5),
        step(1, 4.0, cosine=1.0),
        step(2, math.inf, cosine=math.nan, fraction=1.0, lost=lost),
    ]
    told = effect(
        replace(advice(judged(SMALL)).verdict, steps=steps, experiment=RUNS["clipped"]), text
    )
    assert "1 of 2 steps" in told
    assert "60°" in told
    assert "50\u00a0%" in told
    assert text("keras_example.measured.lost") in told


@pytest.mark.parametrize(
    ("preset", "key"), [("saved_by_clipping", "learned_clipped"), ("hidden", "cause_step_rescaled")]
)
def test_a_threshold_is_not_said_to_do_what_it_cannot(preset, key, rounding):
    """A run that only its clipping keeps alive; and one whose optimizer undoes any clipping."""
    verdict = judged(PRESETS[preset], rounding)
    text = load("en")
    e = verdict.experiment
    slots = {"lr": text.exact(e.lr), "optimizer": text(f"ui.choices.optimizer.{e.optimizer}")}
    said = " ".join(paragraphs(advice(verdict), text))
    assert text(f"keras_example.advisor.{key}", **slots) in said


def test_where_there_was_nothing_to_clip_it_is_said(float32):
    e = Experiment(depth=100, activation="tanh", init="normal", gain=3, clipping="global_norm")
    assert effect(judged(e, float32), load("en")) == load("en")("keras_example.measured.nothing")
