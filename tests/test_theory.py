"""Mean-field theory: closed forms, published values, and random networks."""

import math

import numpy as np
import pytest

from core.experiment import ACTIVATIONS, Experiment
from core.propagation import propagate
from core.theory import FUNCTIONS, LEAST_Q, expectation, fixed_point, growth_rate


@pytest.mark.parametrize("sigma_w", [0.5, 1.0, math.sqrt(2), 2.0, 3.0])
def test_relu_and_linear_have_closed_forms(sigma_w):
    assert growth_rate("relu", sigma_w) == pytest.approx(sigma_w / math.sqrt(2), rel=1e-9)
    assert growth_rate("linear", sigma_w) == pytest.approx(sigma_w, rel=1e-9)


@pytest.mark.parametrize(("sigma_w", "growth"), [(1.0, 1.0), (2.0, 1.167), (3.0, 1.364)])
def test_tanh_has_its_known_values(sigma_w, growth):
    assert growth_rate("tanh", sigma_w) == pytest.approx(growth, abs=6e-4)


def test_gelu_has_two_basins():
    assert fixed_point("gelu", 1.6, 0.0, 0.1) == LEAST_Q
    assert growth_rate("gelu", 1.6, q0=0.1) == pytest.approx(0.80, abs=1e-6)
    assert growth_rate("gelu", 1.6, q0=1.0) == pytest.approx(1.6 / math.sqrt(2), rel=1e-4)


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_slope_is_the_derivative(activation):
    function, slope = FUNCTIONS[activation]
    x = np.array([-3.1, -0.7, 0.3, 1.9])
    step = 1e-6
    measured = (function(x + step) - function(x - step)) / (2 * step)
    np.testing.assert_allclose(slope(x), measured, atol=1e-8)


@pytest.mark.parametrize("q", [1e-8, 0.3, 1.0, 40.0, 1e8])
def test_expectation_of_moments(q):
    assert expectation(np.ones_like, q) == pytest.approx(1, rel=1e-10)
    assert expectation(lambda x: x**2, q) == pytest.approx(q, rel=1e-10)
    assert expectation(lambda x: x**4, q) == pytest.approx(3 * q**2, rel=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear", "sigmoid"])
def test_critical_sigma_of_the_registry_is_where_growth_is_one(activation):
    critical = ACTIVATIONS[activation].critical_sigma_w
    assert growth_rate(activation, critical) == pytest.approx(1, abs=2e-5)


def test_gelus_critical_sigma_is_where_growth_is_one_at_variance_one():
    slope = FUNCTIONS["gelu"][1]
    chi = ACTIVATIONS["gelu"].critical_sigma_w ** 2 * expectation(lambda x: slope(x) ** 2, 1.0)
    assert chi == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("sigma_w", [1.5, 2.0, 3.0])
def test_random_tanh_networks_agree(sigma_w):
    experiment = Experiment(
        depth=40, width=256, activation="tanh", init="lecun_normal", gain=sigma_w
    )
    norms = propagate(experiment, seeds=8).signal_norms[:, 8:32]
    slopes = np.polyfit(np.arange(norms.shape[1]), np.log(norms).T, 1)[0]
    assert math.exp(-slopes.mean()) == pytest.approx(growth_rate("tanh", sigma_w), rel=0.02)
