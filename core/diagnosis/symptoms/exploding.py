"""Detectors of what grows: early warnings of an explosion, and its end.

Sources, as their code and documentation have it: TheDeepChecker (Ben Braiek & Khomh 2022), DeepDiagnosis (Wardat et
al. 2022), torch-audit, and the built-in rules of SageMaker Debugger.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from core.diagnosis.symptoms.findings import (
    Finding,
    highest,
    rising,
    root_mean_squares,
    update_ratios,
)
from core.experiment import Experiment
from core.steps import Step, growth
from core.theory.cancellation import signal_cancels

WINDOW = 5
"""Steps in a row at which loss and weights have to rise."""
DOUBLINGS = 4
"""Rises in a row of the gradient: TheDeepChecker's window of five values."""


def signal_growth(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """At step 0 the signal grows by more than `threshold` per layer (time step) on its way back.

    Mean field theory (Schoenholz et al. 2017) has the border at 1; the margin is ours. Where a normalization
    cancels the signal there is no growth to judge.
    """
    if signal_cancels(experiment, steps[0].signal_norms):
        return None
    rate = growth(steps[0].signal_norms)
    return Finding("growth", steps[0].index, rate) if threshold < rate < math.inf else None


def update_ratio(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """An update is longer than `threshold` times the weight matrix that it changes.

    DeepDiagnosis: lr·‖g‖ / ‖w‖ above 0.1; here the update as it was really made. SageMaker Debugger's
    WeightUpdateRatio waits for 10.
    """
    return highest("update_ratio", steps, lambda s: update_ratios(s, experiment), threshold)


def gradient_large(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The global gradient norm, before clipping, is above `threshold`: torch-audit's rule TA102, 100."""
    del experiment
    for step in steps:
        if threshold < step.grad_norm < math.inf:
            return Finding("gradient_large", step.index, step.grad_norm)
    return None


def gradient_huge(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The root mean square of a matrix's gradient is above `threshold`.

    TheDeepChecker: the mean of its absolute values above 1e6. The root mean square is at least that.
    """
    return highest("gradient_huge", steps, lambda s: root_mean_squares(s, experiment), threshold)


def gradient_doubling(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """The gradient of the whole network, or of one matrix, grew `threshold`-fold at each of DOUBLINGS steps.

    TheDeepChecker: factor 2 between all neighbours in a window of 5, for each matrix.
    """
    del experiment
    matrices = len(steps[0].weight_grad_norms)
    found = rising(
        "gradient_doubling",
        steps,
        lambda s: (*s.weight_grad_norms, s.grad_norm),
        DOUBLINGS,
        each=threshold,
    )
    return replace(found, layer=None) if found and found.layer == matrices + 1 else found


def weights_growing(
    steps: Sequence[Step], experiment: Experiment, threshold: float
) -> Finding | None:
    """A weight matrix's norm rose at each of WINDOW steps, `threshold`-fold or more in all.

    After TheDeepChecker, which asks for its factor at every step.
    """
    del experiment
    return rising("weights_growing", steps, lambda s: s.weight_norms, WINDOW, whole=threshold)


def loss_jump(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The loss is at least `threshold` times what it was one step before; a threshold of our own."""
    del experiment
    for before, step in pairwise(steps):
        if before.loss > 0 and threshold * before.loss <= step.loss < math.inf:
            return Finding("loss_jump", step.index, step.loss / before.loss)
    return None


def loss_rising(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """The loss rose at each of WINDOW steps, `threshold`-fold or more in all.

    After TheDeepChecker, which asks for its factor at every step, of losses averaged over several updates.
    """
    del experiment
    found = rising("loss_rising", steps, lambda s: (s.loss,), WINDOW, whole=threshold)
    return replace(found, layer=None) if found else None


def not_finite(steps: Sequence[Step], experiment: Experiment, threshold: float) -> Finding | None:
    """An activation, the loss, the signal, a gradient or a weight stopped being finite. No threshold."""
    del experiment, threshold
    last = steps[-1]
    if last.lost is None:
        return None
    return Finding("not_finite", last.index, last.loss, last.lost.layer)
