"""Clipping gradients of any numbers: as the methods promise, and as torch's own where float32 holds the norm."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from core.engine.clipping import AGC_EPS, CLIPPERS, clip_gradients
from core.experiment import RANGES
from tests.attack.numbers import SPECIAL, some

SHAPES = ((2, 3), (3,))
COUNT = sum(math.prod(shape) for shape in SHAPES)
single = st.sampled_from([x for x in SPECIAL if abs(x) < 3.5e38 or not math.isfinite(x)])
entries = st.lists(single | st.floats(width=32), min_size=COUNT, max_size=COUNT)
moderate = st.lists(st.floats(-1e6, 1e6, width=32), min_size=COUNT, max_size=COUNT)
thresholds = st.floats(*RANGES["clip"]) | st.sampled_from([*RANGES["clip"], 1.0])
methods = st.sampled_from(sorted(CLIPPERS))
NORMS = ("norm", "global_norm")


def stack(values):
    """One network's gradient: a matrix and a vector, the stack's axis first."""
    flat, tensors = torch.tensor(values, dtype=torch.float32), []
    for shape in SHAPES:
        tensors.append(flat[: math.prod(shape)].view(1, *shape))
        flat = flat[math.prod(shape) :]
    return tensors


def norm_of(values):
    """By Python's own hypot, which neither over- nor underflows."""
    return math.hypot(*values)


def float32(values):
    return torch.tensor(values, dtype=torch.float32).double().tolist()


def flat(tensors):
    return torch.cat([t.flatten() for t in tensors]).double().tolist()


def near(a, b, rel=1e-5):
    return a == b or abs(a - b) <= rel * max(abs(a), abs(b)) or max(abs(a), abs(b)) < 1e-37


@some
@given(entries, entries, methods, thresholds)
def test_the_norm_before_is_right_and_nothing_grows(values, weights, method, threshold):
    gradients = stack(values)
    clipped, norm = clip_gradients(gradients, stack(weights), method, threshold)
    held = float32(values)
    assert torch.equal(torch.tensor(flat(gradients)).nan_to_num(), torch.tensor(held).nan_to_num())
    if any(math.isnan(x) for x in held):
        assert math.isnan(norm.item())
    else:
        assert near(norm.item(), norm_of(held), 1e-12)
    if all(map(math.isfinite, held)) and all(map(math.isfinite, float32(weights))):
        for before, after in zip(held, flat(clipped), strict=True):
            assert abs(after) <= abs(before)
            assert after == 0 or math.copysign(1, before) == math.copysign(1, after)


@some
@given(entries, thresholds)
def test_clipped_by_value_each_entry_is_within_the_threshold(values, threshold):
    gradients = stack(values)
    (clipped, _) = clip_gradients(gradients, gradients, "value", threshold)
    bound = torch.tensor(threshold, dtype=torch.float32).item()
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    clip_grad_value_(parameters, bound)
    theirs = flat([p.grad for p in parameters])
    for before, after, their in zip(float32(values), flat(clipped), theirs, strict=True):
        assert math.isnan(after) if math.isnan(before) else abs(after) <= bound
        assert after == their or (math.isnan(after) and math.isnan(their))


@some
@given(entries.filter(lambda v: all(map(math.isfinite, v))), thresholds, st.sampled_from(NORMS))
def test_clipped_by_norm_it_is_within_the_threshold_and_keeps_its_direction(values, threshold, how):
    gradients = stack(values)
    clipped, _ = clip_gradients(gradients, gradients, how, threshold)
    whole = [gradients] if how == "global_norm" else [[g] for g in gradients]
    parts = [clipped] if how == "global_norm" else [[c] for c in clipped]
    for before, after in zip(map(flat, whole), map(flat, parts), strict=True):
        norm = norm_of(before)
        assert norm_of(after) <= max(threshold, 0) * (1 + 1e-6) or norm <= threshold
        factor = min(1.0, threshold / norm) if norm else 1.0
        assert all(near(a, b * factor) for a, b in zip(after, before, strict=True))
        if norm <= threshold:
            assert after == before


@some
@given(entries, entries, thresholds)
def test_clipped_adaptively_a_units_norm_is_within_its_weights(values, weights, threshold):
    held, clipped = (
        stack(weights),
        clip_gradients(stack(values), stack(weights), "adaptive", threshold)[0],
    )
    for before, after, weight in zip(stack(values), clipped, held, strict=True):
        units = [t[0].reshape(-1, t.shape[-1]).double().tolist() for t in (before, after, weight)]
        for unit, now, own in zip(*units, strict=True):
            if all(map(math.isfinite, (*unit, *own))):
                allowed = max(norm_of(own), AGC_EPS) * threshold
                assert norm_of(now) <= allowed * (1 + 1e-6) or now == unit


@some
@given(moderate, thresholds)
def test_where_float32_holds_the_norm_torch_clips_alike(values, threshold):
    gradients = stack(values)
    clipped, norm = clip_gradients(gradients, gradients, "global_norm", threshold)
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.double().float().clone()
    theirs = clip_grad_norm_(parameters, threshold).item()
    assert norm.item() == theirs or near(norm.item(), theirs, 1e-5) or norm.item() < 1e-18
    # torch divides by norm + 1e-6
    slack = 1e-5 + (1e-6 / norm.item() if norm.item() > threshold else 0)
    for ours, their in zip(flat(clipped), flat([p.grad for p in parameters]), strict=True):
        assert near(ours, their, slack)


@some
@given(entries, methods, thresholds)
def test_a_member_of_a_stack_does_not_feel_another(values, method, threshold):
    calm = stack([0.5] * COUNT)
    together = [torch.cat(pair) for pair in zip(calm, stack(values), strict=True)]
    beside, _ = clip_gradients(together, together, method, threshold)
    alone, _ = clip_gradients(calm, calm, method, threshold)
    assert all(torch.equal(b[:1], a) for b, a in zip(beside, alone, strict=True))
