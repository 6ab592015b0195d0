"""The same run, rounded otherwise: what a test claims of a run's course, it claims under all of these.

Sums are added up in another order on another processor, and many a run is chaotic: what becomes of it is
then the processor's as much as its own. The fixture `rounding` (tests/conftest.py) gives a test each of
ROUNDINGS in turn. A test that needs one certain course makes its steps (tests/factories.py) instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from core.experiment import Experiment
from core.outcomes import cause, counterfactuals, outcome, survived
from core.steps import Lost, Step
from core.training import Trainer, train, train_many

FLOAT32_MOST = torch.finfo(torch.float32).max
KEPT = 256
"""Runs kept in memory: a megabyte each, of 200 steps and twenty layers."""


@dataclass(frozen=True)
class Rounding:
    """One way to round.

    draw: which of their two neighbours in float32 the first weights are moved to; None for not at all.
    stacked: whether another run is trained beside it, so that its sums are added up in another order.
    exact: in float64. It ends where a number leaves float32, as it would there.
    """

    name: str
    draw: int | None = None
    stacked: bool = False
    exact: bool = False

    def train(self, experiment: Experiment) -> list[Step]:
        """The run's steps, computed once in a process; not to be written to."""
        return _trained(self, experiment)

    def outcome(self, experiment: Experiment) -> str:
        """What became of it, as in core.outcomes."""
        return outcome(self.train(experiment), experiment)

    def cause(self, experiment: Experiment) -> str | None:
        """Why it exploded, by its counterfactuals, rounded alike; None if it did not."""
        if survived(self.outcome(experiment)):
            return None
        return cause({name: self.outcome(e) for name, e in counterfactuals(experiment).items()})


AS_IS = Rounding("as is")
ROUNDINGS = (
    AS_IS,
    *(Rounding(f"moved {draw}", draw=draw) for draw in (1, 2, 3)),
    Rounding("in a stack", stacked=True),
    Rounding("float64", exact=True),
)


@lru_cache(KEPT)
def _trained(rounding: Rounding, experiment: Experiment) -> list[Step]:
    if rounding.draw is not None:
        return list(_moved(experiment, rounding.draw))
    if rounding.stacked:
        return list(_second_of_two(experiment))
    if rounding.exact:
        return list(_within_float32(train(experiment, torch.float64)))
    return list(train(experiment))


def _moved(experiment: Experiment, draw: int) -> Iterator[Step]:
    """Trained from first weights each of which is the next float32 above or below (6e-8 to 1.2e-7 away)."""
    trainer = Trainer([experiment], torch.float32, "everything")
    weights = trainer.network.weights
    ups = torch.randint(0, 2, weights.shape, generator=torch.Generator().manual_seed(draw))
    with torch.inference_mode():
        neighbours = torch.nextafter(weights, torch.where(ups == 1, torch.inf, -torch.inf))
        weights.copy_(torch.where(weights == 0, weights, neighbours))
    for index in range(experiment.steps):
        step = trainer.advance(index).member(0)
        yield step
        if step.lost is not None:
            return


def _second_of_two(experiment: Experiment) -> Iterator[Step]:
    other = experiment.seeds(2)[1]
    for _, step in train_many([other, experiment]):
        if step is None:
            return
        yield step


def _within_float32(steps: Iterator[Step]) -> Iterator[Step]:
    for step in steps:
        lost = step.lost or _beyond(step)
        yield step if lost is None else replace(step, lost=lost, final_loss=None)
        if lost is not None:
            return


def _beyond(step: Step) -> Lost | None:
    """What leaves float32 first, by the norms, in the order in which a step computes."""
    for quantity, norms in (
        ("activation", [*enumerate(step.activation_norms, 1)]),
        ("loss", [(None, step.loss)]),
        ("signal", [*enumerate(step.signal_norms, 1)][::-1]),
        ("weight_gradient", [*enumerate(step.weight_grad_norms, 1)][::-1]),
        ("weight", [*enumerate(step.update_norms, 1)]),
        ("final_loss", [(None, step.final_loss or 0.0)]),
    ):
        for layer, norm in norms:
            if not norm <= FLOAT32_MOST:
                return Lost(quantity, layer)
    return None
