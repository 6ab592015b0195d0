"""What is kept of a run that was one of many: its end alone."""

from dataclasses import dataclass

from core.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one experiment, trained in a stack.

    outcome: as in `core.diagnosis.outcomes`.
    loss: the last finite one: on the whole data set after the last update, or of the last batch of a
        run that diverged; NaN if none was finite.
    grad_norm: the largest finite one, before clipping, that after the last update included; NaN if none was finite.
    steps: updates after which everything was still finite.
    """

    experiment: Experiment
    outcome: str
    loss: float
    grad_norm: float
    steps: int
