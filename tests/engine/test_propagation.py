"""How the signal travels at initialization, against mean-field theory and exact cases."""

from dataclasses import replace

import numpy as np
import pytest

from core.engine.propagation import propagate, recurrent_matrices
from core.engine.training import train
from core.experiment import Experiment
from core.theory.mean_field import growth_rate
from tests.measures import inner_growths

WIDE = Experiment(width=256, depth=40, init="lecun_normal", gain=1.0, batch_size=64)


RNN = Experiment(network="rnn", activation="linear", depth=30, batch_size=8)


def mean_growth(experiment, seeds=8):
    """Geometric mean over seeds, five layers at both ends left out."""
    return float(np.exp(np.log(inner_growths(experiment, seeds, ends=5)).mean()))


@pytest.mark.parametrize("gain", [0.8, 1.5])
def test_a_linear_network_grows_by_its_gain(gain):
    growth = mean_growth(replace(WIDE, activation="linear", gain=gain))
    assert growth == pytest.approx(gain, rel=0.03)


@pytest.mark.parametrize("gain", [2**0.5, 2.0])
def test_relu_grows_by_its_gain_over_the_square_root_of_two(gain):
    growth = mean_growth(replace(WIDE, activation="relu", gain=gain))
    assert growth == pytest.approx(gain / 2**0.5, rel=0.03)


@pytest.mark.parametrize("gain", [1.5, 2.0, 3.0])
def test_tanh_grows_as_mean_field_says(gain):
    """sqrt(chi_1) of Poole et al. 2016, which tests/theory/test_theory.py holds to its published values."""
    growth = mean_growth(replace(WIDE, activation="tanh", gain=gain))
    assert growth == pytest.approx(growth_rate("tanh", gain), rel=0.02)


def test_critical_tanh_gets_there_slowly():
    """At sigma_w = 1 the variance in layer l is 1 / (2 l), and the growth 1 - 1 / (2 l)."""
    expected = np.prod([1 - 1 / (2 * layer) for layer in range(6, 35)]) ** (1 / 29)
    growth = mean_growth(replace(WIDE, activation="tanh", gain=1.0))
    assert growth == pytest.approx(expected, rel=0.02)


def test_orthogonal_linear_network_keeps_the_norm():
    e = replace(WIDE, activation="linear", init="orthogonal")
    signals = propagate(e, 3).signal_norms
    np.testing.assert_allclose(signals, np.broadcast_to(signals[:, -1:], signals.shape), rtol=1e-4)
    np.testing.assert_allclose(propagate(e, 3).growth, 1.0, rtol=1e-5)


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_batch_normalization_before_relu_makes_the_signal_grow(gain):
    """1.2112 per layer in the limit of large batches, whatever the gain (Yang et al. 2019)."""
    growth = mean_growth(replace(WIDE, activation="relu", normalization="batch", gain=gain))
    assert 1.19 <= growth <= 1.25


def test_layer_normalization_before_relu_does_not():
    growth = mean_growth(replace(WIDE, activation="relu", normalization="layer", gain=2.0))
    assert 0.97 <= growth <= 1.03


@pytest.mark.parametrize("gain", [0.9, 1.0, 1.2])
def test_a_linear_rnn_with_an_orthogonal_matrix_multiplies_by_its_gain_at_every_step(gain):
    signals = propagate(replace(RNN, init="orthogonal", gain=gain), 8).signal_norms
    distance = np.arange(29, -1, -1)
    np.testing.assert_allclose(
        signals / signals[:, -1:], np.broadcast_to(gain**distance, signals.shape), rtol=1e-3
    )


def test_an_orthogonal_recurrent_matrix_has_its_gain_for_every_singular_value():
    found = recurrent_matrices(replace(RNN, init="orthogonal", gain=1.3), 3)
    np.testing.assert_allclose(found.largest_singular_value, 1.3, rtol=1e-9)
    np.testing.assert_allclose(found.spectral_radius, 1.3, rtol=1e-9)


def test_a_random_recurrent_matrix_has_the_circular_laws_radius():
    """Eigenvalues fill a disc of radius sigma_w, singular values reach up to 2 sigma_w (Girko; Marchenko-Pastur)."""
    found = recurrent_matrices(replace(RNN, init="lecun_normal", gain=1.5, width=256), 2)
    np.testing.assert_allclose(found.spectral_radius, 1.5, rtol=0.1)
    np.testing.assert_allclose(found.largest_singular_value, 3.0, rtol=0.05)


def test_recurrent_matrices_are_those_of_the_networks():
    """A linear RNN's signal is ∂L/∂h_t = Wᵀ ∂L/∂h_(t+1), so no step lengthens it more than the norm of W."""
    e = replace(RNN, init="he_normal", gain=1.0, width=8, seed=9999)
    signals = propagate(e, 3).signal_norms
    most = recurrent_matrices(e, 3).largest_singular_value
    factors = signals[:, :-1] / signals[:, 1:]
    assert (factors <= most[:, None] * (1 + 1e-6)).all()
    assert (factors.max(axis=1) > 0.5 * most).all()


def test_weight_gradients_hide_the_explosion_of_a_relu_network():
    """Growing activations cancel the growing signal: hidden weight gradients are flat."""
    result = propagate(replace(WIDE, activation="relu", gain=1.25 * 2**0.5), 4)
    flat = np.log(result.weight_grad_norms[:, 5:-6]).mean(axis=0)
    steep = np.log(result.signal_norms[:, 5:-6]).mean(axis=0)
    assert np.ptp(flat) < 0.25 * np.ptp(steep)


@pytest.mark.parametrize("network", ["mlp", "rnn"])
def test_it_is_what_training_meets_first(network):
    e = Experiment(network=network, depth=6, width=12, gain=1.1, batch_size=8, steps=1, seed=9998)
    result = propagate(e, seeds=3)
    for k, seed in enumerate((9998, 9999, 0)):
        step = next(train(replace(e, seed=seed)))
        np.testing.assert_allclose(result.signal_norms[k], step.signal_norms, rtol=1e-4)
        np.testing.assert_allclose(result.weight_grad_norms[k], step.weight_grad_norms, rtol=1e-4)
        rms = np.array(step.activation_norms) / np.sqrt(e.batch_size * e.width)
        np.testing.assert_allclose(result.activation_rms[k], rms, rtol=1e-4)
    norms = result.signal_norms
    assert result.growth == pytest.approx((norms[:, 0] / norms[:, -1]) ** (1 / 5), rel=1e-9)


def test_shapes_and_a_growth_that_does_not_exist():
    result = propagate(Experiment(depth=1, width=4, gain=1.0), seeds=5)
    assert result.signal_norms.shape == result.activation_rms.shape == (5, 1)
    assert result.weight_grad_norms.shape == (5, 2)
    assert np.isnan(result.growth).all()
