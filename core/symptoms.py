"""Detectors: each symptom one pure function from a run's steps to the first moment it shows.

A detector takes (steps, experiment, threshold) and returns a Finding or None. Its rule, its usual threshold
and where that comes from stand side by side in RULES.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.experiment import Experiment
from core.steps import Step, growth
from core.tasks import load_task

WINDOW = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that spoke: at which step (from 0), at what value, in which layer or matrix (from 1; None: in all)."""

    rule: str
    step: int
    value: float
    layer: int | None = None


Detector = Callable[[Sequence[Step], Experiment, float], Finding | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector, the threshold it is usually given, the source of that threshold.

    window: the steps before its own that a detector compares with; a run no longer than that it cannot judge.
    """

    detect: Detector
    threshold: float
    source: str
    window: int = 0


def not_finite(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """Something stopped being finite."""
    del experiment, threshold
    last = steps[-1]
    if last.lost is None:
        return None
    return Finding("not_finite", last.index, last.loss, last.lost.layer)


def loss_rising(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The loss is at least `threshold` times what it was WINDOW steps before."""
    del experiment
    for earlier, step in zip(steps, steps[WINDOW:], strict=False):
        if 0 < earlier.loss < math.inf and step.loss >= threshold * earlier.loss:
            return Finding("loss_rising", step.index, step.loss / earlier.loss)
    return None


def loss_jump(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The loss is at least `threshold` times what it was one step before."""
    del experiment
    for earlier, step in pairwise(steps):
        if 0 < earlier.loss < math.inf and step.loss >= threshold * earlier.loss:
            return Finding("loss_jump", step.index, step.loss / earlier.loss)
    return None


def gradient_doubling(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The gradient norm rose at each of WINDOW steps, by `threshold` or more in all."""
    del experiment
    norms = [step.grad_norm for step in steps]
    for end in range(WINDOW, len(norms)):
        window = norms[end - WINDOW : end + 1]
        rising = all(a < b for a, b in pairwise(window))
        if rising and window[0] > 0 and window[-1] >= threshold * window[0]:
            return Finding("gradient_doubling", end, window[-1] / window[0])
    return None


def gradient_large(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The global gradient norm, before clipping, is above `threshold`."""
    del experiment
    for step in steps:
        if step.grad_norm > threshold:
            return Finding("gradient_large", step.index, step.grad_norm)
    return None


def update_ratio(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """An update moves a weight matrix by more than `threshold` of the matrix's own norm."""
    del experiment
    for step in steps:
        for layer, (update, weight) in enumerate(
            zip(step.update_norms, step.weight_norms, strict=True), start=1
        ):
            if weight > 0 and update / weight > threshold:
                return Finding("update_ratio", step.index, update / weight, layer)
    return None


def signal_growth(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The signal grows by more than `threshold` per layer (time step) at the first step."""
    del experiment
    rate = growth(steps[0].signal_norms)
    return Finding("growth", 0, rate) if rate > threshold else None


def vanishing(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The root mean square of a weight gradient's entries is below `threshold`."""
    features = load_task(experiment.task, experiment.depth).inputs.shape[-1]
    for step in steps:
        last = len(step.weight_grad_norms)
        for layer, norm in enumerate(step.weight_grad_norms, start=1):
            fan_in = features if layer == 1 else experiment.width
            fan_out = 1 if layer == last else experiment.width
            rms = norm / math.sqrt(fan_in * fan_out)
            if rms < threshold:
                return Finding("vanishing", step.index, rms, layer)
    return None


RULES: dict[str, Rule] = {
    "growth": Rule(signal_growth, 1.1, "mean field (Schoenholz et al. 2017)"),
    "update_ratio": Rule(update_ratio, 0.1, "DeepDiagnosis (Wardat et al. 2022)"),
    "gradient_large": Rule(gradient_large, 100.0, "torch-audit, rule TA102"),
    "gradient_doubling": Rule(
        gradient_doubling, 2.0, "after TheDeepChecker (Ben Braiek & Khomh 2022)", WINDOW
    ),
    "loss_jump": Rule(loss_jump, 10.0, "a threshold of our own", 1),
    "loss_rising": Rule(loss_rising, 2.0, "after TheDeepChecker (Ben Braiek & Khomh 2022)", WINDOW),
    "not_finite": Rule(not_finite, math.inf, "IEEE 754"),
    "vanishing": Rule(vanishing, 1e-7, "DeepDiagnosis (Wardat et al. 2022)"),
}
"""Early warnings first."""


def diagnose(
    steps: Sequence[Step], experiment: Experiment, thresholds: Mapping[str, float] | None = None
) -> list[Finding]:
    """What the rules found in a run, the earliest first.

    Args:
        steps: the run's steps, at least one.
        experiment: what was run.
        thresholds: by rule, where they differ from RULES.
    """
    given = thresholds or {}
    found = (
        rule.detect(steps, experiment, given.get(name, rule.threshold))
        for name, rule in RULES.items()
    )
    return sorted((f for f in found if f is not None), key=lambda f: f.step)
