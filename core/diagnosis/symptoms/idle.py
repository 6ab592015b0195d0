"""Detectors of what hardly moves any more: units, gradients, updates."""

import math
from collections.abc import Sequence

from core.diagnosis.symptoms.findings import (
    Finding,
    highest,
    lowest,
    root_mean_squares,
    update_ratios,
)
from core.experiment import Experiment
from core.steps import Step


def saturated(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """More than the share `threshold` of a layer's units (RNN: at a time step) is dead or saturated.

    After SageMaker Debugger's DeadRelu and SaturatedActivation: half a layer. Here a unit counts if its slope is
    below 1 % of the activation's steepest on the whole batch.
    """
    del experiment
    return highest("saturated", steps, _shares, threshold)


def _shares(step: Step) -> dict[int, float]:
    """By layer; of what is no longer a number no slope can be told."""
    pairs = enumerate(zip(step.saturated, step.activation_norms, strict=True), start=1)
    return {layer: share for layer, (share, norm) in pairs if math.isfinite(norm)}


def vanishing(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The root mean square of a matrix's gradient is below `threshold`.

    SageMaker Debugger's VanishingGradient and DeepDiagnosis: the mean of its absolute values below 1e-7. The root
    mean square is never smaller than that.
    """
    return lowest("vanishing", steps, lambda s: root_mean_squares(s, experiment), threshold)


def update_small(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """An update is shorter than `threshold` times the weight matrix that it changes.

    DeepDiagnosis: lr·‖g‖ / ‖w‖ below 1e-5; here the update as it was really made.
    """
    return lowest("update_small", steps, lambda s: update_ratios(s, experiment), threshold)
