"""Each rule speaks where it must, at the step where it must, and is silent where it must be."""

import math

import pytest

from core.experiment import Experiment
from core.steps import Lost, Step, growth
from core.symptoms import RULES, diagnose

E = Experiment(depth=3, width=4, steps=10)


def calm(index, **changes):
    values = {
        "index": index,
        "loss": 1.0,
        "grad_norm": 1.0,
        "clipped_norm": 1.0,
        "activation_norms": (1.0, 1.0, 1.0),
        "signal_norms": (1.0, 1.0, 1.0),
        "weight_norms": (2.0, 2.0, 2.0, 2.0),
        "weight_grad_norms": (1.0, 1.0, 1.0, 1.0),
        "update_norms": (0.01, 0.01, 0.01, 0.01),
        "saturated": (0.0, 0.0, 0.0),
        "clipped_fraction": 0.0,
        "clip_cosine": 1.0,
    }
    return Step(**(values | changes))


def run(**series):
    """Ten calm steps; each named series gives one field's value step by step."""
    return [calm(i, **{name: values[i] for name, values in series.items()}) for i in range(10)]


def test_calm_run_has_no_symptom():
    assert diagnose(run(), E) == []


CASES = {
    "loss_rising": (run(loss=[1.0] * 7 + [2.0] * 3), 7, None),
    "loss_jump": (run(loss=[1.0] * 3 + [10.0] + [1.0] * 6), 3, None),
    "gradient_doubling": (run(grad_norm=[1, 1, 1, 1.2, 1.4, 1.6, 1.8, 2.1, 2, 2]), 7, None),
    "gradient_large": (run(grad_norm=[1.0] * 4 + [101.0] + [1.0] * 5), 4, None),
    "update_ratio": (run(update_norms=[(0.01,) * 4] * 6 + [(0.01, 0.01, 0.3, 0.01)] * 4), 6, 3),
    "growth": (run(signal_norms=[(1.44, 1.2, 1.0)] * 10), 0, None),
    "vanishing": (run(weight_grad_norms=[(1.0,) * 4] * 2 + [(1.0, 1e-9, 1.0, 1.0)] * 8), 2, 2),
    "not_finite": (
        [*run()[:5], calm(5, loss=math.inf, lost=Lost("activation", 2))],
        5,
        2,
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_rule_speaks_at_its_step_and_layer(rule):
    steps, step, layer = CASES[rule]
    finding = next(f for f in diagnose(steps, E) if f.rule == rule)
    assert (finding.step, finding.layer) == (step, layer)


def test_every_rule_has_a_case():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ("gradient_doubling", run(grad_norm=[1, 5, 1, 5, 1, 5, 1, 5, 1, 5])),
        ("gradient_large", run(grad_norm=[100.0] * 10)),
        ("loss_rising", run(loss=[1 + 0.1 * i for i in range(10)])),
        ("growth", run(signal_norms=[(1.0, 1.2, 1.44)] * 10)),
    ],
)
def test_rule_is_silent_just_below(rule, steps):
    assert rule not in [finding.rule for finding in diagnose(steps, E)]


def test_threshold_is_the_visitors():
    steps = run(grad_norm=[50.0] * 10)
    assert [f.rule for f in diagnose(steps, E, {"gradient_large": 10.0})] == ["gradient_large"]


def test_growth_is_the_slope_of_the_logarithm():
    assert growth([8.0, 4.0, 2.0, 1.0]) == pytest.approx(2.0)
    assert growth([1.0, 0.0, math.inf, 8.0]) == pytest.approx(0.5)
    assert math.isnan(growth([1.0]))
