"""Where a normalization cancels the signal: float64 against float32, and against another ε."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import core.engine.normalization
from core.activations import ACTIVATIONS
from core.charts import factors_picture, main_picture
from core.charts.films.seismograph import seismograph
from core.diagnosis.symptoms import Finding, diagnose
from core.engine.propagation import propagate
from core.engine.training import train
from core.experiment import Experiment
from core.labs.travel.measure import measure
from core.steps import Lost
from core.text import LANGUAGES, load
from core.theory.cancellation import cancelled_by, signal_cancels
from core.ui.remedies import why
from core.ui.stage import Stage
from tests.roundings import AS_IS
from tests.visitor import charts, opened, words

DEEP = Experiment(steps=1)
SEEDS = 24
CANCELLING = {
    "batch_of_two": {"normalization": "batch", "batch_size": 2},
    "two_units": {"normalization": "layer", "width": 2},
}
SOUND = {
    "batch of 8": {"normalization": "batch", "batch_size": 8},
    "layer of 8": {"normalization": "layer", "width": 8},
    "batch of 2 without": {"batch_size": 2},
}
NETWORKS = ("mlp", "rnn")
of_each = pytest.mark.parametrize("network", NETWORKS)


def log_ratios(experiment, dtype=torch.float64):
    """ln ‖δ_1‖ / ‖δ_n‖ of each seed; -inf where nothing is left, NaN where nothing came."""
    norms = propagate(experiment, SEEDS, dtype).signal_norms
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(norms[:, 0]) - np.log(norms[:, -1])


def shifted_by_eps(experiment, monkeypatch):
    """By how much the log of the ratio changes with an ε a hundred times smaller, in double precision."""
    usual = log_ratios(experiment)
    with monkeypatch.context() as patch:
        patch.setattr(core.engine.normalization, "NORMALIZATION_EPS", 1e-7)
        return np.abs(log_ratios(experiment) - usual)


@of_each
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", CANCELLING)
def test_what_is_left_of_two_values_is_what_eps_lets_through(
    name, activation, network, monkeypatch
):
    e = replace(DEEP, **CANCELLING[name], activation=activation, network=network, task=None)
    assert cancelled_by(e) == name
    assert np.median(shifted_by_eps(e, monkeypatch)) > 40


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
@pytest.mark.parametrize("name", SOUND)
def test_a_signal_that_does_not_cancel_is_the_networks(name, activation, monkeypatch):
    e = replace(DEEP, **SOUND[name], activation=activation)
    assert not signal_cancels(e)
    assert np.nanmedian(shifted_by_eps(e, monkeypatch)) < 0.05
    np.testing.assert_allclose(log_ratios(e, torch.float32), log_ratios(e), atol=0.05)


@pytest.mark.parametrize("name", CANCELLING)
def test_two_layers_pass_on_the_share_of_the_formula(name):
    """One unit or sample beside its mirror image: ε / (d² + ε) of it goes on, over sqrt(d² + ε)."""
    kind = CANCELLING[name]["normalization"]
    shape = (1, 1, 2, 1) if kind == "batch" else (1, 1, 1, 2)
    for d in (0.001, 0.02, 1.0):
        z = torch.tensor([d, -d], dtype=torch.float64).reshape(shape)
        normalization = core.engine.normalization.Normalization(kind, z)
        normalization.forward(0, z[0])
        signal = torch.tensor([0.7, -0.1], dtype=torch.float64).reshape(shape)
        normalization.backward(0, signal[0])
        share = 1e-5 / (d**2 + 1e-5) / (d**2 + 1e-5) ** 0.5
        np.testing.assert_allclose(signal.flatten(), [0.4 * share, -0.4 * share], rtol=1e-6)


def test_rounding_decides_over_a_batch_of_two_in_wide_layers_and_not_over_one_of_eight():
    wide = replace(DEEP, width=256, normalization="batch", batch_size=2)
    off = np.abs(log_ratios(wide, torch.float32) - log_ratios(wide)) > np.log(2)
    assert off.mean() > 0.5
    eight = replace(wide, batch_size=8)
    assert np.abs(log_ratios(eight, torch.float32) - log_ratios(eight)).max() < np.log(2)


@of_each
def test_one_unit_lets_nothing_through(network):
    e = replace(DEEP, network=network, task=None, width=1, normalization="layer")
    assert cancelled_by(e) == "one_unit"
    norms = propagate(e, SEEDS).signal_norms
    assert not norms[:, :-1].any()
    assert bool(norms[:, -1].any()) == (network == "rnn"), "∂L/∂h of the last step is before it"


@pytest.mark.parametrize(
    "narrow",
    [{"normalization": "layer", "width": w} for w in (3, 4, 5, 8)]
    + [{"normalization": "batch", "width": w} for w in (1, 2, 3, 8)],
    ids=str,
)
def test_chance_is_found_where_float32_is_not_float64(narrow):
    e = replace(DEEP, **narrow)
    single, double = (propagate(e, SEEDS, t).signal_norms for t in (torch.float32, torch.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log(single[:, 0] / single[:, -1]) - np.log(double[:, 0] / double[:, -1]))
    wrong = ~(off < np.log(2)) & (double[:, -1] > 0)
    found = np.array([cancelled_by(e, norms) == "chance" for norms in single])
    assert found[wrong].all()
    np.testing.assert_allclose(off[~found & (double[:, 0] > 0)], 0, atol=0.1)


def test_a_network_without_normalization_is_never_doubted():
    assert cancelled_by(replace(DEEP, batch_size=2, width=2), (1e-30, 1.0)) is None


def test_an_rnn_of_one_time_step_has_its_signal_before_the_normalization():
    e = Experiment(network="rnn", depth=1, normalization="batch", batch_size=2)
    assert not signal_cancels(e)


def test_no_rule_speaks_and_no_start_is_told_of_a_signal_that_cancels():
    e = replace(DEEP, normalization="batch", batch_size=2)
    step = next(train(e))
    growing = replace(step, signal_norms=tuple(1.5**n for n in range(e.depth, 0, -1)))
    assert "growth" not in [f.rule for f in diagnose([growing], e)]
    assert "growth" in [f.rule for f in diagnose([growing], replace(e, batch_size=8))]
    start = measure(e)
    assert (start.ratio, start.fate, len(start.growths)) == (None, None, 0)


def test_no_factor_is_drawn_and_no_wave():
    e = replace(DEEP, normalization="batch", batch_size=2)
    step = replace(next(train(e)), lost=Lost("weight", 1))
    for language in LANGUAGES:
        text = load(language)
        rows = factors_picture([step], e, True).frame([step], e, text, True)
        assert "factor" not in set(rows["series"])
        assert text("charts.part.cancels") in set(rows["text"])
    assert main_picture([step], e, True) is not seismograph
    assert main_picture([step], replace(e, batch_size=8), True) is seismograph


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ["why", "mathematics"])
def test_pages_say_above_the_picture_that_the_signal_cancels(slug, language):
    query = {"lang": language, "steps": "3", "depth": "5", "normalization": "batch"}
    app = opened(slug, **query, batch_size="2")
    begun = load(language).get("why.cancels.batch_of_two").split("**")[1]
    assert words(app).count(begun) >= 1
    assert charts(app)
    assert begun not in words(opened(slug, **query, batch_size="8"))


def test_pages_say_it_of_a_narrow_layer_too():
    query = {"lang": "both", "steps": "3", "normalization": "layer"}
    for width, key in (("1", "one_unit"), ("2", "two_units"), ("3", "chance")):
        app = opened("why", **query, width=width)
        for language in LANGUAGES:
            assert load(language).get(f"why.cancels.{key}").split("**")[1] in words(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_symptoms_say_that_the_rule_on_growth_cannot_judge(language):
    app = opened("symptoms", lang=language, steps="3", normalization="batch", batch_size="2")
    text = load(language)
    name = text("symptoms.rules.growth.name")
    assert text("symptoms.early.cancels", name=name) in words(app)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"normalization": "layer", "width": 2}, {"vanishing", "update_small"}),
        ({"normalization": "layer", "width": 1}, {"vanishing", "update_small", "saturated"}),
        ({"normalization": "layer", "width": 3}, {"vanishing", "update_small"}),
        ({"normalization": "batch", "batch_size": 2}, {"vanishing", "update_small"}),
        ({"init": "torch_default"}, set()),
    ],
)
def test_what_a_normalization_took_out_is_laid_to_no_small_factor(settings, told):
    e, text = replace(DEEP, **settings), load("en")
    verdict = AS_IS.judge(e)
    cards = {f.rule: why(verdict, f, text) for f in diagnose(verdict.steps, e)}
    assert {"vanishing", "update_small"} <= cards.keys()
    said = {
        rule
        for rule in cards
        if cards[rule] == text.get("symptoms.rules")[rule].get("why_cancelled")
    }
    assert said == told


def test_a_readout_gets_the_whole_signal():
    e = replace(DEEP, normalization="layer", width=2)
    steps = list(train(e))
    small, text = Finding("update_small", 0, 1e-6, e.depth + 1), load("en")
    assert why(AS_IS.judge(e, steps), small, text) == text("symptoms.rules.update_small.why")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("slug", "lab", "asks"), [("why", "start", "travel"), ("mathematics", "product", "chain")]
)
def test_labs_ask_for_no_guess_about_a_signal_that_cancels(slug, lab, asks, language):
    app = opened(slug, lab=lab, lang=language, steps="3", normalization="layer", width="2")
    assert load(language)("why.cancels.again") in words(app)
    assert not [b for b in app.button if b.key.startswith(f"{asks}-")]
    app.select_slider(key="width").set_value(8).run()
    assert not app.exception
    assert [b for b in app.button if b.key.startswith(f"{asks}-")]


def test_a_page_that_draws_again_while_it_runs_says_it_once(monkeypatch):
    draw = Stage.draw
    monkeypatch.setattr(
        Stage, "draw", lambda self, *run, done: [draw(self, *run, done=d) for d in (0, done)]
    )
    app = opened("why", lang="en", steps="3", depth="5", normalization="batch", batch_size="2")
    begun = load("en").get("why.cancels.batch_of_two").split("**")[1]
    assert words(app).count(begun) == 1
