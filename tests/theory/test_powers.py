"""Number formats against torch's own description, and where powers leave them, by multiplying."""

from fractions import Fraction

import pytest
import torch

from core.theory.number_formats import FORMATS


@pytest.mark.parametrize("name", list(FORMATS))
def test_formats_are_torchs(name):
    info, ours = torch.finfo(getattr(torch, name)), FORMATS[name]
    assert ours.largest == info.max
    assert ours.smallest_normal == info.smallest_normal
    zero = torch.zeros((), dtype=getattr(torch, name))
    assert ours.smallest == float(torch.nextafter(zero, zero + 1))


def rounded(factor, n, name):
    """factorⁿ, exact, then rounded to float64 and to the format, as a number."""
    power = Fraction(str(factor)) ** n
    if power > Fraction(10) ** 300 or power < Fraction(1, 10**300):
        return float("inf") if factor > 1 else 0.0
    return float(torch.tensor(float(power), dtype=torch.float64).to(getattr(torch, name)))


@pytest.mark.parametrize("factor", [0.5, 0.75, 0.8, 0.9, 0.99, 1.01, 1.1, 1.25, 1.5, 2.0, 2.7, 3.0])
@pytest.mark.parametrize("name", list(FORMATS))
def test_the_first_power_that_leaves_is_the_first_that_torch_cannot_hold(factor, name):
    n = FORMATS[name].leaves(factor)
    gone = float("inf") if factor > 1 else 0.0
    assert rounded(factor, n, name) == gone
    assert rounded(factor, n - 1, name) != gone


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.99])
@pytest.mark.parametrize("name", list(FORMATS))
def test_digits_are_lost_below_the_smallest_normal_number(factor, name):
    n, least = FORMATS[name].loses_digits(factor), torch.finfo(getattr(torch, name)).smallest_normal
    assert Fraction(str(factor)) ** n < Fraction(least) <= Fraction(str(factor)) ** (n - 1)


def test_the_documents_numbers():
    assert FORMATS["float16"].leaves(1.25) == 50
    assert FORMATS["float32"].leaves(1.25) == FORMATS["bfloat16"].leaves(1.25) == 398
    assert FORMATS["float32"].leaves(2.0) == 128


def test_one_stays_and_growth_loses_no_digits():
    assert all(f.leaves(1.0) is None and f.loses_digits(1.5) is None for f in FORMATS.values())
