"""Each rule speaks where it must, at the step where it must, and is silent where it must be."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.diagnosis.changes import CHANGES
from core.diagnosis.symptoms import (
    RULES,
    diagnose,
    first_warning,
    read_thresholds,
    write_thresholds,
)
from core.engine.batches import Batches
from core.engine.networks import NETWORKS
from core.engine.training import train
from core.experiment import Experiment
from core.presets import EXPLOSIONS, PRESETS, RESCUES
from core.steps import Lost, growth, slopes
from core.tasks import task_of
from core.text import load
from tests.engine.torch_reference import Reference, optimizer
from tests.factories import calm
from tests.roundings import AS_IS

E = Experiment(depth=3, width=4, steps=10)
CHAOTIC = [("hidden", "loss_rising"), ("hidden", "gradient_doubling"), ("document", "loss_rising")]


def run(**series):
    """Ten calm steps; each named series gives one field's value step by step."""
    return [calm(i, **{name: values[i] for name, values in series.items()}) for i in range(10)]


def third(usual, values):
    """Four matrices, or three layers, as usual but for the third."""
    return [(usual, usual, value, usual)[: 4 if usual else 3] for value in values]


def heard(name, rounding):
    found = diagnose(rounding.train(PRESETS[name]), PRESETS[name])
    return {finding.rule: finding for finding in found}


def test_calm_run_has_no_symptom():
    assert diagnose(run(), E) == []


SPEAKS = {
    "growth": (run(signal_norms=[(1.44, 1.2, 1.0)] * 10), 0, None),
    "update_ratio": (run(update_norms=third(0.01, [0.01] * 6 + [0.3] * 4)), 6, 3),
    "gradient_large": (run(grad_norm=[1.0] * 4 + [101.0] + [1.0] * 5), 4, None),
    "gradient_huge": (run(weight_grad_norms=third(1.0, [1.0] * 3 + [4.1e6] * 7)), 3, 3),
    "loss_jump": (run(loss=[1.0] * 3 + [10.0] + [1.0] * 6), 3, None),
    "loss_rising": (run(loss=[1, 1, 1, 1.2, 1.4, 1.6, 1.8, 2.1, 2, 2]), 7, None),
    "gradient_doubling": (run(grad_norm=[1, 1, 2, 4, 8, 16, 30, 30, 30, 30]), 5, None),
    "weights_growing": (run(weight_norms=third(2.0, [2, 2, 2, 2.3, 2.7, 3, 3.5, 4, 4, 4])), 7, 3),
    "not_finite": ([*run()[:5], calm(5, loss=math.inf, lost=Lost("activation", 2))], 5, 2),
    "saturated": (run(saturated=third(0.0, [0.5] * 8 + [0.6] * 2)), 8, 3),
    "vanishing": (run(weight_grad_norms=third(1.0, [1.0] * 2 + [1e-9] * 8)), 2, 3),
    "update_small": (run(update_norms=third(0.01, [0.01] * 5 + [1e-5] * 5)), 5, 3),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_speaks_at_its_step_and_layer(rule):
    steps, step, layer = SPEAKS[rule]
    finding = next(f for f in diagnose(steps, E) if f.rule == rule)
    assert (finding.step, finding.layer) == (step, layer)


SILENT = {
    "growth": run(signal_norms=[(1.0, 1.2, 1.44)] * 10),
    "update_ratio": run(update_norms=third(0.01, [0.2] * 10)),
    "gradient_large": run(grad_norm=[100.0] * 10),
    "gradient_huge": run(weight_grad_norms=third(1.0, [4e6] * 10)),
    "loss_jump": run(loss=[1.0] * 3 + [9.9] + [1.0] * 6),
    "loss_rising": run(loss=[1, 3, 2, 4, 3, 5, 4, 6, 5, 7]),
    "gradient_doubling": run(grad_norm=[1, 2, 4, 8, 15, 30, 60, 120, 100, 100]),
    "weights_growing": run(weight_norms=third(2.0, [2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 3])),
    "not_finite": run(),
    "saturated": run(saturated=third(0.0, [0.5] * 10)),
    "vanishing": run(weight_grad_norms=third(1.0, [4.1e-7] * 10)),
    "update_small": run(update_norms=third(0.01, [2.1e-5] * 10)),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_silent_just_below(rule):
    assert rule not in [finding.rule for finding in diagnose(SILENT[rule], E)]


def test_a_matrix_without_a_role_is_not_judged(rounding):
    """An RNN of one time step never uses its recurrent matrix, whose gradient is zero for that reason."""
    e = Experiment(network="rnn", depth=1, width=8, steps=3, lr=0.01)
    steps = rounding.train(e)
    assert steps[0].weight_grad_norms[1] == 0.0
    assert not {"vanishing", "update_small"} & {finding.rule for finding in diagnose(steps, e)}


def by_torch(e, updates):
    """What autograd and torch.optim see at each update: plain tensors of each weight matrix, in float64."""
    task = task_of(e)
    model = Reference(e, NETWORKS[e.network]([e], task, torch.float64))
    batches, rule = Batches([e], task, torch.float64), optimizer(e, model.leaves())
    matrices = [p for name, _, p in model.in_order() if name in ("input", "hidden", "readout")]
    seen = []
    for _ in range(updates):
        x, y = batches.draw()
        rule.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x[0]), y[0])
        loss.backward()
        before = [p.detach().clone() for p in matrices]
        rule.step()
        seen.append(
            {
                "loss": loss.item(),
                "norms": np.array([p.grad.norm().item() for p in matrices]),
                "all": torch.cat([p.grad.flatten() for p in model.leaves()]).norm().item(),
                "mean": np.array([p.grad.abs().mean().item() for p in matrices]),
                "rms": np.array([p.grad.square().mean().sqrt().item() for p in matrices]),
                "weights": np.array([w.norm().item() for w in before]),
                "updates": np.array(
                    [(p.detach() - w).norm().item() for p, w in zip(matrices, before, strict=True)]
                ),
                "signals": np.array([s.grad.norm().item() for s in model.signals]),
                "flat": np.array(
                    [
                        (((1 - h**2).amax(dim=0)) < 0.01).double().mean().item()
                        for h in model.activations
                    ]
                ),
            }
        )
    return {name: np.array([each[name] for each in seen]) for name in seen[0]}


def recorded(t):
    """Autograd's numbers as the Steps that a run would yield."""
    names = {
        "loss": "loss",
        "grad_norm": "all",
        "signal_norms": "signals",
        "weight_norms": "weights",
        "weight_grad_norms": "norms",
        "update_norms": "updates",
        "saturated": "flat",
    }
    whole = {"activation_norms": (1.0,) * t["flat"].shape[1]}
    return [
        calm(i, **whole, **{ours: t[theirs][i].tolist() for ours, theirs in names.items()})
        for i in range(len(t["loss"]))
    ]


def test_records_are_what_autograd_sees_until_chaos_parts_them():
    """This run amplifies a difference some thirty times a step: even float64 agrees for a few only."""
    e = PRESETS["overshoot"]
    for step, other in zip(train(e, torch.float64), recorded(by_torch(e, 4)), strict=False):
        for name in ("loss", "grad_norm", "signal_norms", "weight_grad_norms", "update_norms"):
            assert getattr(step, name) == pytest.approx(getattr(other, name), rel=1e-6)
        assert step.saturated == pytest.approx(other.saturated)


def first_true(flags, before=0):
    """The first row with a true value, so many steps later than its number; None if there is none."""
    rows = np.atleast_2d(np.asarray(flags).T).T.any(axis=1)
    return before + int(np.argmax(rows)) if rows.any() else None


def test_rules_speak_when_autograd_says():
    """The slow explosion, watched by torch: every rule's first step from its definition, over whole arrays."""
    e, n = PRESETS["overshoot"], 20
    t = by_torch(e, n)
    steps = recorded(t)
    found = {f.rule: f for f in diagnose(steps, e)}
    ratio, rose = t["updates"] / t["weights"], np.diff(np.log(t["weights"]), axis=0) > 0
    five = np.stack([rose[i : i + 5].all(axis=0) for i in range(n - 5)])
    twice = np.log2(np.column_stack([t["rms"], t["all"]]) + 1e-300)
    doubled = np.diff(twice, axis=0) >= 1
    losses = np.diff(t["loss"]) > 0
    expected = {
        "update_ratio": first_true(ratio > 0.1),
        "update_small": first_true(ratio < 1e-5),
        "gradient_large": first_true(t["all"] > 100),
        "gradient_huge": first_true(t["rms"] > 1e6),
        "vanishing": first_true(t["rms"] < 1e-7),
        "saturated": first_true(t["flat"] > 0.5),
        "loss_jump": first_true(t["loss"][1:] >= 10 * t["loss"][:-1], 1),
        "loss_rising": first_true(
            [
                losses[i : i + 5].all() and t["loss"][i + 5] >= 2 * t["loss"][i]
                for i in range(n - 5)
            ],
            5,
        ),
        "weights_growing": first_true(five & (t["weights"][5:] >= 2 * t["weights"][:-5]), 5),
        "gradient_doubling": first_true(
            np.stack([doubled[i : i + 4].all(axis=0) for i in range(n - 4)]), 4
        ),
    }
    assert {rule: found[rule].step if rule in found else None for rule in expected} == expected
    assert sum(step is not None for step in expected.values()) > 5
    for rule, worst in (("update_ratio", np.argmax), ("update_small", np.argmin)):
        if rule in found:
            assert found[rule].layer == 1 + worst(ratio[found[rule].step])
    first, *_, last = t["signals"][0]
    assert found["growth"].value == pytest.approx((first / last) ** (1 / (e.depth - 1)), rel=1e-6)


def test_root_mean_square_is_never_below_the_mean_that_sources_take():
    t = by_torch(PRESETS["overshoot"], 3)
    assert (t["rms"] >= t["mean"]).all()


def test_loss_is_not_finite_when_torch_has_none(rounding):
    """The sudden explosion in float32, by autograd: the loss of update 2 is no number."""
    e = PRESETS["chain"]
    task = task_of(e)
    model = Reference(e, NETWORKS["mlp"]([e], task, torch.float32))
    batches, rule, index = Batches([e], task, torch.float32), optimizer(e, model.leaves()), 0
    while True:
        x, y = batches.draw()
        rule.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x[0]), y[0])
        if not math.isfinite(loss.item()):
            break
        loss.backward()
        rule.step()
        index += 1
    assert heard("chain", rounding)["not_finite"].step == index


@pytest.mark.parametrize("rule", RULES)
def test_how_often_a_rule_speaks_is_as_told(rule, rounding):
    """Adam's run is finite and chaotic: whether rules that count rises speak there, rounding decides."""
    at_least, at_most = RULES[rule].heard
    surely = [
        name for name in EXPLOSIONS if rule in heard(name, rounding) and (name, rule) not in CHAOTIC
    ]
    assert len(surely) == at_least
    assert sum(rule in heard(name, rounding) for name in RESCUES) <= at_most
    assert not any(rounding.outcome(PRESETS[n]) == "learned" for n in EXPLOSIONS)
    assert all(rounding.outcome(PRESETS[n]) == "learned" for n in RESCUES)


@pytest.mark.parametrize("name", ["saved_by_init", "saved_by_normalization", "document"])
def test_nothing_is_said_of_a_healthy_run(name, rounding):
    assert not [rule for rule in heard(name, rounding) if (name, rule) not in CHAOTIC]


def test_early_warning_comes_three_steps_before_a_slow_end(rounding):
    slow = [
        n
        for n in EXPLOSIONS
        if len(rounding.train(PRESETS[n])) >= 15 and rounding.train(PRESETS[n])[-1].lost
    ]
    assert slow == ["overshoot", "rnn"]
    for name in slow:
        end = heard(name, rounding)["not_finite"].step
        early_ones = [
            f for f in heard(name, rounding).values() if RULES[f.rule].warns and f.step <= end - 3
        ]
        assert [f for f in early_ones if f.step > 0], "and not at step 0 alone"


@pytest.mark.parametrize("seed", range(4))
def test_warning_of_a_sudden_end_is_the_growth_at_step_0(seed, rounding):
    e = replace(PRESETS["chain"], seed=seed)
    steps = rounding.train(e)
    warning = first_warning(diagnose(steps, e))
    assert len(steps) < 10
    assert (warning.rule, warning.step) == ("growth", 0)


def test_threshold_is_the_visitors():
    steps = run(grad_norm=[50.0] * 10)
    assert [f.rule for f in diagnose(steps, E, {"gradient_large": 10.0})] == ["gradient_large"]


def test_thresholds_travel_in_the_link():
    chosen = {"gradient_large": 50.0, "vanishing": 2.5e-9}
    assert read_thresholds(write_thresholds(chosen)) == (chosen, True)
    assert write_thresholds({"gradient_large": 100.0}) is None
    assert read_thresholds("") == ({}, True)


@pytest.mark.parametrize(
    "written",
    [
        "gradient_large:-1",
        "update_ratio:nan",
        "loss_jump:inf",
        "growth:0.5",
        "saturated:2",
        "vanishing:1e-400",
        "not_finite:3",
        "gradient_large",
        "::",
        "<b>:1",
        "x:1",
    ],
)
def test_what_is_no_threshold_is_left_out_and_told(written):
    assert read_thresholds(f"{written},update_small:1e-6") == ({"update_small": 1e-6}, False)


def test_bangla_digits_are_digits():
    assert read_thresholds("gradient_large:৫০") == ({"gradient_large": 50.0}, True)


def test_growth_to_the_power_of_the_factors_is_the_first_norm_over_the_last():
    assert growth([8.0, 4.0, 2.0, 1.0]) == pytest.approx(2.0)
    assert growth([27.0, 1.0, 5.0, 1.0]) == pytest.approx(3.0)
    assert growth([0.0, 9.0, 4.0, 1.0, math.inf]) == pytest.approx(3.0)
    assert math.isnan(growth([1.0]))
    assert math.isnan(growth([0.0, 1.0, math.nan]))


def test_a_fitted_line_gives_the_slope_of_the_logarithm():
    norms = np.array([[8.0, 4.0, 2.0, 1.0], [1.0, 0.0, math.inf, 8.0], [1.0, 1.0, 1.0, 8.0]])
    fitted = [np.exp(-np.polyfit(range(4), np.log(norms[2]), 1)[0])]
    assert slopes(norms) == pytest.approx([2.0, 0.5, *fitted])
    bent = np.array([[1e9, 16.0, 8.0, 4.0, 2.0, 1e-9]])
    assert slopes(bent) == pytest.approx([2.0])


def test_fixes_are_known_and_sources_named_in_both_languages():
    for name, rule in RULES.items():
        assert set(rule.fixes) <= set(CHANGES)
        for language in ("en", "bn"):
            text = load(language)
            assert text.cite(rule.source) in text(f"symptoms.rules.{name}.source")


def test_what_is_no_number_is_neither_saturated_nor_judged_silent():
    """A layer of NaN has no slopes; a run whose first gradient is none has nothing to be silent about."""
    lost = calm(0, activation_norms=(1.0, math.inf, math.nan), saturated=(0.0, 1.0, 1.0))
    assert not [f for f in diagnose([lost], E) if f.rule == "saturated"]
    steps = AS_IS.train(Experiment(depth=100, gain=5))
    assert not math.isfinite(steps[0].grad_norm)
    found = {finding.rule: finding for finding in diagnose(steps, Experiment(depth=100, gain=5))}
    assert found["saturated"].layer < found["not_finite"].layer
    assert not any(RULES[rule].can_judge(steps) for rule in RULES if rule not in found)
    assert RULES["growth"].can_judge([calm(0)])
