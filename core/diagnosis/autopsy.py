"""How a run came to its end: its last steps, and the chain of events in them, read from its own records."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.experiment import Experiment
from core.steps import Lost, Step

TAIL = 5
"""Steps that the autopsy looks at, the last one among them."""
STEADY = 1.1
"""Below this factor neither a weight matrix nor a bias has grown."""
ENOUGH = {"adam": 5.9e20, "rmsprop": 1.9e20}
"""By optimizer: an entry of the gradient that makes its second moment infinite at once, whatever that was before."""


@dataclass(frozen=True, slots=True)
class Event:
    """One link of the chain.

    kind: "first_step", "weights_grew" or "weights_steady"; "bias_drives" or "bias_grew"; "forward_whole"; "lost_" and
        a quantity of `core.steps.Lost`; then "loss_followed", "signal_too", "gradient_followed" or "gradient_whole",
        "nothing_moved" or "some_moved", and "weights_followed" or "weights_whole".
    step: when. value: what was measured (see `autopsy`); NaN where there is nothing to measure.
    layer: from 1; a layer or time step of activations and signals, else a weight matrix, whose bias it may be; None
        for a loss.
    since: the step from which growth is counted.
    was: of a bias, its norm at that step. bound: what its weights make at most, see `_most_made`.
    """

    kind: str
    step: int
    value: float = math.nan
    layer: int | None = None
    since: int = 0
    was: float = math.nan
    bound: float = math.nan


@dataclass(frozen=True, slots=True)
class Moment:
    """One step in four numbers: loss, gradient norm, largest weight norm, largest activation norm."""

    step: int
    loss: float
    gradient: float
    weights: float
    activation: float


def last_moments(steps: Sequence[Step]) -> list[Moment]:
    """The last TAIL steps; weights as they were before the step's update."""
    return [
        Moment(
            step.index,
            step.loss,
            step.grad_norm,
            largest(step.weight_norms),
            largest(step.activation_norms),
        )
        for step in steps[-TAIL:]
    ]


def largest(norms: Sequence[float]) -> float:
    """The largest of them, or the first that is not finite."""
    return next((norm for norm in norms if not math.isfinite(norm)), max(norms))


def autopsy(steps: Sequence[Step], experiment: Experiment) -> list[Event]:
    """How it came to the end, in the order of computing; empty for a run in which nothing was lost.

    Values: the factor by which a weight matrix grew; the norm of a bias; the norm, loss or gradient norm just before
    or after what was lost; for "weights_followed" the number of matrices that the last update made not finite, for
    "some_moved" of those that it moved.
    """
    last = steps[-1]
    if last.lost is None:
        return []
    weights = _weights(steps)
    before = [weights, *_biases(steps, experiment, weights.kind == "weights_steady")]
    if last.lost.quantity != "activation":
        before.append(Event("forward_whole", last.index, max(last.activation_norms)))
    value = BEFORE[last.lost.quantity](steps, last.lost)
    first = Event(f"lost_{last.lost.quantity}", last.index, value, last.lost.layer)
    return [*before, first, *_after(last, last.lost)]


def _weights(steps: Sequence[Step]) -> Event:
    """What the last updates had made of the weights with which the last step computed."""
    then, last = steps[-TAIL:][0], steps[-1]
    if len(steps) == 1:
        return Event("first_step", last.index)
    pairs = zip(then.weight_norms, last.weight_norms, strict=True)
    factors = [now / was if was > 0 else 1.0 for was, now in pairs]
    most = max(factors)
    kind = "weights_grew" if most >= STEADY else "weights_steady"
    return Event(kind, last.index, most, factors.index(most) + 1, then.index)


def _biases(steps: Sequence[Step], experiment: Experiment, steady: bool) -> list[Event]:
    """The bias that grew and outgrew what its weights make; where these are steady, else the one that grew most."""
    grown = list(_grown(steps, experiment))
    driving = [event for event in grown if event.value > event.bound]
    if driving:
        return [max(driving, key=lambda event: (_ratio(event), event.layer))]
    most = max(grown, key=lambda event: event.value - event.was, default=None)
    return [most] if most is not None and steady else []


def _ratio(event: Event) -> float:
    return event.value / event.bound if event.bound > 0 else math.inf


def _grown(steps: Sequence[Step], experiment: Experiment) -> Iterator[Event]:
    """Every bias that grew over the last steps. A hidden one that a normalization takes the scale of is left out."""
    then, last = steps[-TAIL:][0], steps[-1]
    first = 2 if experiment.kind.recurrent else 1
    norms = zip(then.bias_norms, last.bias_norms, strict=True)
    for matrix, (was, now) in enumerate(norms, start=first):
        readout = matrix == len(last.weight_norms)
        if now > was and now >= STEADY * was and (readout or experiment.normalization == "none"):
            bound = _most_made(last, matrix, experiment)
            kind = "bias_drives" if now > bound else "bias_grew"
            yield Event(kind, last.index, now, matrix, then.index, was, bound)


def _most_made(step: Step, matrix: int, experiment: Experiment) -> float:
    """A bound for what a weight matrix adds to its bias: of ‖W h‖, the root mean square over the batch.

    At most ‖W‖ ‖h‖ / sqrt(batch). Inf where the record does not have the norm of what goes in: the data's.
    """
    readout = matrix == len(step.weight_norms)
    if not readout and (matrix == 1 or experiment.kind.recurrent):
        return math.inf
    enters = step.activation_norms[-1 if readout else matrix - 2]
    return step.weight_norms[matrix - 1] * enters / math.sqrt(experiment.batch_size)


def _norm_below(steps: Sequence[Step], lost: Lost) -> float:
    """Of the activation one layer (time step) before the one that was lost; NaN for the first."""
    layer = lost.layer or 1
    return steps[-1].activation_norms[layer - 2] if layer > 1 else math.nan


def _norm_behind(steps: Sequence[Step], lost: Lost) -> float:
    """Of the signal one layer (time step) nearer to the output; NaN for the last."""
    norms = steps[-1].signal_norms
    layer = lost.layer or 1
    return norms[layer] if layer < len(norms) else math.nan


BEFORE: dict[str, Callable[[Sequence[Step], Lost], float]] = {
    "activation": _norm_below,
    "loss": lambda steps, _: steps[-2].loss if len(steps) > 1 else math.nan,
    "signal": _norm_behind,
    "weight_gradient": lambda steps, _: max(steps[-1].signal_norms),
    "weight": lambda steps, _: steps[-1].grad_norm,
    "memory": lambda steps, _: steps[-1].clipped_norm,
    "start_loss": lambda steps, _: steps[-1].loss,
    "final_loss": lambda steps, _: steps[-1].loss,
    "final_gradient": lambda steps, _: steps[-1].grad_norm,
}
"""By the quantity that was lost: the last number before it."""
AT_THE_END = ("weight", "final_loss", "final_gradient")
"""What is lost by the update or after it: nothing in the step follows from that."""


def _after(last: Step, lost: Lost) -> list[Event]:
    """What the loss carried with it in the same step."""
    events = []
    if lost.quantity == "activation" and not math.isfinite(last.loss):
        events.append(Event("loss_followed", last.index, last.loss))
    layer = _own_overflow(last.signal_norms) if lost.quantity == "loss" else None
    if layer is not None:
        events.append(Event("signal_too", last.index, last.signal_norms[layer], layer))
    if lost.quantity in ("activation", "loss", "signal"):
        whole = math.isfinite(last.grad_norm)
        kind = "gradient_whole" if whole else "gradient_followed"
        events.append(Event(kind, last.index, last.grad_norm))
    if lost.quantity == "memory":
        moved = sum(norm != 0 for norm in last.update_norms)
        events.append(Event("some_moved" if moved else "nothing_moved", last.index, moved))
    elif lost.quantity not in AT_THE_END:
        broken = sum(not math.isfinite(norm) for norm in last.update_norms)
        kind = "weights_followed" if broken else "weights_whole"
        events.append(Event(kind, last.index, broken))
    return events


def _own_overflow(signal_norms: Sequence[float]) -> int | None:
    """The layer (time step) at which a signal that was a number at the output stopped being one; else None."""
    finite = [math.isfinite(norm) for norm in signal_norms]
    if all(finite) or not finite[-1]:
        return None
    return max(index for index, whole in enumerate(finite) if not whole) + 1
