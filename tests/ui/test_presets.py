"""The presets are stories: what each of them promises, it does."""

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.charts.base.rows import drawable
from core.diagnosis.changes import CHANGES
from core.diagnosis.outcomes import cause, counterfactuals, largest_gradient_norm, outcome, survived
from core.engine.library_clipping import clip_first_gradient, exact_norm, first_gradient
from core.engine.training import train
from core.experiment import Experiment
from core.labs.negatives.measure import measure
from core.labs.negatives.view import alt, curves, reach
from core.presets import EXPLOSIONS, NEGATIVES, PRESETS, RESCUES
from core.runs.cells import train_cells
from core.steps import growth
from core.text import load
from core.ui.frame import PAGES

ROOT = Path(__file__).parent.parent.parent


KEPT_FINITE = {"stalled", "exploded"}
"""Nothing was lost, and nothing learned."""
ROUNDING = 1e-6
"""Relative: some ten times what a float32 number is rounded by."""


@cache
def shaken(experiment):
    """The outcomes of the same with its rate, its gain or both changed by no more than rounding may do."""
    changes = ((1, 0), (0, 1), (-1, -1))
    others = [
        replace(
            experiment,
            lr=experiment.lr * (1 + rate * ROUNDING),
            gain=experiment.gain * (1 + gain * ROUNDING),
        )
        for rate, gain in changes
    ]
    return [cell.outcome for cell in train_cells(others)]


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_hangs_on_rounding(name, rounding):
    """It ends alike, of the same cause, on any processor: a stack adds up in another order besides."""
    story = PRESETS[name]
    what = rounding.outcome(story)
    assert set(shaken(story)) == {what}
    if not survived(what):
        others = {cure: shaken(other) for cure, other in counterfactuals(story).items()}
        causes = [
            cause(dict(zip(others, each, strict=True)))
            for each in zip(*others.values(), strict=True)
        ]
        assert set(causes) == {rounding.cause(story)}


@pytest.mark.parametrize("name", [name for name in NEGATIVES if name != "zeroed"])
def test_no_negative_hangs_on_rounding(name, rounding):
    """Of "zeroed", chaotic from its first forward pass, the card tells the first gradient alone."""
    assert set(shaken(NEGATIVES[name])) == {rounding.outcome(NEGATIVES[name])}


def test_first_preset_is_the_bare_experiment():
    assert next(iter(PRESETS.values())) == Experiment()


@pytest.mark.parametrize("seed", range(6))
def test_chain_is_over_in_two_to_four_steps_and_only_the_chain_is_to_blame(seed, rounding):
    story = replace(PRESETS["chain"], seed=seed)
    life, slower = len(rounding.train(story)), len(rounding.train(replace(story, lr=story.lr / 10)))
    assert 2 <= life <= 4
    assert life <= slower <= life + 1
    assert rounding.outcome(story) == "diverged"
    assert rounding.cause(story) == "chain"
    assert rounding.outcome(replace(story, gain=1)) == "learned"


def test_step_that_overshoots_climbs_for_fifteen_steps_or_more(rounding):
    story = PRESETS["overshoot"]
    steps = rounding.train(story)
    assert steps[-1].lost is not None
    losses = [step.loss for step in steps if math.isfinite(step.loss)]
    low = max(i for i, loss in enumerate(losses) if loss < 10 * losses[0])
    ramp = losses[low:]
    assert len(ramp) >= 15
    rises = [later > earlier for earlier, later in pairwise(ramp)]
    assert rises.count(False) <= 5, "it may slip back early on"
    assert all(rises[-8:])
    assert ramp[-1] > 1e25
    assert rounding.cause(story) == "step"


def test_hidden_by_adam_is_finite_huge_and_useless(rounding):
    story = PRESETS["hidden"]
    steps = rounding.train(story)
    assert story.optimizer == "adam"
    assert len(steps) == story.steps
    assert largest_gradient_norm(steps) > 1e9
    assert median(step.loss for step in steps[-50:]) < 10, "the loss itself looks calm"
    assert outcome(steps, story) == "exploded"


@pytest.mark.parametrize("seed", range(2))
def test_rnn_explodes_through_time(seed, rounding):
    """An orthogonal matrix times 2 has no eigenvalue but of modulus 2: the story's spectral radius."""
    story = replace(PRESETS["rnn"], seed=seed)
    steps = rounding.train(story)
    assert (story.network, story.init, story.gain) == ("rnn", "orthogonal", 2)
    assert 30 <= len(steps) <= 60
    assert outcome(steps, story) == "diverged"
    assert steps[0].signal_norms[0] > 1000 * steps[0].signal_norms[-1]
    assert rounding.cause(story) == ("chain" if seed else "both")


def test_popular_fix_keeps_it_finite_and_does_not_help(rounding):
    story = PRESETS["no_help"]
    assert rounding.outcome(story) in KEPT_FINITE
    assert rounding.outcome(replace(story, clipping="none")) == "diverged"


def test_popular_fix_is_as_slow_as_its_page_says_of_four_seeds(rounding):
    runs = {seed: replace(PRESETS["no_help"], seed=seed) for seed in range(4)}
    assert {rounding.outcome(e) for e in runs.values()} <= KEPT_FINITE
    losses = [rounding.train(e)[-1].end_loss for e in runs.values()]
    assert (round(min(losses)), round(max(losses))) == (14, 90)


def test_popular_fix_has_saved_one_of_four_seeds_after_ten_times_the_steps():
    """In one stack, their rate and gain moved: to train them singly under each rounding takes minutes."""
    e = replace(PRESETS["no_help"], steps=2000)
    e = replace(e, lr=e.lr * (1 + ROUNDING), gain=e.gain * (1 - ROUNDING))
    cells = train_cells([replace(e, seed=seed) for seed in range(4)])
    assert [c.outcome == "learned" for c in cells] == [True, False, False, False]
    assert all(math.isfinite(c.loss) for c in cells)


RESCUED_FROM = {
    "saved_by_clipping": {"clipping": "none", "clip": 1.0},
    "saved_by_init": {"gain": 1.25},
    "saved_by_rate": {"lr": 0.12},
    "saved_by_normalization": {"normalization": "none"},
}


@pytest.mark.parametrize("name", RESCUED_FROM)
def test_rescue_learns_and_dies_without_its_one_change(name, rounding):
    story = RESCUES[name]
    unsaved = replace(story, **RESCUED_FROM[name])
    assert unsaved in EXPLOSIONS.values()
    assert rounding.outcome(unsaved) == "diverged"
    assert rounding.outcome(story) == "learned"


def test_the_documents_own_line(rounding):
    story = PRESETS["document"]
    assert (story.optimizer, story.lr, story.clipping, story.clip) == ("adam", 0.001, "value", 1.0)
    assert rounding.outcome(story) == "learned"


SAID = {
    "chain": {
        "initialization": {"learned"},
        "normalization": {"learned"},
        "batch": KEPT_FINITE,
        "lower_rate": {"diverged"},
        "clipping": KEPT_FINITE,
        "clip_values": {"learned"},
    },
    "overshoot": {
        "lower_rate": {"learned"},
        "batch": {"diverged", "learned"},
        "clip_hard": {"learned"},
        "clipping": {"learned"},
        "initialization": {"diverged"},
        "normalization": {"diverged"},
    },
}
CHANGED = CHANGES | {"batch": lambda e: replace(e, normalization="batch")}


@pytest.mark.parametrize(
    ("story", "fix"), [(story, fix) for story, fixes in SAID.items() for fix in fixes]
)
def test_fixes_do_what_their_page_says_of_four_seeds(story, fix, rounding):
    ends = [rounding.outcome(CHANGED[fix](replace(PRESETS[story], seed=seed))) for seed in range(4)]
    assert set(ends) <= SAID[story][fix]
    if len(SAID[story][fix]) > 1 and "learned" in ends:
        assert ends.count("learned") <= 2, "a few of its runs learned, by their rounding"


SEEDS = range(3)


def negative(rounding, name, **changed):
    """A negative, and its first step."""
    story = replace(NEGATIVES[name], **changed)
    return story, rounding.train(replace(story, steps=1))[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_normalization_explodes_where_the_bare_net_keeps_its_gradient(seed, rounding):
    story, first = negative(rounding, "batch", seed=seed)
    _, plain = negative(rounding, "batch", seed=seed, normalization="none")
    assert story.gain == 1
    assert growth(first.signal_norms) == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.03)
    assert first.grad_norm > 1e6 * plain.grad_norm
    assert growth(plain.signal_norms) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_normalization_explodes_a_net_that_is_calm_without_it(seed, rounding):
    """Whether the bare net learns, a hundred layers deep, is luck; it never explodes."""
    story = replace(NEGATIVES["batch"], seed=seed)
    plain = replace(story, normalization="none")
    assert not survived(rounding.outcome(story))
    assert survived(rounding.outcome(plain))
    assert largest_gradient_norm(rounding.train(story)) > 1e5 * largest_gradient_norm(
        rounding.train(plain)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_by_adam_no_update_is_longer_than_the_first(seed, rounding):
    story = replace(NEGATIVES["hidden"], seed=seed, steps=60)
    steps = rounding.train(story)
    updates = [math.hypot(*step.update_norms) for step in steps]
    assert max(updates) == updates[0] < 30
    assert largest_gradient_norm(steps) > 1e7 * steps[0].grad_norm


@pytest.mark.parametrize("seed", SEEDS)
def test_clipping_comes_too_late_for_a_signal_that_is_lost_on_its_way_back(seed, rounding):
    story, first = negative(rounding, "too_late", seed=seed)
    assert story.clipping == "global_norm"
    assert math.isfinite(first.loss)
    assert first.loss < 10
    assert first.lost is not None
    assert first.lost.quantity == "signal"


@pytest.mark.parametrize("seed", SEEDS)
def test_libraries_zero_or_lose_a_gradient_that_is_all_numbers(seed):
    story = replace(NEGATIVES["zeroed"], seed=seed)
    gradients = first_gradient(story)
    assert all(torch.isfinite(g).all() for g in gradients)
    assert 1e19 < exact_norm(gradients) < 1e38
    found = clip_first_gradient(story, story.clip)
    assert found["pytorch"].measured == math.inf
    assert found["pytorch"].clipped == 0
    assert math.isnan(found["keras"].clipped)
    assert found["exact"].clipped == pytest.approx(story.clip, rel=1e-6)
    assert found["exact"].measured == pytest.approx(next(train(story)).grad_norm, rel=1e-6)


def test_library_rules_agree_on_an_ordinary_gradient():
    found = clip_first_gradient(Experiment(gain=1), 0.5)
    for clipping in found.values():
        assert clipping.measured == pytest.approx(found["exact"].measured, rel=1e-5)
        assert clipping.clipped == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("name", ["zeroed", "chain"])
def test_keras_rule_is_keras(name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    from keras.src.optimizers import base_optimizer as base

    story = (NEGATIVES | PRESETS)[name]
    gradients = first_gradient(story)
    clipped = base.clip_by_global_norm([g.clone() for g in gradients], 1.0)
    ours = clip_first_gradient(story, 1.0)["keras"].clipped
    assert ours == pytest.approx(exact_norm(clipped), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_gradients_look_flat_while_the_signal_explodes(seed, rounding):
    story, first = negative(rounding, "flat", seed=seed)
    weights = first.weight_grad_norms[1 : story.depth]
    assert first.signal_norms[0] > 1e3 * first.signal_norms[-1]
    assert max(weights) / min(weights) < 30
    assert growth(weights) < 1.02
    assert rounding.outcome(story) == "diverged"


@pytest.mark.parametrize("seed", SEEDS)
def test_torchs_default_vanishes_and_stalls_where_he_learns(seed, rounding):
    """Variance 1/(3 fan_in) halved by ReLU: growth 1/√6 = 0.408."""
    story, first = negative(rounding, "vanished", seed=seed)
    assert growth(first.signal_norms) == pytest.approx(1 / math.sqrt(6), abs=0.04)
    assert first.weight_grad_norms[0] < 1e-5 * first.weight_grad_norms[-2]
    assert rounding.outcome(story) == "stalled"
    assert rounding.outcome(replace(story, init="he_normal")) == "learned"


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("name", NEGATIVES)
def test_every_negative_is_measured_for_its_card(name, language):
    text = load(language)
    said = text(f"fixes.negatives.{name}.text", **measure(name).numbers)
    assert "{" not in said
    assert ("NaN" in said) == (name in ("zeroed", "hidden"))


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("name", NEGATIVES)
def test_the_picture_of_a_negative_shows_what_its_text_tells(name, language):
    text, story = load(language), measure(name)
    lines = {line.name: [y for y in line.values if drawable(y)] for line in story.lines}
    shown = {
        "batch": lambda: lines["signal"][0] / lines["signal"][-1] > 1e6 > lines["plain"][0],
        "hidden": lambda: max(lines["gradient"]) / lines["gradient"][0] == story.numbers["times"],
        "too_late": lambda: len(lines["signal"]) == story.numbers["depth"] - story.numbers["layer"],
        "zeroed": lambda: max(lines["weight_gradient"]) > 1e19 > 1 > max(lines["clipped"]),
        "flat": lambda: lines["signal"][1] / lines["signal"][-1] == story.numbers["signals"],
        "vanished": lambda: lines["he"][0] == story.numbers["he"],
    }
    assert shown[name]()
    drawn = curves(story, text)
    low, high = reach(drawn)
    said = alt(story, text)
    for curve in drawn:
        assert all(low < y < high for y in curve.y if drawable(y))
        assert curve.name in said


def test_card_loads_and_runs_its_preset():
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    app.query_params["steps"] = "2"
    app.query_params["lab"] = "negatives"
    app.switch_page(PAGES["fixes"]).run()
    app.button(key="negative-run-vanished").click().run()
    assert not app.exception
    assert app.query_params.pop("lab") == "negatives"
    assert Experiment.from_query(app.query_params) == (NEGATIVES["vanished"], [])
    growth = measure("vanished").numbers["growth"]
    assert load("en").number(growth) in " ".join(each.value for each in app.markdown)
