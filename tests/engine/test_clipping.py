"""Clipping against torch's and Keras' own functions, and where those fail against arithmetic."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import pytest
import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from core.engine.clipping import CLIPPERS, clip_gradients
from core.experiment import CLIPPINGS

MEMBERS = 3
SHAPES = [(7, 4), (7, 7), (1, 7), (7,), (1,)]
THRESHOLDS = [1e-3, 0.5, 3.0, 1e4]


def drawn(scale, seed):
    rng = torch.Generator().manual_seed(seed)
    return [
        scale * torch.randn(MEMBERS, *shape, generator=rng, dtype=torch.float64) for shape in SHAPES
    ]


GRADIENTS, WEIGHTS = drawn(1.0, 1), drawn(0.3, 2)


def of(tensors, m):
    return [t[m].clone() for t in tensors]


def assert_all_close(ours, theirs, rtol=1e-12):
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, torch.as_tensor(b, dtype=a.dtype), rtol=rtol, atol=0.0)


def as_parameters(gradients):
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


def keras_clipped(gradients, **choice):
    sgd = keras.optimizers.SGD(**choice)
    return sgd._clip_gradients(gradients)


def test_every_choice_has_a_function():
    assert set(CLIPPERS) | {"none"} == set(CLIPPINGS)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_global_norm_is_torchs_and_keras(threshold):
    clipped, norm = clip_gradients(GRADIENTS, WEIGHTS, "global_norm", threshold)
    for m in range(MEMBERS):
        parameters = as_parameters(of(GRADIENTS, m))
        theirs = clip_grad_norm_(parameters, threshold)
        assert norm[m].item() == pytest.approx(theirs.item(), rel=1e-12)
        # torch divides by norm + 1e-6.
        assert_all_close(of(clipped, m), [p.grad for p in parameters], rtol=1e-6)
        # Keras computes the factor in float32.
        assert_all_close(
            of(clipped, m), keras_clipped(of(GRADIENTS, m), global_clipnorm=threshold), rtol=1e-6
        )


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_norm_is_keras_for_each_tensor(threshold):
    clipped, _ = clip_gradients(GRADIENTS, WEIGHTS, "norm", threshold)
    for m in range(MEMBERS):
        theirs = keras_clipped(of(GRADIENTS, m), clipnorm=threshold)
        assert_all_close(of(clipped, m), theirs, rtol=1e-6)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_value_is_torchs_and_keras(threshold):
    clipped, _ = clip_gradients(GRADIENTS, WEIGHTS, "value", threshold)
    for m in range(MEMBERS):
        parameters = as_parameters(of(GRADIENTS, m))
        clip_grad_value_(parameters, threshold)
        assert_all_close(of(clipped, m), [p.grad for p in parameters])
        assert_all_close(of(clipped, m), keras_clipped(of(GRADIENTS, m), clipvalue=threshold), 1e-6)


def agc(gradient, weight, threshold, eps=1e-3):
    """Brock et al. 2021, equation 3, row by row in plain numpy."""
    rows = list(gradient) if gradient.ndim == 2 else [gradient]
    of_weights = list(weight) if weight.ndim == 2 else [weight]
    for g, w in zip(rows, of_weights, strict=True):
        norm, allowed = np.sqrt((g**2).sum()), max(np.sqrt((w**2).sum()), eps) * threshold
        if norm > allowed:
            g *= allowed / norm
    return gradient


@pytest.mark.parametrize("threshold", [1e-3, 0.1, 1.0, 1e3])
def test_adaptive_is_the_papers_formula(threshold):
    weights = [*WEIGHTS[:3], torch.zeros_like(WEIGHTS[3]), WEIGHTS[4]]
    clipped, _ = clip_gradients(GRADIENTS, weights, "adaptive", threshold)
    for m in range(MEMBERS):
        pairs = zip(of(GRADIENTS, m), of(weights, m), strict=True)
        theirs = [agc(g.numpy(), w.numpy(), threshold) for g, w in pairs]
        assert_all_close(of(clipped, m), theirs)


@pytest.mark.parametrize("method", CLIPPERS)
def test_each_member_has_its_own_threshold(method):
    thresholds = torch.tensor([0.01, 0.3, np.inf], dtype=torch.float64)
    together, _ = clip_gradients(GRADIENTS, WEIGHTS, method, thresholds)
    for m in range(MEMBERS):
        alone, _ = clip_gradients(
            [g[m : m + 1] for g in GRADIENTS],
            [w[m : m + 1] for w in WEIGHTS],
            method,
            float(thresholds[m]),
        )
        assert_all_close(of(together, m), of(alone, 0))
    assert all(torch.equal(a, b) for a, b in zip(of(together, 2), of(GRADIENTS, 2), strict=True))


@pytest.mark.parametrize("method", ["norm", "global_norm", "adaptive"])
def test_where_float32_norms_overflow(method):
    """Four entries of 1e20: torch gives zeros, Keras NaN; the right answer is half the threshold each."""
    gradient, weight = torch.full((1, 4), 1e20), torch.full((1, 4), 0.5)
    (clipped,), norm = clip_gradients([gradient], [weight], method, 1.0)
    assert norm.item() == pytest.approx(2e20, rel=1e-6)
    torch.testing.assert_close(clipped, torch.full((1, 4), 0.5), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("method", ["norm", "global_norm"])
def test_factors_below_float32(method):
    gradient = torch.full((1, 2, 2), 1e38)
    (clipped,), _ = clip_gradients([gradient], [gradient], method, 1e-4)
    torch.testing.assert_close(clipped, torch.full((1, 2, 2), 5e-5), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("method", CLIPPINGS)
def test_zero_stays_zero_and_arguments_stay_as_they_were(method):
    zero, before = torch.zeros(1, 3, 3), torch.full((1, 3), 5.0)
    (clipped, _), norm = clip_gradients([zero, before], [zero, before], method, 0.1)
    assert torch.equal(clipped, torch.zeros(1, 3, 3))
    assert torch.equal(before, torch.full((1, 3), 5.0))
    assert norm.dtype == torch.float64


def test_one_member_that_is_not_finite_leaves_the_others_alone():
    for method in CLIPPERS:
        gradients = [g.clone() for g in GRADIENTS]
        for g in gradients:
            g[1] = torch.nan
        clipped, norm = clip_gradients(gradients, WEIGHTS, method, 0.1)
        expected, _ = clip_gradients(GRADIENTS, WEIGHTS, method, 0.1)
        for m in (0, 2):
            assert_all_close(of(clipped, m), of(expected, m), rtol=0.0)
        assert norm[1].isnan()
