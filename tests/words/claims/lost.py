"""Claims of what stopped being a number first."""

import math

from tests.words.claims.facts import Run, Spot
from tests.words.claims.judging import Claim, Part, Word, claim


def _norms_until(norms: tuple[float, ...], layer: int | None, *, back: bool = False) -> bool:
    """Whether that of `layer` is the first in the order of computing that is not finite."""
    places = range(len(norms), 0, -1) if back else range(1, len(norms) + 1)
    return next((p for p in places if not math.isfinite(norms[p - 1])), None) == layer


def _whole(*norms: float) -> bool:
    return all(map(math.isfinite, norms))


def lost_is(quantity: str):
    def holds(run: Run) -> bool:
        return run.end.lost.quantity == quantity

    holds.__doc__ = f"{quantity} was lost first"
    return holds


def forward(run: Run) -> bool:
    """all activations of the last step are finite"""
    return _whole(*run.end.activation_norms)


def to_loss(run: Run) -> bool:
    """activations and loss of the last step are finite"""
    return forward(run) and _whole(run.end.loss)


def to_signal(run: Run) -> bool:
    """activations, loss and signals of the last step are finite"""
    return to_loss(run) and _whole(*run.end.signal_norms)


def to_gradient(run: Run) -> bool:
    """activations, loss, signals and gradients of the last step are finite"""
    return to_signal(run) and _whole(run.end.grad_norm, *run.end.weight_grad_norms)


def activation_first(run: Run) -> bool:
    """the first activation that is not finite is that one"""
    return _norms_until(run.end.activation_norms, run.end.lost.layer)


def signal_first(run: Run) -> bool:
    """the first signal on the way back that is not finite is that one"""
    return _norms_until(run.end.signal_norms, run.end.lost.layer, back=True)


def gradient_lost(run: Run) -> bool:
    """that weight gradient is not finite"""
    return not _whole(run.end.weight_grad_norms[run.end.lost.layer - 1])


def loss_lost(run: Run) -> bool:
    """the last step's loss is not finite"""
    return not _whole(run.end.loss)


def memory_lost(run: Run) -> bool:
    """the optimizer's memory is infinite, of a gradient that can overflow it"""
    return not run.remembers


def at_the_end(run: Run) -> bool:
    """all steps were made"""
    return len(run.steps) == run.experiment.steps


def lost_at(run: Run) -> Spot:
    lost = run.end.lost
    return Spot(run.experiment, lost.layer, lost.quantity in ("activation", "signal"))


where = Part(lost_at, "charts.where.*")
CLAIMS: dict[str, Claim] = {
    "verdict.lost.activation": claim(lost_is("activation"), activation_first, where=where),
    "verdict.lost.loss": claim(lost_is("loss"), forward, loss_lost),
    "verdict.lost.signal": claim(lost_is("signal"), to_loss, signal_first, where=where),
    "verdict.lost.weight_gradient": claim(
        lost_is("weight_gradient"), to_signal, gradient_lost, where=where
    ),
    "verdict.lost.memory": claim(
        lost_is("memory"),
        to_gradient,
        memory_lost,
        optimizer=Word(lambda run: f"ui.choices.optimizer.{run.experiment.optimizer}"),
        where=where,
    ),
    "verdict.lost.weight": claim(lost_is("weight"), to_gradient, where=where),
    "verdict.lost.start_loss": claim(
        lost_is("start_loss"), lambda run: not _whole(run.S), lambda run: len(run.steps) == 1
    ),
    "verdict.lost.final_loss": claim(lost_is("final_loss"), to_gradient, at_the_end),
    "verdict.lost.final_gradient": claim(lost_is("final_gradient"), to_gradient, at_the_end),
}
