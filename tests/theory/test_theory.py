"""Mean-field theory: closed forms, published values, and brute force."""

import math

import numpy as np
import pytest

from core.activations import ACTIVATIONS
from core.theory.gaussian import expectation, mean, mean_square, mean_square_slope
from core.theory.mean_field import (
    LEAST_Q,
    basins,
    critical_sigma_w,
    fixed_point,
    growth_rate,
    growth_under_batch_norm,
    growth_under_layer_norm,
)

VARIANCES = [1e-8, 0.3, 1.0, 40.0, 1e8]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slope_is_the_derivative(activation):
    function, slope = ACTIVATIONS[activation].function, ACTIVATIONS[activation].slope
    x = np.array([-3.1, -0.7, 0.3, 1.9])
    step = 1e-6
    measured = (function(x + step) - function(x - step)) / (2 * step)
    np.testing.assert_allclose(slope(x), measured, atol=1e-8)


@pytest.mark.parametrize("q", VARIANCES)
def test_expectation_of_moments(q):
    assert expectation(np.ones_like, q) == pytest.approx(1, rel=1e-10)
    assert expectation(lambda x: x**2, q) == pytest.approx(q, rel=1e-10)
    assert expectation(lambda x: x**4, q) == pytest.approx(3 * q**2, rel=1e-8)


@pytest.mark.parametrize("q", VARIANCES)
def test_relus_expectations_have_closed_forms(q):
    assert mean("relu", q) == pytest.approx(math.sqrt(q / (2 * math.pi)), rel=1e-9)
    assert mean_square("relu", q) == pytest.approx(q / 2, rel=1e-9)
    assert mean_square_slope("relu", q) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("q", VARIANCES)
def test_gelus_expectations_have_closed_forms(q):
    """By Stein's lemma from E[Φ(x)²] = 1/4 + asin(q / (1 + q)) / 2π and E[φ(x)²] = 1 / 2π √(1 + 2q)."""
    cdf_squared = 0.25 + math.asin(q / (1 + q)) / (2 * math.pi)
    density_squared = 1 / (2 * math.pi * math.sqrt(1 + 2 * q))
    mixed = q * density_squared / (1 + q)
    square = q * (cdf_squared + 2 * mixed)
    slope = cdf_squared + 2 * mixed + q * density_squared / (1 + 2 * q)
    assert mean_square("gelu", q) == pytest.approx(square, rel=1e-6)
    assert mean_square_slope("gelu", q) == pytest.approx(slope, rel=1e-6)
    assert mean("gelu", q) == pytest.approx(q / math.sqrt(2 * math.pi * (1 + q)), rel=1e-6)


@pytest.mark.parametrize("q", [0.01, 1.0, 9.0])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_smooth_activations_agree_with_a_fine_sum(activation, q):
    """The trapezoidal rule converges faster than any power for a smooth function times a normal density."""
    z = np.linspace(-12, 12, 20_001)
    weights = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    function, slope = ACTIVATIONS[activation].function, ACTIVATIONS[activation].slope
    assert mean_square(activation, q) == pytest.approx(
        float((function(math.sqrt(q) * z) ** 2 * weights).sum()), rel=1e-9
    )
    assert mean_square_slope(activation, q) == pytest.approx(
        float((slope(math.sqrt(q) * z) ** 2 * weights).sum()), rel=1e-9
    )


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
    below, above, between = basins("gelu", 1.6)
    assert (below, above) == (pytest.approx(0.8), pytest.approx(1.6 / math.sqrt(2), rel=1e-4))
    assert 1.6**2 * mean_square("gelu", between) == pytest.approx(between, rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "sigma_w"),
    [("gelu", 1.41), ("gelu", 2.01), ("tanh", 1.5), ("relu", 1.6), ("linear", 0.9)],
)
def test_elsewhere_every_variance_ends_alike(activation, sigma_w):
    assert basins(activation, sigma_w) is None


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear", "sigmoid"])
def test_critical_sigma_of_the_registry_is_where_growth_is_one(activation):
    critical = ACTIVATIONS[activation].critical_sigma_w
    assert growth_rate(activation, critical) == pytest.approx(1, abs=2e-5)
    assert critical_sigma_w(activation) == pytest.approx(critical, rel=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_growth_under_layer_norm_of_the_registry(activation):
    """The same by theory, whatever the weights; more than 1 only where the registry says so."""
    for sigma_w in (0.5, 3.0):
        growth = growth_under_layer_norm(activation, sigma_w)
        assert ACTIVATIONS[activation].layer_norm_growth == pytest.approx(growth, abs=5e-5)


def test_gelus_critical_sigma_is_where_growth_is_one_at_variance_one():
    chi = ACTIVATIONS["gelu"].critical_sigma_w ** 2 * mean_square_slope("gelu", 1.0)
    assert chi == pytest.approx(1, abs=2e-4)
    assert critical_sigma_w("gelu") is None


@pytest.mark.parametrize("q", [0.2, 1.0, 3.0])
def test_tanhs_edge_of_chaos_is_the_curve_of_its_two_equations(q):
    """The curve by its parameter, the variance: chi = 1 gives sigma_w, the fixed point then sigma_b."""
    sigma_w = 1 / math.sqrt(mean_square_slope("tanh", q))
    sigma_b = math.sqrt(q - sigma_w**2 * mean_square("tanh", q))
    assert critical_sigma_w("tanh", sigma_b) == pytest.approx(sigma_w, rel=1e-6)


def test_tanhs_published_point_on_the_edge_of_chaos():
    """Schoenholz et al. 2017: sigma_b² = 0.05 goes with sigma_w² = 1.76; again by Gauss-Hermite quadrature."""
    critical = critical_sigma_w("tanh", math.sqrt(0.05))
    assert critical**2 == pytest.approx(1.76, abs=0.005)
    z, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    q = 1.0
    for _ in range(2000):
        q = critical**2 * float(weights @ np.tanh(math.sqrt(q) * z) ** 2) + 0.05
    chi = critical**2 * float(weights @ (1 - np.tanh(math.sqrt(q) * z) ** 2) ** 2)
    assert chi == pytest.approx(1, abs=1e-6)


def test_large_biases_give_gelu_an_edge():
    """Where the variance's fixed point moves to q without a jump, chi passes 1 there."""
    critical = critical_sigma_w("gelu", 0.5)
    q = fixed_point("gelu", critical, 0.5, 1.0)
    assert fixed_point("gelu", critical, 0.5, 100.0) == pytest.approx(q, rel=1e-6)
    assert critical**2 * mean_square_slope("gelu", q) == pytest.approx(1, rel=1e-6)
    assert critical_sigma_w("gelu", 0.2) is None


@pytest.mark.parametrize("sigma_b", [0.3, 1.0])
def test_a_bias_moves_neither_relus_nor_a_linear_networks_edge(sigma_b):
    assert critical_sigma_w("relu", sigma_b) == pytest.approx(math.sqrt(2), rel=1e-6)
    assert critical_sigma_w("linear", sigma_b) == pytest.approx(1, rel=1e-6)


def test_batch_normalization_as_yang_and_others_have_it():
    relu = math.sqrt(math.pi / (math.pi - 1))
    assert growth_under_batch_norm("relu") == pytest.approx(relu, rel=1e-9)
    assert relu == pytest.approx(1.2112, abs=5e-5)
    with pytest.raises(ValueError, match="linear"):
        growth_under_batch_norm("linear")


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
def test_batch_normalization_always_makes_it_grow(activation):
    """Poincaré's inequality for the normal distribution: Var φ(z) <= E φ'(z)²."""
    assert growth_under_batch_norm(activation) > 1


@pytest.mark.parametrize("sigma_w", [0.5, 3.0])
def test_layer_normalization_forgets_the_weights_scale(sigma_w):
    assert growth_under_layer_norm("relu", sigma_w) == pytest.approx(1, rel=1e-9)
    assert growth_under_layer_norm("linear", sigma_w) == pytest.approx(1, rel=1e-9)
    tanh = growth_under_layer_norm("tanh")
    assert growth_under_layer_norm("tanh", sigma_w) == pytest.approx(tanh, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_the_table_says_of_a_slope_is_so(activation):
    known = ACTIVATIONS[activation]
    slope = known.slope(np.linspace(-8, 8, 160_001))
    assert np.abs(slope).max() == pytest.approx(known.steepest, abs=5e-5)
    assert (slope.min() < 0) == known.falls
    near, far = (mean_square_slope(activation, q) for q in (0.5, 2.0))
    assert math.isclose(near, far, rel_tol=1e-9) == known.flat_slope
    if not known.flat_slope:
        assert (critical_sigma_w(activation) is not None) == known.passes_one
