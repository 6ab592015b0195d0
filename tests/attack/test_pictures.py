"""Every picture of steps that hold any numbers: rows that an axis can draw, words without holes, plain JSON."""

import json
import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.base.look import Look
from core.charts.base.palette import PALETTES
from core.charts.base.picture import FONT, HEIGHT, specification
from core.charts.films import film as films
from core.charts.films import seismograph as waves
from core.charts.films import two_runs
from core.charts.films.by_layer import factors, signal_by_layer
from core.charts.films.clip_angle import turning
from core.charts.films.heatmap import heatmap
from core.diagnosis.clip_threshold import norms_of, percentiles, rule_of_thumb
from core.diagnosis.symptoms import diagnose, first_warning
from core.engine.jacobians import ChainRule, Spread
from core.experiment import CLIPPINGS, RANGES, Experiment
from core.kinds import KINDS
from core.labs.chain_rule import chart as chain_rule
from core.labs.chain_rule.model import Measured
from core.labs.cliff import chart as cliff
from core.labs.cliff import model as plane
from core.labs.cliff.view import CLIPS, LRS
from core.labs.clip_arrow import chart as clip_arrow
from core.labs.clip_arrow.model import Arrow
from core.labs.clip_threshold import chart as clip_threshold
from core.labs.powers import chart as powers
from core.labs.powers.view import OPTIONS
from core.labs.race import chart as race
from core.labs.symptoms import chart as early
from core.labs.symptoms.view import told
from core.labs.travel import chart as travel
from core.labs.travel.measure import Start
from core.steps import Lost
from core.text import load
from tests.attack.numbers import any_number, some
from tests.factories import LANGUAGES, calm

POSITIVE = (
    *(films.film, films.film_with_weights, films.film.warned(1), films.clip_effect),
    *(waves.seismograph, signal_by_layer, factors),
)
"""Over a logarithmic axis."""
PICTURES = (*POSITIVE, turning, heatmap)
BUILDS = {
    **{picture.name: picture.build for picture in PICTURES},
    **{
        module.__name__: module.build
        for module in (race, early, chain_rule, clip_threshold, clip_arrow, cliff)
    },
}
EXPERIMENTS = [
    Experiment(network=network, depth=3, steps=steps, clipping=clipping)
    for network, steps, clipping in product(KINDS, (1, 6, 2000), CLIPPINGS)
]
BY_LAYER = ("activation_norms", "signal_norms", "saturated")
BY_MATRIX = ("weight_norms", "weight_grad_norms", "update_norms")
ALONE = ("loss", "grad_norm", "clipped_norm")
shares = st.floats(0, 1) | st.sampled_from([math.nan, 0.0, 1.0, 5e-324])
LOSSES = (
    *(Lost(name) for name in ("loss", "start_loss", "final_loss", "final_gradient")),
    *(Lost(name, 2) for name in ("activation", "signal", "weight_gradient", "weight", "memory")),
)


@st.composite
def runs(draw):
    """An experiment, and steps of it that hold whatever there is; often lost at the last."""
    experiment = draw(st.sampled_from(EXPERIMENTS))
    count = draw(st.integers(1, min(experiment.steps, 5)))
    matrices = len(experiment.kind.matrices) or experiment.depth + 1
    sizes = dict.fromkeys(BY_LAYER, experiment.depth) | dict.fromkeys(BY_MATRIX, matrices)
    steps = []
    for index in range(count):
        many = {
            name: tuple(draw(st.lists(any_number, min_size=size, max_size=size)))
            for name, size in sizes.items()
        }
        alone = {name: draw(any_number) for name in ALONE}
        turned = {"clipped_fraction": draw(shares), "clip_cosine": draw(shares)}
        steps.append(calm(index, **many, **alone, **turned))
    if draw(st.booleans()):
        steps[-1] = replace(steps[-1], lost=draw(st.sampled_from(LOSSES)))
    return experiment, steps


def assert_drawable(rows, positive=False):
    numbers = rows.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy(float)).all()
    if positive and len(rows):
        assert (rows[["y", "y2"]] > 0).all(axis=None)
        limits = rows[rows["kind"] == "limit"]
        assert len(limits) >= 2
        assert limits["y"].min() < limits["y"].max()


@pytest.mark.parametrize("name", BUILDS)
def test_a_specification_is_plain_json(name):
    look = Look(load("bn"), PALETTES["dark"], HEIGHT, FONT, "step")
    written = json.dumps(specification(BUILDS[name], look), allow_nan=False)
    assert "Infinity" not in written


@some
@given(runs(), st.sampled_from(LANGUAGES), st.booleans())
def test_a_film_of_any_numbers(run, language, done):
    (experiment, steps), text = run, load(language)
    for picture in PICTURES:
        assert_drawable(picture.frame(steps, experiment, text, done), picture in POSITIVE)
        said = picture.alt(steps, experiment, text)
        assert said
        assert "{" not in said
        clock = picture.timeline(steps, experiment, done)
        assert 0 < clock.known <= clock.frames


@some
@given(runs(), runs(), st.sampled_from(LANGUAGES), st.booleans())
def test_two_runs_of_any_numbers(one, other, language, moments):
    text = load(language)
    sides = [two_runs.Side(*one), two_runs.Side(*other)]
    shown = two_runs.picture(sides, moments=moments)
    assert_drawable(two_runs.frame(*sides, shown, text), positive=True)


@some
@given(st.lists(runs(), min_size=1, max_size=3), any_number, st.booleans())
def test_a_race_of_any_numbers(several, trivial, done):
    text = load("en")
    keys = ("unfixed", "clipping", "rate")
    runners = [race.Runner(key, key, steps) for key, (_, steps) in zip(keys, several, strict=False)]
    planned = max(experiment.steps for experiment, _ in several)
    fair = trivial if math.isfinite(trivial) and trivial > 0 else 1.0
    assert_drawable(race.frame(runners, planned, fair, text, done), positive=True)
    assert "{" not in race.alt(runners, text)


@some
@given(runs(), st.sampled_from(LANGUAGES))
def test_rules_that_heard_any_numbers(run, language):
    (experiment, steps), text = run, load(language)
    found = diagnose(steps, experiment)
    warning = first_warning(found)
    voices = told(steps, found, text)
    assert len(voices) == early.ROWS
    rows = early.frame(voices, steps[-1].index, warning.step if warning else None, "")
    assert_drawable(rows)


@some
@given(runs(), st.sampled_from(LANGUAGES))
def test_thresholds_among_any_norms(run, language):
    norms, text = norms_of(run[1]), load(language)
    assert all(math.isfinite(norm) and norm > 0 for norm in norms)
    norms = [norm for norm in norms if 1e-290 < norm < 1e290]  # as ten times float32's are
    if norms:
        rows = [*percentiles(norms, norms), *rule_of_thumb(float(np.mean(norms)), norms)]
        assert_drawable(clip_threshold.frame(norms, rows, text), positive=True)
        assert "{" not in clip_threshold.alt_text(norms, text)


LAYERS = 4
arrays = st.lists(any_number, min_size=2 * LAYERS, max_size=2 * LAYERS).map(
    lambda values: np.array(values).reshape(2, LAYERS)
)
starts = st.sampled_from([Experiment(network=network, depth=LAYERS) for network in KINDS])


@some
@given(starts, arrays, arrays, arrays)
def test_a_signals_way_through_any_numbers(experiment, signals, weights, activations):
    text = load("en")
    with np.errstate(all="ignore"):
        seen = Start(experiment, signals, weights, activations, signals[:, 0])
        assert_drawable(travel.frame(seen, text, beside=seen), positive=True)
        assert "{" not in travel.alt(seen, text)
        travel.leaves(seen)


logs = st.floats(-700, 700) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 308.5, -323.9])
of_layers = st.lists(logs, min_size=LAYERS, max_size=LAYERS).map(tuple)


@some
@given(starts, of_layers, logs, of_layers, st.lists(logs, min_size=3, max_size=3))
def test_a_product_of_any_factors(experiment, lengths, weights, norms, spread):
    chain = ChainRule(
        samples=1,
        squares=(1.0,) if experiment.network == "mlp" else (1.0,) * LAYERS,
        lengths=lengths,
        norms=norms[1:],
        spreads=(Spread(1, 1, *sorted(spread, reverse=True)),),
        measured=weights,
        last_norm=norms[0],
    )
    text, measured = load("en"), Measured(experiment, chain)
    assert_drawable(chain_rule.frame(measured, text))
    assert "{" not in chain_rule.alt(measured, text)


@some
@given(st.sampled_from(OPTIONS) | st.floats(OPTIONS[0], OPTIONS[-1]), st.integers(1, 300))
def test_any_power(factor, count):
    for language in LANGUAGES:
        rows = powers.frame(factor, min(count, powers.MOST_FACTORS), load(language))
        assert_drawable(rows, positive=True)


@some
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(*RANGES["clip"]))
def test_any_arrow(x, y, clip):
    for language in LANGUAGES:
        assert_drawable(clip_arrow.frame(Arrow(x, y), clip, load(language)))


@some
@given(
    st.floats(*plane.W_RANGE),
    st.floats(*plane.B_RANGE),
    st.sampled_from(LRS),
    st.sampled_from(CLIPS),
)
def test_any_descent_from_the_cliff(w, b, lr, clip):
    paths = plane.descend(w, b, lr, clip)
    assert_drawable(cliff.frames(plane.surface(), paths, load("en"))["over"])
