"""The lab on how the signal travels at the start: its numbers, words and chart, and the visitor's way through it."""

import math
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from core.activations import ACTIVATIONS
from core.charts.base import line_chart as still
from core.engine.start import at_start
from core.experiment import NORMALIZATIONS, RANGES, Experiment
from core.labs.travel import chart
from core.labs.travel import controls_biases as edge
from core.labs.travel import words as reveal
from core.labs.travel.measure import Start, difference, measure, others
from core.text import LANGUAGES, load
from core.theory.critical_gain import critical_gain
from core.theory.prediction import predict
from tests.visitor import charts, opened, words

EN = load("en")
BATCH = {"normalization": "batch", "depth": 20, "width": 64}
GELU = {"activation": "gelu", "init": "lecun_normal", "gain": 1.7}
SMALL = Experiment(depth=12, width=32, batch_size=16, steps=1)


def start(**changes):
    return measure(at_start(replace(SMALL, **changes)))


def said(found):
    return " ".join(reveal.sentences(found, EN))


def test_training_does_not_change_the_start():
    trained = replace(SMALL, optimizer="adam", lr=0.5, clipping="value", clip=3, steps=300)
    assert at_start(trained) == at_start(SMALL)
    assert at_start(replace(SMALL, gain=2)) != at_start(SMALL)


@pytest.mark.parametrize(("gain", "fate"), [(2.0, "explodes"), (0.5, "vanishes"), (1.0, "stays")])
def test_the_fate_is_the_signals(gain, fate):
    found = start(gain=gain)
    assert found.fate == fate
    assert found.ratio == pytest.approx(gain**11, rel=0.6)
    assert f"**{fate}**" in said(found)


def test_dead_signals_have_no_fate_and_are_told():
    norms = np.zeros((3, 4))
    dead = Start(SMALL, norms, norms, norms, np.full(3, np.nan))
    assert (dead.ratio, dead.fate) == (None, None)
    assert "3 of 3" in said(replace_depth(dead))
    half = np.array([[0.0, 1.0], [0.0, 1.0], [5.0, 1.0]])
    assert Start(SMALL, half, half, half, np.ones(3)).fate == "vanishes"


def replace_depth(found):
    """A start whose experiment has as many layers as its numbers."""
    experiment = at_start(replace(found.experiment, depth=found.signals.shape[1]))
    return Start(experiment, found.signals, found.signals, found.activations, found.growth)


def test_layers_until_float32_ends():
    """2 to the 128 is the end; from 1 downwards the last normal number is 2 to the -126."""
    for growth, layers in ((2.0, 128), (0.5, 126), (math.sqrt(2), 256)):
        norms = np.ones((1, 12))
        told = said(Start(at_start(SMALL), norms, norms, norms, np.array([growth])))
        assert f"**{layers} layers**" in told
    flat = Start(at_start(SMALL), norms, norms, norms, np.array([1.0]))
    assert "thousands of layers" in said(flat)


def test_a_norm_beyond_float32_is_told():
    assert "double precision" in said(start(gain=5.0, depth=100, init="normal"))
    assert "double precision" not in said(start())


def test_the_recurrent_matrix_is_told_with_what_follows():
    rnn = {"network": "rnn", "task": "co2", "activation": "tanh", "init": "orthogonal"}
    assert "enough to make the gradient vanish" in said(start(**rnn, gain=0.9))
    assert "cannot explode" in said(start(**rnn, gain=1.0))
    assert "necessary, not sufficient" in said(start(**rnn, gain=1.1))
    sigmoid = said(start(**(rnn | {"activation": "sigmoid"}), gain=3.9))
    assert "below 4 is enough" in sigmoid


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"activation": "gelu", "init": "lecun_normal", "gain": 1.6}, "two basins"),
        ({**BATCH, "batch_size": 64}, "a little larger"),
        ({**BATCH, "batch_size": 64, "activation": "sigmoid"}, "a batch of 64 fall short of it"),
        ({**BATCH, "batch_size": 128, "activation": "sigmoid"}, "a batch of 128 fall short of it"),
        ({"activation": "gelu", "init": "lecun_normal", "gain": 1.6}, "jumps over 1"),
        ({"normalization": "batch", "batch_size": 8}, "with 8 samples the growth is another"),
        ({"normalization": "batch", "activation": "linear"}, "never forgets the data"),
        ({"normalization": "batch", "network": "rnn", "task": "co2"}, "through time"),
        ({"width": 4}, "single seeds stray"),
        ({"depth": 2}, "only one factor"),
        ({"init": "torch_default"}, r"$\sigma_b$"),
        ({"activation": "tanh", "init": "lecun_normal", "gain": 1}, "tends to 1."),
    ],
)
def test_what_there_is_to_say_is_said(changes, told):
    assert told in said(start(**changes))


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("network", ["mlp", "rnn"])
@pytest.mark.parametrize(
    "extreme", [{"depth": 2}, {"width": 1}, {"gain": 5.0, "init": "normal", "depth": 60}]
)
def test_extremes_have_words_and_a_chart(network, activation, normalization, extreme):
    task = {"mlp": "diabetes", "rnn": "co2"}[network]
    found = start(
        network=network, task=task, activation=activation, normalization=normalization, **extreme
    )
    for language in LANGUAGES:
        text = load(language)
        assert all("nan" not in sentence.lower() for sentence in reveal.sentences(found, text))
        assert chart.alt(found, text)
    rows = chart.frame(found, EN, beside=start())
    values = rows[["y", "y2"]].to_numpy()
    assert np.isfinite(values).all()
    assert (values > 0).all()


def test_others_differ_and_are_named_by_what_differs():
    here = at_start(SMALL)
    names = [difference(other, here, EN) for other in others(here)]
    assert names == ["He × 1", "layer norm", "batch norm"]
    one = replace(here, batch_size=1)
    assert all(other.normalization != "batch" for other in others(one))
    assert difference(replace(here, batch_size=8, depth=3), here, EN) == (
        "3 ReLU layers of 32, batches of 8"
    )


def test_chart_rows_are_medians_with_the_signals_range():
    signals = np.array([[8.0, 4.0, 2.0], [4.0, 2.0, 1.0], [2.0, 1.0, 0.5]])
    doubles = at_start(Experiment(depth=3, gain=2))  # He: a factor of the gain each layer
    rows = chart.frame(Start(doubles, signals, signals, signals, np.full(3, 2.0)), EN)
    lines = rows[rows.kind == "line"]
    for series in ("signal", "theory", "weight_gradient", "activation"):
        assert lines[lines.series == series].y.tolist() == pytest.approx([4.0, 2.0, 1.0])
    band = rows[rows.kind == "between"]
    assert band.y.tolist() == [2.0, 1.0, 0.5]
    assert band.y2.tolist() == [8.0, 4.0, 2.0]
    assert set(band.series) == {"signal"}


def test_gelus_other_basin_is_drawn_from_the_same_output():
    """Where every variance shrinks to nothing, half of all units pass the signal on: sigma_w / 2 a layer."""
    travel = start(**GELU)
    assert travel.basin[-1] == travel.theory[-1]
    np.testing.assert_allclose(np.divide(travel.basin[:-1], travel.basin[1:]), 1.7 / 2, rtol=1e-6)
    rows = chart.frame(travel, EN)
    assert len(rows[(rows.kind == "line") & (rows.series == "basin")]) == SMALL.depth
    assert EN("charts.travel.alt_basin", first=travel.basin[0]) in chart.alt(travel, EN)
    assert start(**GELU | {"gain": 2.1}).basin == ()


def test_every_line_has_a_name_where_it_ends():
    rows = chart.frame(start(), EN)
    names = rows[rows.kind == "name"]
    assert len(names) == 4
    assert set(names.x) == {SMALL.depth}


def test_specification_does_not_depend_on_the_data():
    from core.charts.base.palette import PALETTES

    first = still.spec(EN, PALETTES["light"])
    chart.frame(start(), EN)
    assert still.spec(EN, PALETTES["light"]) == first


def test_visitor_guesses_before_anything_is_shown():
    app = opened("why", lab="start", gain="1.25", steps="5")
    before = len(charts(app))
    assert EN("why.travel.guess.explodes") in [b.label for b in app.button]
    app.button(key="travel-explodes").click().run()
    assert not app.exception
    assert len(charts(app)) == before + 1
    assert EN("why.travel.right") in words(app)


def test_wrong_guess_is_told_kindly_and_a_changed_word_asks_again():
    app = opened("why", lab="start", gain="1.25", steps="5")
    app.button(key="travel-vanishes").click().run()
    assert EN("why.travel.wrong.explodes") in words(app)
    app.select_slider(key="gain").set_value(1.0).run()
    assert app.button(key="travel-vanishes")
    app.select_slider(key="gain").set_value(1.25).run()
    assert EN("why.travel.wrong.explodes") in words(app)


def test_training_settings_ask_nothing_again():
    app = opened("why", lab="start", gain="1.25", steps="5")
    app.button(key="travel-explodes").click().run()
    app.select_slider(key="lr").set_value(0.1).run()
    assert EN("why.travel.right") in words(app)


def test_one_layer_is_told_to_be_no_chain():
    app = opened("why", lab="start", depth="1", steps="5", gain="1")
    assert EN("why.travel.one_mlp") in words(app)
    assert not [b for b in app.button if b.key == "travel-show"]


def test_who_wants_to_be_shown_always_is_not_asked_again_until_they_ask():
    app = opened("why", lab="start", gain="1.25", steps="5")
    app.button(key="travel-always").click().run()
    app.select_slider(key="gain").set_value(0.5).run()
    assert "**vanishes**" in words(app)
    app.button(key="travel-again").click().run()
    assert app.button(key="travel-vanishes")


def test_comparison_is_kept_in_the_url_and_ended():
    app = opened("why", lab="start", gain="1.25", steps="5")
    app.button(key="travel-show").click().run()
    app.button(key="travel-keep").click().run()
    assert EN("why.travel.kept") in words(app)
    kept = dict(parse_qsl(app.query_params["beside"]))
    assert Experiment.from_query(kept) == (at_start(Experiment()), [])
    app.select_slider(key="gain").set_value(0.5).run()
    app.button(key="travel-show").click().run()
    assert "**He × 1.25**" in words(app)
    app.button(key="travel-drop").click().run()
    assert "beside" not in app.query_params
    assert "**He × 1.25**" not in words(app)


@pytest.mark.parametrize(
    "beside",
    ["", "%%%", "gain=nan", "depth=1000", "x" * 600, "nonsense=1&nonsense=2", "gain=1&gain=2"],
)
def test_malformed_comparison_does_no_harm(beside):
    app = opened("why", lab="start", gain="1.25", steps="5", beside=beside)
    app.button(key="travel-show").click().run()
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("language", ["en", "bn", "both"])
def test_link_with_a_comparison_of_another_kind(language):
    other = urlencode({"network": "rnn", "depth": "30", "activation": "tanh"})
    app = opened("why", lab="start", steps="5", gain="1", lang=language, beside=other)
    app.button(key="travel-show").click().run()
    assert not app.exception


def told(activation, sigma_b, gain=1.0):
    experiment = replace(SMALL, activation=activation, init="lecun_normal", gain=gain)
    return edge.sentences(experiment, sigma_b, EN)


def test_biases_move_the_edge_of_chaos():
    """For tanh from 1 to 1.55; ReLU's and a linear network's stays; GELU has one only with large ones."""
    assert "= **1** (Poole et al. 2016" in told("tanh", 0.0)
    assert "= **1.55** (Poole et al. 2016" in told("tanh", 0.5)
    assert "do not move this point" in told("relu", 0.3)
    assert "= **1.41** (He et al. 2015)" in told("relu", 0.3)
    assert "there is no" in told("gelu", 0.2)
    assert "= **1.4** (Poole" in told("gelu", 0.5)


def test_the_slider_for_biases_stands_in_the_url():
    app = opened(
        "why",
        lab="start",
        activation="tanh",
        init="lecun_normal",
        gain="1",
        steps="5",
        sigma_b="0.5",
    )
    app.button(key="travel-show").click().run()
    assert "**1.55**" in words(app)
    app.select_slider(key="edge_sigma_b").set_value(0.1).run()
    assert not app.exception
    assert app.query_params["sigma_b"] == "0.1"
    assert "**1.19**" in words(app)


@pytest.mark.parametrize("said", ["", "0.07", "nan", "1e9", "0.20", "০.২"])
def test_other_values_of_biases_are_the_default_and_told(said):
    assert edge.SIGMA_B.read(said) == (edge.SIGMA_B.default, False)
    assert edge.SIGMA_B.read(None) == (edge.SIGMA_B.default, True)


@pytest.mark.parametrize(("said", "open_", "told"), [(None, 0, 0), ("0.3", 1, 0), ("`7`", 1, 1)])
def test_a_link_that_speaks_of_biases_opens_their_fold(said, open_, told):
    asked = {} if said is None else {"sigma_b": said}
    app = opened("why", lab="start", gain="1", activation="tanh", steps="5", depth="4", **asked)
    app.button(key="travel-show").click().run()
    folds = [e for e in app.expander if e.label == EN("why.edge.heading")]
    assert [fold.proto.expanded for fold in folds] == [bool(open_)]
    assert ["`7`; on offer are 0 to 0.5" in w.value for w in app.warning] == [True] * told


@pytest.mark.parametrize("changes", [{"network": "rnn"}, {"normalization": "layer"}])
def test_where_biases_mean_something_else_there_is_no_slider(changes):
    app = opened("why", lab="start", gain="1", steps="5", depth="4", **changes)
    app.button(key="travel-show").click().run()
    assert not [s for s in app.select_slider if s.key == "edge_sigma_b"]


def test_a_kept_start_that_cannot_be_read_is_told():
    app = opened("why", lab="start", gain="1.25", steps="5", beside="depth=many")
    app.button(key="travel-show").click().run()
    assert EN("why.travel.unreadable") in words(app)
    assert EN("why.travel.kept") not in words(app)
    assert "beside" not in app.query_params
    assert EN("why.travel.unreadable") not in words(app.run())


def test_the_gain_of_growth_one_is_told_deep_down_and_over_these_layers():
    """The same gain as the map's line, and another than deep in the network where the start is not there yet."""
    experiment = at_start(Experiment(activation="tanh", init="lecun_normal", gain=2))
    said = " ".join(reveal.sentences(measure(experiment), EN))
    here = critical_gain(experiment, RANGES["gain"])
    assert predict(replace(experiment, gain=here)).slope == pytest.approx(1, abs=1e-3)
    assert f"Over these 20 layers it is 1 at a gain of {EN.number(here)}" in said
    relu = " ".join(reveal.sentences(measure(at_start(Experiment())), EN))
    assert "Over these" not in relu
