"""How the signal travels at initialization, against mean-field theory and exact cases."""

from dataclasses import replace

import numpy as np
import pytest

from core.experiment import Experiment
from core.propagation import propagate
from core.training import train

WIDE = Experiment(width=256, depth=40, init="lecun_normal", gain=1.0, batch_size=64)


def mean_growth(experiment, seeds=8, drop=5):
    """Geometric mean over seeds of the growth between layers, those at both ends left out."""
    norms = propagate(experiment, seeds).signal_norms[:, drop:-drop]
    return float(np.exp(np.mean(np.log(norms[:, 0] / norms[:, -1])) / (norms.shape[1] - 1)))


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.5])
def test_a_linear_network_grows_by_its_gain(gain):
    assert mean_growth(replace(WIDE, activation="linear", gain=gain)) == pytest.approx(
        gain, rel=0.01
    )


@pytest.mark.parametrize("gain", [1.0, 2**0.5, 2.0])
def test_relu_grows_by_its_gain_over_the_square_root_of_two(gain):
    growth = mean_growth(replace(WIDE, activation="relu", gain=gain))
    assert growth == pytest.approx(gain / 2**0.5, rel=0.02)


@pytest.mark.parametrize(("gain", "expected"), [(1.0, 0.968), (2.0, 1.167), (3.0, 1.364)])
def test_tanh_grows_as_mean_field_says(gain, expected):
    """sqrt(chi_1) of Poole et al. 2016; finite width and one batch leave about two per cent.

    At sigma_w = 1 it is 1 in the limit: on the way there the variance is 1 / (2 l), and the growth
    1 - 1 / (2 l), which is 0.968 in the mean over layers 5 to 35.
    """
    growth = mean_growth(replace(WIDE, activation="tanh", gain=gain))
    assert growth == pytest.approx(expected, rel=0.03)


def test_orthogonal_linear_network_keeps_the_norm():
    e = replace(WIDE, activation="linear", init="orthogonal")
    signals = propagate(e, 3).signal_norms
    np.testing.assert_allclose(signals, np.broadcast_to(signals[:, -1:], signals.shape), rtol=1e-4)
    np.testing.assert_allclose(propagate(e, 3).growth, 1.0, rtol=1e-5)


def test_batch_normalization_before_relu_makes_the_signal_grow():
    """About 1.21 per layer in the limit of large batches, whatever the gain (Yang et al. 2019)."""
    for gain in (0.5, 2.0):
        e = replace(WIDE, activation="relu", normalization="batch", batch_size=256, gain=gain)
        assert mean_growth(e, seeds=2) == pytest.approx(1.21, abs=0.03)


def test_layer_normalization_before_relu_does_not():
    e = replace(WIDE, activation="relu", normalization="layer", gain=2.0)
    assert mean_growth(e, seeds=4) == pytest.approx(1.0, abs=0.02)


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
    slope = np.polyfit(np.arange(6), np.log(result.signal_norms[0]), 1)[0]
    assert result.growth[0] == pytest.approx(np.exp(-slope), rel=1e-9)


def test_shapes_and_a_growth_that_does_not_exist():
    result = propagate(Experiment(depth=1, width=4, gain=1.0), seeds=5)
    assert result.signal_norms.shape == result.activation_rms.shape == (5, 1)
    assert result.weight_grad_norms.shape == (5, 2)
    assert np.isnan(result.growth).all()
