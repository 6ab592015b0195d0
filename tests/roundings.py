"""The same run, rounded otherwise: what a test claims of a run's course, it claims under all of these.

Sums are added up in another order on another processor, and many a run is chaotic: what becomes of it is
then the processor's as much as its own. The fixture `rounding` (tests/conftest.py) gives a test each of
ROUNDINGS in turn. A test that needs one certain course makes its steps (tests/factories.py) instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import (
    cause,
    counterfactuals,
    end_loss,
    largest_gradient_norm,
    outcome,
    survived,
)
from core.diagnosis.verdict import Verdict, judge, with_twin
from core.engine.training import Trainer, train, train_many
from core.experiment import Experiment
from core.steps import Lost, Step

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
        """What became of it, as in core.diagnosis.outcomes."""
        return outcome(self.train(experiment), experiment)

    def cell(self, experiment: Experiment) -> Cell:
        """Its end alone, as of one that was trained in a stack."""
        steps = self.train(experiment)
        ends = end_loss(steps), largest_gradient_norm(steps)
        count = len(steps) - (steps[-1].lost is not None)
        return Cell(experiment, self.outcome(experiment), *ends, count)

    def cells(self, experiments: Sequence[Experiment]) -> dict[Experiment, Cell]:
        """Their ends alone."""
        return {e: self.cell(e) for e in experiments}

    def judge(self, experiment: Experiment, steps: list[Step] | None = None) -> Verdict:
        """The verdict, all of whose runs are rounded alike; of steps that were made, if they are given."""
        own = steps or self.train(experiment)
        return with_twin(judge(experiment, own, self.train, self.cells), self.cells)

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
TURNS = (("moved 1", "float64"), ("moved 2", "in a stack"), ("moved 3",))
"""Their names, but for the run as it is, which is tried in every turn."""


@lru_cache(KEPT)
def _trained(rounding: Rounding, experiment: Experiment) -> list[Step]:
    if rounding.draw is not None:
        return list(_moved(experiment, rounding.draw))
    if rounding.stacked:
        return list(_second_of_two(experiment))
    if rounding.exact:
        return list(_within_float32(experiment))
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
        step = trainer.advance(index, last=index == experiment.steps - 1).member(0)
        yield step
        if step.lost is not None:
            return


def _second_of_two(experiment: Experiment) -> Iterator[Step]:
    other = experiment.seeds(2)[1]
    for _, step in train_many([other, experiment]):
        if step is None:
            return
        yield step


def _within_float32(experiment: Experiment) -> Iterator[Step]:
    remembers = experiment.optimizer in ("adam", "rmsprop")
    for step in train(experiment, torch.float64):
        if (lost := step.lost or _beyond(step, remembers)) is None:
            yield step
            continue
        yield replace(step, lost=lost, end_loss=None, final_loss=None, final_grad_norm=None)
        return


def _beyond(step: Step, remembers: bool) -> Lost | None:
    """What leaves float32 first, by the norms, in the order in which a step computes.

    remembers: whether the optimizer keeps the squares of a gradient's entries.
    """
    kept = step.clipped_norm / step.grad_norm if step.grad_norm else 0.0
    gradients = step.weight_grad_norms
    for quantity, norms in (
        ("activation", [*enumerate(step.activation_norms, 1)]),
        ("loss", [(None, step.loss)]),
        ("signal", [*enumerate(step.signal_norms, 1)][::-1]),
        ("weight_gradient", [*enumerate(gradients, 1)][::-1]),
        ("memory", [(k, (kept * norm) ** 2) for k, norm in enumerate(gradients, 1) if remembers]),
        ("weight", [*enumerate(step.update_norms, 1)]),
        ("start_loss", [(None, step.start_loss or 0.0)]),
        ("final_loss", [(None, step.end_loss or 0.0)]),
        ("final_gradient", [(None, step.final_grad_norm or 0.0)]),
    ):
        for layer, norm in norms:
            if not norm <= FLOAT32_MOST:
                return Lost(quantity, layer)
    return None
