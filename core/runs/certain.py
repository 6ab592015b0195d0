"""How many of a run's first losses every processor would have, trained again in float64 when it is asked."""

from core.computing.shared import once
from core.experiment import Experiment

MOST_SECONDS = 0.02
"""Of training in float32, by the estimate of `Experiment.seconds`; in float64 it takes some three times as long, and
the page waits."""


@once
def certain_steps(experiment: Experiment, losses: tuple[float, ...]) -> int | None:
    """As many of the losses as rounding does not decide; None where it would take too long. Needs torch."""
    if len(losses) * experiment.seconds / experiment.steps > MOST_SECONDS:
        return None
    from core.engine.same_start import certain_losses

    return certain_losses(experiment, losses)
