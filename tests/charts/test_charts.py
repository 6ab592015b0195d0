"""The pictures: a specification that never knows the data, and rows that a logarithmic axis can draw."""

import json
import math
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from altair.utils.schemapi import DEBUG_MODE

from core import charts
from core.charts.base.layers import COLOURS
from core.charts.base.look import Look
from core.charts.base.measure import SENTENCE, text_width, wrap
from core.charts.base.palette import PALETTES
from core.charts.base.picture import FONT, HEIGHT
from core.charts.base.rows import (
    DEFAULTS,
    HIGH_BLOCKS,
    LAST_FRAME,
    LOW_BLOCKS,
    NEVER,
    Point,
    Rows,
    blocks,
    thin,
)
from core.charts.films.by_layer import factors, factors_of, signal_by_layer
from core.charts.films.clip_angle import turning
from core.charts.films.film import clip_effect, film, film_with_weights
from core.charts.films.heatmap import heatmap
from core.charts.films.seismograph import main_picture, seismograph
from core.charts.names.marks import end_sentence
from core.charts.names.stack import NARROW_LINES
from core.experiment import Experiment
from core.labs.chain_rule import chart as chain_rule
from core.labs.cliff import chart as cliff
from core.labs.clip_arrow import chart as arrows
from core.labs.clip_threshold import chart as clip_threshold
from core.labs.race import chart as race
from core.labs.symptoms import chart as symptoms
from core.steps import Lost
from core.text import load
from tests.factories import (
    BROKEN,
    DEPTH,
    EXPERIMENT,
    EXPLODES,
    LANGUAGES,
    RNN,
    RUNS,
    SURVIVES,
    spec_of,
    step,
)

PICTURES = (film, film_with_weights, clip_effect, seismograph, signal_by_layer, factors)
LOST = (
    *((name, None) for name in ("loss", "start_loss", "final_loss", "final_gradient")),
    *((name, 2) for name in ("activation", "signal", "weight_gradient", "weight", "memory")),
)
CLIPPED = Experiment(depth=DEPTH, steps=50, clipping="global_norm", clip=2.0)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda p: p.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_specification_is_the_same_to_the_byte_and_holds_no_data(picture, language):
    text, palette = load(language), PALETTES["light"]
    first = json.dumps(picture.spec(text, palette))
    picture.frame(EXPLODES, EXPERIMENT, text)
    picture.frame(SURVIVES, CLIPPED, text)
    assert json.dumps(picture.spec(text, palette)) == first
    assert '"data"' not in first
    assert '"datasets"' not in first
    assert first != json.dumps(picture.spec(text, PALETTES["dark"]))
    assert picture.spec(text, palette, height=500, font=20)["height"] == 500


@pytest.mark.parametrize(("picture", "unit"), [(film, "frame"), (seismograph, "moment")])
def test_a_specification_has_its_playhead_and_shows_the_end_without_a_player(picture, unit):
    head, seen = picture.spec(load("en"), PALETTES["light"])["params"]
    assert (seen["name"], seen["value"]) == ("seen", 1)
    assert head["name"] == unit
    assert head["value"] == LAST_FRAME
    assert head["bind"]["max"] == LAST_FRAME
    assert LAST_FRAME < NEVER


@pytest.mark.parametrize(("name", "picture"), list(product(RUNS, PICTURES)))
@pytest.mark.parametrize("experiment", [EXPERIMENT, CLIPPED, RNN], ids=["plain", "clipped", "rnn"])
def test_rows_hold_only_what_a_logarithmic_axis_can_draw(name, picture, experiment):
    steps = RUNS[name]
    for text in map(load, LANGUAGES):
        for done in (True, False):
            rows = picture.frame(steps, experiment, text, done)
            numbers = rows.select_dtypes("number").to_numpy(float)
            assert np.isfinite(numbers).all()
            assert (rows[["y", "y2"]] > 0).all(axis=None)
            assert set(rows["series"]) <= set(COLOURS) | {""}
            limits = rows[rows["kind"] == "limit"]
            assert len(limits) >= 2
            told = picture.alt(steps, experiment, text)
            assert told
            assert "{" not in told


SEEN = {"kind", "frame", "until"}
NAMED = {"text", "wide", "narrow"}
LAYERS = {
    "limit": {"x", "y", "y2"},
    "line": {"series", "part", "x", "y", "place", "dot", "settled"} | NAMED,
    "name": {"series", "x", "y"} | NAMED,
    "level": {"series", "y"} | NAMED,
    "said": {"series", "x"} | NAMED,
    "rule": {"series", "x"},
    "warning": {"series", "x"},
    "step": {"x", "x2", "number", "text", "short"},
    "band": {"x", "x2"},
    "profile": {"series", "text", "place", "dot", "settled", "words", "least", "step"},
    "one": {"y"},
    "panel": {"y", "text"},
    "image": {"image", "x", "x2", "y", "y2"},
    "key": {"series", "text", "left"},
    **{kind: {"text"} for kind in ("title", "foot", "note", "low", "high")},
}
"""What a row of each layer says, beside when it is seen."""


BUILDS = {picture.name: picture.build for picture in (*PICTURES, heatmap, turning)} | {
    module.__name__: module.build
    for module in (arrows, chain_rule, cliff, clip_threshold, race, symptoms)
}


@pytest.mark.parametrize("name", BUILDS)
def test_every_specification_is_vega_lites(name):
    """By its schema, which Altair brings; the app itself does not check it."""
    look = Look(load("bn"), PALETTES["light"], HEIGHT, FONT, "step")
    assert DEBUG_MODE
    BUILDS[name](look).to_json(validate=True)


@pytest.mark.parametrize("picture", [*PICTURES, heatmap, turning], ids=lambda p: p.name)
@pytest.mark.parametrize("experiment", [CLIPPED, RNN], ids=["clipped", "rnn"])
def test_each_layer_has_its_own_columns_and_says_nothing_in_others(picture, experiment):
    for steps in RUNS.values():
        warned = picture.warned(0) if picture in (film, seismograph) else picture
        rows = warned.frame(steps, experiment, load("en"), True)
        unsaid = {
            n: "" if isinstance(t, pd.CategoricalDtype) else 0 for n, t in rows.dtypes.items()
        }
        unsaid |= DEFAULTS
        for kind, layer in rows.groupby("kind", observed=True):
            for column in set(rows) - SEEN - LAYERS[kind]:
                assert set(layer[column]) == {unsaid[column]}, f"{kind} has a {column}"


def test_equal_columns_whatever_the_run():
    text = load("en")
    for picture in PICTURES:
        types = [picture.frame(RUNS[n], EXPERIMENT, text).dtypes for n in RUNS]
        assert all(list(t.index) == list(types[0].index) for t in types)
    assert film.frame([], EXPERIMENT, text).empty


@pytest.mark.parametrize(
    "picture", [film, film_with_weights, clip_effect, seismograph, signal_by_layer]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_is_written_into_the_chart_at_its_last_frame(picture, language):
    text = load(language)
    rows = picture.frame(EXPLODES, EXPERIMENT, text)
    sentence = end_sentence(EXPLODES[-1], EXPERIMENT, text)
    (said,) = rows[rows["kind"] == "said"].itertuples()
    assert {said.text, said.wide, said.narrow.replace("\n", " ")} == {sentence}
    last = picture.timeline(EXPLODES, EXPERIMENT).frames - 1
    assert (said.series, said.frame) == ("end", last)
    layered = picture in (signal_by_layer, factors)  # no rule on an older step's picture
    assert set(rows[rows["kind"] == "rule"]["frame"]) in ([{last}, set()] if layered else [{last}])
    assert text.digits("3") in sentence


@pytest.mark.parametrize("picture", [*PICTURES, heatmap, turning], ids=lambda p: p.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_does_not_see_a_picture_hears_the_warning_and_the_end(picture, language):
    text = load(language)
    said = picture.warned(1).alt(EXPLODES, EXPERIMENT, text)
    told = text("charts.alt.warning", step=1), end_sentence(EXPLODES[-1], EXPERIMENT, text)
    assert said.endswith(" ".join(told))
    assert picture.warned(1).alt([], EXPERIMENT, text) == text("charts.alt.nothing")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("experiment", "lost", "english"),
    [
        (EXPERIMENT, Lost("loss"), "step 7: the loss"),
        (EXPERIMENT, Lost("final_loss"), "after step 7: the loss on all the data"),
        (EXPERIMENT, Lost("activation", 2), "step 7: the activation of layer 2"),
        (EXPERIMENT, Lost("signal", 2), "step 7: the signal of layer 2"),
        (EXPERIMENT, Lost("weight_gradient", 2), "step 7: the weight gradient of layer 2"),
        (
            EXPERIMENT,
            Lost("weight_gradient", DEPTH + 1),
            "step 7: the weight gradient of the readout",
        ),
        (EXPERIMENT, Lost("weight", DEPTH + 1), "step 7: a weight of the readout"),
        (RNN, Lost("signal", 2), "step 7: the signal of time step 2"),
        (RNN, Lost("activation", 2), "step 7: the activation of time step 2"),
        (RNN, Lost("weight", 1), "step 7: a weight of the input matrix"),
        (RNN, Lost("weight", 2), "step 7: a weight of the recurrent matrix"),
        (RNN, Lost("weight_gradient", 3), "step 7: the weight gradient of the readout"),
    ],
)
def test_every_loss_has_its_sentence(experiment, lost, english, language):
    text = load(language)
    last = step(7, lost=lost, matrices=3 if experiment.network == "rnn" else DEPTH + 1)
    expected = end_sentence(last, experiment, text)
    assert end_sentence(last, experiment, load("en")) == f"{english} is no longer a number"
    assert expected in seismograph.alt([last], experiment, text)
    rows = seismograph.frame([last], experiment, text)
    assert (rows["kind"] == "rule").sum() == 1


def test_a_picture_of_an_unfinished_run_tells_no_end():
    rows = film.frame(EXPLODES[:3], EXPERIMENT, load("en"))
    assert not rows["kind"].isin(["rule", "said"]).any()
    limits = rows[rows["kind"] == "limit"]
    assert limits["x"].max() == EXPERIMENT.steps - 1


def test_the_x_axis_closes_in_only_at_the_last_frame():
    limits = film.frame(EXPLODES, EXPERIMENT, load("en")).query("kind == 'limit'")
    before, after = limits[limits["until"] <= 3], limits[limits["until"] == NEVER]
    assert before["x"].max() == EXPERIMENT.steps - 1
    assert set(after["frame"]) == {3}
    assert after["x"].max() < 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_no_longer_than_there_is_room_above_a_plot(language):
    text, last = load(language), 1999
    for experiment in (EXPERIMENT, RNN):
        for quantity, layer in LOST:
            lost = step(last, lost=Lost(quantity, layer), matrices=3)
            sentence = end_sentence(lost, experiment, text)
            wide, narrow = (wrap(sentence, width) for width in SENTENCE)
            assert "\n" not in wide
            assert narrow.count("\n") < NARROW_LINES


def test_limits_grow_in_blocks_and_never_shrink():
    limits = blocks([(0, 1.0), (1, 30.0), (2, 1e-3), (3, math.inf), (4, 0.0), (5, 2e39)], 6)
    assert limits[0] == (0.1, 10)
    assert limits[1] == (0.1, 100)
    assert limits[2] == limits[4] == (1e-4, 100)
    assert limits[5] == (1e-4, 1e40)
    assert all(low in LOW_BLOCKS and high in HIGH_BLOCKS for low, high in limits)


def test_where_float32_ends_shows_only_near_it():
    text = load("en")
    far = film.frame(EXPLODES, EXPERIMENT, text)
    near = film.frame([step(0), step(1, 1e37), step(2, lost=Lost("loss"))], EXPERIMENT, text)
    assert not (far["series"] == "float32").any()
    assert near[(near["series"] == "float32") & (near["kind"] == "level")]["y"].item() == float(
        np.finfo(np.float32).max
    )


def test_the_threshold_is_drawn_where_it_is_one_of_the_global_norm():
    text = load("en")
    rows = clip_effect.frame(SURVIVES, CLIPPED, text)
    assert rows[rows["kind"] == "level"]["y"].tolist() == [2.0]
    assert {"under", "after"} <= set(rows[rows["kind"] == "line"]["series"])
    plain = clip_effect.frame(SURVIVES, EXPERIMENT, text)
    assert set(plain[plain["kind"] == "line"]["series"]) == {"before"}
    value = Experiment(depth=DEPTH, steps=50, clipping="value")
    assert not (clip_effect.frame(SURVIVES, value, text)["kind"] == "level").any()


def test_a_line_breaks_where_a_value_cannot_be_drawn():
    rows = film.frame(BROKEN, EXPERIMENT, load("en"), True)
    loss = rows[(rows["kind"] == "line") & (rows["series"] == "loss")]
    assert loss["x"].tolist() == [0, 2, 5]
    assert loss["part"].nunique() == 3
    assert loss["dot"].all()


def test_one_row_of_a_line_is_its_head_at_any_frame():
    rows = film.frame(SURVIVES, EXPERIMENT, load("en"))
    loss = rows[(rows["kind"] == "line") & (rows["series"] == "loss")]
    for frame in (0, 17, 49):
        assert ((loss["frame"] <= frame) & (frame < loss["until"])).sum() == 1


def test_thinning_keeps_the_ends_and_the_extremes():
    points = [Point(i, 1.0 + i % 7, i) for i in range(2000)]
    points[777] = Point(777, 1e9, 777)
    points[1234] = Point(1234, 1e-9, 1234)
    kept = thin(points, 600)
    assert len(kept) <= 600
    assert {points[0], points[-1], points[777], points[1234]} <= set(kept)
    assert kept == sorted(kept, key=lambda p: p.x)
    assert thin(points[:5], 600) == points[:5]


def test_a_long_run_stays_small():
    long = [step(i, 1.0 + (i % 9) / 10) for i in range(2000)]
    experiment = Experiment(depth=DEPTH, width=8, steps=2000)
    for picture in PICTURES:
        assert len(picture.frame(long, experiment, load("en"))) < 4500


def test_the_seismograph_counts_every_moment_up_to_the_loss():
    clock = seismograph.timeline(EXPLODES, EXPERIMENT)
    whole = 2 * DEPTH + 1  # four layers ahead, four back, one frame of updating
    assert clock.frames == clock.known == 3 * whole + 3
    assert clock.steps_of_frame == tuple(i // whole for i in range(3 * whole + 3))
    rows = seismograph.frame(EXPLODES, EXPERIMENT, load("en"))
    back = rows[(rows["series"] == "signal") & (rows["kind"] == "line")].head(DEPTH)
    assert back["y"].tolist() == [1.0] * DEPTH
    assert back["frame"].tolist() == list(range(DEPTH, 2 * DEPTH))
    assert back["place"].iloc[0] == "step 0, layer 4"


def test_a_sudden_death_is_a_seismograph_and_the_rest_a_film():
    assert main_picture(EXPLODES, EXPERIMENT, True) is seismograph
    assert main_picture(EXPLODES, EXPERIMENT, False) is film
    assert main_picture(SURVIVES, EXPERIMENT, True) is film
    slow = [step(i) for i in range(20)] + [step(20, lost=Lost("loss"))]
    assert main_picture(slow, EXPERIMENT, True) is film
    assert charts.signal_picture(EXPLODES, EXPERIMENT, True) is signal_by_layer


def test_factors_multiply_to_the_growth_of_the_signal():
    norms = EXPLODES[1].signal_norms
    assert math.prod(factors_of(EXPLODES[1])) == pytest.approx(norms[0] / norms[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_race_names_every_run_at_its_line(language):
    text = load(language)
    runners = [race.Runner("A", "unfixed", EXPLODES), race.Runner("B", "clipping", SURVIVES)]
    rows = race.frame(runners, 50, 1.0, text)
    lost = text("charts.mark.lost_run", label="A", step=3)
    seen = rows[(rows["wide"] != "") & (rows["until"] == NEVER)]
    named = set(zip(seen["series"], seen["text"], strict=True))
    guess = text("charts.mark.trivial", loss=1.0)
    assert named == {("unfixed", lost), ("clipping", "B"), ("note", guess)}
    (cross,) = rows[rows["kind"] == "cross"].itertuples()
    step = EXPLODES[-1].index  # the label's own; its last loss, 1e5, was one step before
    assert (step, cross.x, cross.y) == (3, pytest.approx(math.log1p(step)), 1e5)
    told = race.alt(runners, text)
    assert text("charts.alt.run_lost", label="A", step=3) in told
    assert '"data"' not in json.dumps(spec_of(race.build, text, unit="step"))


def test_runs_that_were_lost_keep_their_names_while_the_others_race_on():
    lost = [
        race.Runner(name, name, [*(step(i, 2.0) for i in range(last)), step(last, 1e30)])
        for name, last in (("unfixed", 5), ("rate", 6), ("initialization", 7))
    ]
    runs = [*lost, race.Runner("clipping", "clipping", SURVIVES)]
    rows = race.frame(runs, 50, 1.0, load("en"), False)
    for runner in lost:
        mine = rows[(rows["series"] == runner.series) & (rows["wide"] != "")]
        for frame in (0, 6, 40):
            (head,) = mine[(mine["frame"] <= frame) & (frame < mine["until"])].itertuples()
            assert head.y == (1e30 if frame >= len(runner.steps) - 1 else 2.0)


def test_a_race_that_nobody_survives_the_first_step_of_still_says_so():
    text, gone = load("en"), [step(0, lost=Lost("activation", 1))]
    runners = [race.Runner("A", "unfixed", gone), race.Runner("B", "rate", gone)]
    rows = race.frame(runners, 50, 1.0, text)
    assert np.isfinite(rows.select_dtypes("number").to_numpy()).all()
    assert len(rows[rows["kind"] == "rule"]) == 1
    said = set(rows[(rows["wide"] != "")]["text"])
    assert said == {"A, B: diverged at step 0", "trivial guess: 1"}


def test_text_is_measured_in_both_scripts_and_wrapped():
    assert text_width("gradient norm") == pytest.approx(88, abs=22)
    assert text_width("গ্র্যাডিয়েন্টের নর্ম") < 200
    wrapped = wrap("one two three four five six", 60)
    assert "\n" in wrapped
    assert wrapped.replace("\n", " ") == "one two three four five six"
    assert all(text_width(line) <= 60 for line in wrapped.split("\n"))


def test_rows_without_any_are_a_frame_with_all_columns():
    rows = Rows().frame()
    assert isinstance(rows, pd.DataFrame)
    assert rows.empty
    assert list(rows.columns)[:3] == ["kind", "series", "part"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_no_factor_the_picture_says_so(language):
    text = load(language)
    one = [replace(EXPLODES[0], signal_norms=(1.0,), activation_norms=(1.0,))]
    rows = factors.frame(one, Experiment(depth=1), text, True)
    assert text("charts.part.alone_layer") in set(rows[rows["kind"] == "note"]["text"])


def test_when_the_signal_is_gone_the_last_step_that_had_one_stays():
    text = load("en")
    gone = replace(EXPLODES[0], index=1, signal_norms=(0.0,) * (DEPTH - 1) + (1.0,))
    rows = signal_by_layer.frame([EXPLODES[0], gone], EXPERIMENT, text, True)
    foot = rows[rows["kind"] == "foot"]
    assert list(foot["text"]) == ["step 0", text("charts.part.latest_zero", step=0, after=1)]


def test_axes_by_layer_close_in_on_the_last_step_that_is_drawn():
    text = load("en")
    run = [replace(step(0, 1e20), index=0), replace(step(1, 1.5), index=1)]
    for done, expected in ((False, 1e64), (True, 1e1)):
        rows = factors.frame(run, EXPERIMENT, text, done)
        last = rows[(rows["kind"] == "limit") & (rows["until"] == NEVER)]
        assert last["y"].max() == expected


def test_axes_by_layer_end_with_the_layers():
    one = [replace(EXPLODES[0], signal_norms=(2.0, 1.0), activation_norms=(1.0, 1.0))]
    rows = factors.frame(one, Experiment(depth=2), load("en"), True)
    x = rows[rows["kind"] == "limit"]["x"]
    assert 0 < x.min() < 1 < x.max() < 2
