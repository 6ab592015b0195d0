"""What became of a run, and why: pure functions of its steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from core.activations import ACTIVATIONS
from core.experiment import RANGES, Experiment, growth_one
from core.steps import Step
from core.tasks import trivial_loss
from core.theory.cancellation import signal_cancels

LEARNED_SHARE = 0.95
EXPLODED_LOSS = 100.0
EXPLODED_START = 1000.0
EXPLODED_NORM = 1e6
EXPLODED_TIMES, RISEN = 100.0, 1.05
FALLEN = 0.95
"""A loss that ends above this share of the one that it began with has hardly fallen."""
SPIKE = 100.0
"""A loss on the way is a spike where it is more than so many times the one at the start, and the trivial one."""
NEAR, BORDER = 10.0, 1.1
"""A run came near an explosion where its gradient, or its loss, passed what it began with so many times; and near the
border of learning where its final loss is within this factor of it."""
SPREAD = 2.0
"""Rounding may take a run's numbers so many times as far as it took its twin's."""
FALLING = 0.9
"""A quarter's median loss below this share of the last one's is no chance of the batches."""
FEWEST = 5
"""Steps in a quarter that has a median to speak of."""
LASTING = 10
MILLIONTH = 1e-6


def outcome(steps: Sequence[Step], experiment: Experiment) -> str:
    """What became of a run: "diverged", "exploded", "learned" or "stalled"; the rule is `finite_outcome`'s.

    Raises:
        ValueError: the run was stopped on its way, and has no outcome.
    """
    if not ended(steps):
        raise ValueError(f"a run that was stopped has no outcome: {len(steps)} steps")
    if steps[-1].lost is not None:
        return "diverged"
    losses = start_loss(steps), end_loss(steps)
    return finite_outcome(experiment, losses, (steps[0].grad_norm, largest_gradient_norm(steps)))


def finite_outcome(
    experiment: Experiment, losses: tuple[float, float], norms: tuple[float, float]
) -> str:
    """The outcome of a run that stayed finite.

    Args:
        experiment: whose trivial loss counts.
        losses: on the whole data set, before the first update and after the last.
        norms: of the gradient, the first and the largest.
    """
    (start, end), (first, peak) = losses, norms
    trivial = trivial_loss(experiment)
    if end <= LEARNED_SHARE * trivial:
        return "learned"
    huge = end > EXPLODED_LOSS * trivial or start > EXPLODED_START * trivial
    huge = huge or peak > EXPLODED_NORM * max(trivial, 1.0)
    rose = end > RISEN * start and end > trivial and peak > EXPLODED_TIMES * first > 0
    return "exploded" if huge or rose else "stalled"


def start_loss(steps: Sequence[Step]) -> float:
    """The loss on the whole data set before the first update."""
    assert steps[0].start_loss is not None
    return steps[0].start_loss


def end_loss(steps: Sequence[Step]) -> float:
    """The loss on the whole data set after the last update, or the last batch's where the run was lost or stopped."""
    last = steps[-1]
    return last.loss if last.end_loss is None else last.end_loss


def spiked(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether the loss of a run that stayed finite was on its way far above where it began, and the trivial one."""
    return _highest_loss(steps) > SPIKE * max(start_loss(steps), trivial_loss(experiment))


def came_near(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether a run that stayed finite came near another outcome, so that rounding might have made it that."""
    border = LEARNED_SHARE * trivial_loss(experiment)
    undecided = border / BORDER < end_loss(steps) < border * BORDER
    return undecided or came_near_explosion(steps, experiment)


def came_near_explosion(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether gradient or loss of a run that stayed finite went far above what they began with."""
    began = max(start_loss(steps), trivial_loss(experiment))
    gradient = largest_gradient_norm(steps) > NEAR * steps[0].grad_norm
    return gradient or _highest_loss(steps) > NEAR * began


def hangs_on_rounding(
    steps: Sequence[Step], experiment: Experiment, end: float, peak: float
) -> bool:
    """Whether a run's outcome would change if its numbers moved a little farther than they did to its twin's.

    end, peak: the final loss and the largest gradient norm of a twin that stayed finite as well.
    """
    own = end_loss(steps), largest_gradient_norm(steps)
    begun = start_loss(steps), steps[0].grad_norm
    found = {outcome(steps, experiment)}
    for way in (-SPREAD, SPREAD):
        moved, highest = (_moved(a, b, way) for a, b in zip(own, (end, peak), strict=True))
        norms = begun[1], max(highest, begun[1])  # the first one, which no rounding moves, counts
        found.add(finite_outcome(experiment, (begun[0], moved), norms))
    return len(found) > 1


def _moved(own: float, twins: float, way: float) -> float:
    """A number, `way` times as far from its own value as the twin's is, on a logarithmic scale."""
    return float(own * (twins / own) ** way) if min(own, twins) > 0 else twins


def _highest_loss(steps: Sequence[Step]) -> float:
    return max(max(step.loss for step in steps), end_loss(steps))


def still_falling(steps: Sequence[Step]) -> bool:
    """Whether a finite run's loss was going down when its steps ended: its last quarter against the one before."""
    quarter = len(steps) // 4
    if quarter < FEWEST:
        return False
    losses = [step.loss for step in steps[-2 * quarter :]]
    return median(losses[quarter:]) < FALLING * median(losses[:quarter])


def silent_since(steps: Sequence[Step]) -> int | None:
    """The step from which on, to the end, no signal reached the first layer: not one bit of it.

    None if it did, or if that were LASTING steps or fewer of a run in which it had: a single batch may be silent.
    """
    heard = (step.index for step in reversed(steps) if step.signal_norms[0] != 0)
    since = next(heard, -1) + 1
    lasts = since == 0 or len(steps) - since > LASTING
    return since if lasts and since < len(steps) else None


def rose(steps: Sequence[Step]) -> bool:
    """Whether a run that stayed finite ended at a loss that is clearly above the one that it began with."""
    return end_loss(steps) > RISEN * start_loss(steps)


def hardly(steps: Sequence[Step]) -> bool:
    """Whether a loss has hardly fallen, or has risen."""
    return end_loss(steps) > FALLEN * start_loss(steps)


def ended(steps: Sequence[Step]) -> bool:
    """Whether a run has come to its end, and was not left on the way."""
    return bool(steps) and (steps[-1].lost is not None or steps[-1].end_loss is not None)


def survived(what: str) -> bool:
    """Whether an outcome is no explosion."""
    return what in ("learned", "stalled")


def same_course(a: Sequence[Step], b: Sequence[Step]) -> bool:
    """Whether two runs went alike: every loss, every gradient's and every update's norm; NaN equals NaN.

    Runs that had no loss to begin with cannot be told to.
    """
    comparable = len(a) == len(b) and math.isfinite(a[0].loss)
    return comparable and all(
        _course(one) == _course(other) for one, other in zip(a, b, strict=True)
    )


def _course(step: Step) -> str:
    return f"{step.loss} {step.grad_norm} {step.clipped_norm} {step.update_norms} {step.end_loss}"


def largest_gradient_norm(steps: Sequence[Step]) -> float:
    """The largest finite gradient norm before clipping, that after the last update included; NaN if there is none."""
    norms = [step.grad_norm for step in steps]
    if steps[-1].final_grad_norm is not None:
        norms.append(steps[-1].final_grad_norm)
    return max(filter(math.isfinite, norms), default=math.nan)


def counterfactuals(experiment: Experiment) -> dict[str, Experiment]:
    """The runs that tell the cause: the same without growth ("chain"), the same ten times slower ("step").

    Or as slow as the range allows, and as it is where theory gives it no growth. One layer is no chain, and is
    never tried as one.
    """
    slower = max(float(f"{experiment.lr / 10:.4g}"), RANGES["lr"][0])
    step = {"step": replace(experiment, lr=slower)}
    return step if experiment.depth == 1 else {"chain": without_growth(experiment), **step}


def twin(experiment: Experiment) -> Experiment:
    """The same run with its start changed by a millionth, some ten times what a float32 number is rounded by.

    By the gain; in a recurrent network of one time step, whose recurrent matrix meets only zeros, by the rate.
    """
    field = "lr" if experiment.kind.recurrent and experiment.depth == 1 else "gain"
    value, most = getattr(experiment, field), RANGES[field][1]
    sign = 1 if value * (1 + MILLIONTH) <= most else -1
    return replace(experiment, **{field: value * (1 + sign * MILLIONTH)})


def is_a_tenth(experiment: Experiment, slower: Experiment) -> bool:
    """Whether the slower run is so slow; at the end of the range a tenth cannot be had."""
    return math.isclose(slower.lr, experiment.lr / 10, rel_tol=1e-3)


def without_growth(experiment: Experiment) -> Experiment:
    """The same at a growth of 1, or less under a normalization; as it is where theory gives it no growth.

    By its gain; a normalization undoes that, so there by layer normalization where theory gives it a growth of
    no more than 1 (ReLU, linear and sigmoid layers), and otherwise by the gain without a normalization. Of one or
    two units layer normalization leaves nothing to grow: who has it is left as it is, and nobody is given it.
    """
    if experiment.normalization == "none":
        critical = ACTIVATIONS[experiment.activation].critical_sigma_w
        return growth_one(experiment) if experiment.sigma_w > critical else experiment
    layered = replace(experiment, normalization="layer")
    plain = growth_one(replace(experiment, normalization="none"))
    if signal_cancels(layered):
        return experiment if layered == experiment else plain
    return plain if ACTIVATIONS[experiment.activation].layer_norm_growth > 1 else layered


def cause(outcomes: Mapping[str, str]) -> str:
    """The cause, by the counterfactuals' outcomes: "chain", "step", "both" (either cures it), "neither"."""
    cured = [name for name, what in outcomes.items() if survived(what)]
    if len(cured) == 2:
        return "both"
    return cured[0] if cured else "neither"
