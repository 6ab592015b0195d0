"""The verdict in words: what happened, how the signal travelled, and the cause, in the run's own numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.charts.where import of_lost
from core.experiment import ACTIVATIONS, Experiment
from core.outcomes import (
    cause,
    counterfactuals,
    ended,
    is_a_tenth,
    largest_gradient_norm,
    outcome,
    survived,
)
from core.prediction import predict
from core.steps import Step, growth
from core.tasks import load_task
from core.text import Text

Compute = Callable[[Experiment], Sequence[Step]]


KEPT_BY_AVERAGES, YOUNG = 0.9, 0.1
"""The share of a running average that an update leaves (torch's momentum is 0.1); above the other they are young."""
RISEN = 1.1
"""A gradient norm, or a finite run's loss, has gone up where it is more than so many times its first."""
FALLEN = 0.95
"""A loss that ends above this share of its first value has hardly fallen."""
GREW = 1.02
"""A growth from here on, or below its inverse, is told as one; between them the signal kept its size."""
ROUNDED = 1e-3
"""A start so near to another is the same: gains are chosen to four decimals."""
FAR = 2.0
"""The final loss is far from the last batch's where it is more than so many times as large."""


@dataclass(frozen=True)
class Verdict:
    """A finished run, judged. `others`: the counterfactual runs' steps, where it exploded."""

    experiment: Experiment
    steps: Sequence[Step]
    outcome: str
    others: Mapping[str, tuple[Experiment, Sequence[Step]]]

    @property
    def cause(self) -> str | None:
        """The cause of an explosion; None where there was none, or where it is not known."""
        if not self.others:
            return None
        return cause({name: outcome(steps, e) for name, (e, steps) in self.others.items()})

    @property
    def situation(self) -> str:
        """What to try next depends on this: a key of advice.ORDER."""
        if self.outcome in ("diverged", "exploded"):
            return self.cause or "neither"
        rose = final_loss(self.steps) > RISEN * self.steps[0].loss
        rose = rose and not _averages_lag(self.steps, self.experiment)
        return "rose" if self.outcome == "stalled" and rose else self.outcome


def judge(experiment: Experiment, steps: Sequence[Step], compute: Compute) -> Verdict:
    """Judge a run; an explosion is tried again as its two counterfactuals, by `compute`.

    Where the visitor stopped one of them, the cause stays unsaid.
    """
    if not ended(steps):
        return Verdict(experiment, steps, "stopped", {})
    what = outcome(steps, experiment)
    if survived(what):
        return Verdict(experiment, steps, what, {})
    others = {name: (e, compute(e)) for name, e in counterfactuals(experiment).items()}
    told = others if all(ended(known) for _, known in others.values()) else {}
    return Verdict(experiment, steps, what, told)


def sentences(verdict: Verdict, text: Text) -> str:
    """The verdict as one paragraph, the outcome in bold."""
    parts = [_headline(verdict, text), evaluated(verdict.steps, verdict.experiment, text)]
    parts += [travelled(verdict.steps[0], verdict.experiment, text)]
    if verdict.cause is not None:
        parts += [_cause(verdict, text), _evidence(verdict, text)]
        parts += [_curvature(verdict, text)]
    return " ".join(part for part in parts if part)


def ending(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """How a run ended or was stopped, as half a sentence: "is lost at step 3", "learns (final loss 0.5)"."""
    if not ended(steps):
        return text("verdict.then.stopped", steps=len(steps), planned=experiment.steps)
    what = outcome(steps, experiment)
    what = "learned_hardly" if what == "learned" and hardly(steps) else what
    loss, start = final_loss(steps), steps[0].loss
    return text(f"verdict.then.{what}", step=steps[-1].index, loss=loss, start=start)


def final_loss(steps: Sequence[Step]) -> float:
    """Loss on the whole data set after the last update, or the last batch's where the run was lost."""
    last = steps[-1]
    return last.loss if last.final_loss is None else last.final_loss


def lost(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being a number first; empty if nothing did."""
    if step.lost is None:
        return ""
    return text(f"verdict.lost.{step.lost.quantity}", where=of_lost(step.lost, experiment, text))


def _headline(verdict: Verdict, text: Text) -> str:
    steps, last = verdict.steps, verdict.steps[-1]
    task = load_task(verdict.experiment.task, verdict.experiment.depth)
    first, peak = steps[0].grad_norm, largest_gradient_norm(steps)
    return text(
        f"verdict.headline.{verdict.outcome}{_nuance(verdict)}",
        step=last.index,
        lost=lost(last, verdict.experiment, text),
        start=steps[0].loss,
        final=final_loss(steps),
        trivial=task.trivial_loss,
        first=first,
        peak=peak,
    )


def _nuance(verdict: Verdict) -> str:
    """Which headline of an outcome: an explosion at once, a loss that hardly fell, one that even rose."""
    steps = verdict.steps
    start, final = steps[0].loss, final_loss(steps)
    if verdict.outcome == "exploded" and largest_gradient_norm(steps) < RISEN * steps[0].grad_norm:
        return "_at_once"
    if verdict.outcome == "learned" and hardly(steps):
        return "_hardly"
    return "_rose" if verdict.outcome == "stalled" and final > start else ""


def hardly(steps: Sequence[Step]) -> bool:
    """Whether a loss has hardly fallen, or has risen."""
    return final_loss(steps) > FALLEN * steps[0].loss


def evaluated(run: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """Why the final loss is not the batches' own, where batch normalization makes them differ much; else ""."""
    if not _averages_lag(run, experiment):
        return ""
    young = KEPT_BY_AVERAGES ** len(run)
    kind = "early" if young > YOUNG else "one" if experiment.depth == 1 else "deep"
    share = text.number(100 * young, digits=2)
    return text(f"verdict.evaluated.{kind}", batch=run[-1].loss, updates=len(run), share=share)


def _averages_lag(run: Sequence[Step], experiment: Experiment) -> bool:
    """Whether batch normalization's running averages make the final loss a far larger one than the last batch's."""
    if experiment.normalization != "batch" or run[-1].final_loss is None:
        return False
    return not run[-1].final_loss < FAR * run[-1].loss


def travelled(step: Step, experiment: Experiment, text: Text) -> str:
    """How the signal grew or shrank on its way back, at this step."""
    rate = growth(step.signal_norms)
    nearest, farthest = step.signal_norms[-1], step.signal_norms[0]
    if not math.isfinite(rate) or not 0 < nearest < math.inf or not 0 < farthest < math.inf:
        return ""
    kind = "grew" if rate > GREW else "shrank" if rate < 1 / GREW else "kept"
    return text(
        f"verdict.travelled.{experiment.network}_{kind}",
        growth=rate,
        ratio=farthest / nearest,
        depth=experiment.depth,
    )


def _cause(verdict: Verdict, text: Text) -> str:
    """The cause; less is known of a rate at its range's end, and of a start that grew, or did not, against theory."""
    if verdict.cause in ("chain", "both"):
        unseen = growth(verdict.steps[0].signal_norms) <= GREW
        return text(f"verdict.cause.{verdict.cause}{'_unseen' if unseen else ''}")
    lowest = not is_a_tenth(verdict.experiment, verdict.others["step"][0])
    less = "_grew" if _grew_against_theory(verdict) else "_lowest" if lowest else ""
    return text(f"verdict.cause.{verdict.cause}{less if verdict.cause == 'neither' else ''}")


def _grew_against_theory(verdict: Verdict) -> bool:
    """Whether the signal grew although theory gives the start no growth, so that there was none to take away."""
    acquitted = verdict.others["chain"][0] == verdict.experiment
    return acquitted and growth(verdict.steps[0].signal_norms) > GREW


def _evidence(verdict: Verdict, text: Text) -> str:
    """The counterfactual runs, with their numbers."""
    (chain, chain_steps), (slow, slow_steps) = verdict.others["chain"], verdict.others["step"]
    key = "already" if chain == verdict.experiment else "both_runs"
    way = "grew" if _grew_against_theory(verdict) else _way(verdict.experiment, chain)
    return text(
        f"verdict.evidence.{key}_{way}",
        start=_layered(chain, text) if chain.normalization == "layer" else aimed(chain, text),
        chain=ending(chain_steps, chain, text),
        slower=_slower(verdict.experiment, slow, ending(slow_steps, slow, text), text),
        aim=text(f"verdict.aim.{'gelu' if chain.activation == 'gelu' else 'deep'}"),
        sigma=text.exact(chain.sigma_w),
        critical=text.exact(ACTIVATIONS[chain.activation].critical_sigma_w),
    )


def _slower(experiment: Experiment, slow: Experiment, then: str, text: Text) -> str:
    """What became of the slower run, or that this app has no slower one."""
    if slow == experiment:
        return text("verdict.slower.none", lr=text.exact(slow.lr))
    key = "tenth" if is_a_tenth(experiment, slow) else "lowest"
    return text(f"verdict.slower.{key}", lr=text.exact(slow.lr), ending=then)


def _way(experiment: Experiment, chain: Experiment) -> str:
    """How the growth was taken away: by the "gain", by "layer" normalization, or with the "plain" start without.

    "less": it was not there, for the start is below the one for a growth of 1.
    """
    if chain.normalization == "layer":
        return "layer"
    if experiment.normalization != "none":
        return "plain"
    return "less" if chain == experiment and _below(chain) else "gain"


def _layered(experiment: Experiment, text: Text) -> str:
    """What theory gives an experiment with layer normalization: its growth."""
    growth_there = ACTIVATIONS[experiment.activation].layer_norm_growth
    return text(f"verdict.aim.layer_{experiment.network}", growth=growth_there)


def _below(experiment: Experiment) -> bool:
    """Whether its weights are smaller than those for a growth of 1, by more than its gain is rounded."""
    critical = ACTIVATIONS[experiment.activation].critical_sigma_w
    return experiment.sigma_w < critical * (1 - ROUNDED)


def aimed(experiment: Experiment, text: Text) -> str:
    """What the gain of core.experiment.growth_one aims at, and what theory says comes of it in this network."""
    kind = "gelu" if experiment.activation == "gelu" else "deep"
    kind = "nearest" if _below(experiment) else kind
    prediction = predict(experiment) if experiment.depth > 1 else None
    slots = {"aim": text(f"verdict.aim.{kind}"), "gain": text.exact(experiment.gain)}
    if prediction is None:
        return text("verdict.aim.alone", **slots)
    return text(f"verdict.aim.{experiment.network}", growth=prediction.growth, **slots)


def _curvature(verdict: Verdict, text: Text) -> str:
    """Where plain gradient descent overshot: the readout's curvature against 2 / lr."""
    experiment = verdict.experiment
    plain = experiment.optimizer == "sgd" and experiment.clipping == "none"
    if not plain or verdict.cause not in ("step", "both"):
        return ""
    from core.curvature import readout_curvatures  # loads torch, which is there by now

    curvatures = readout_curvatures(experiment)
    if not curvatures or curvatures[-1] * experiment.lr <= 2:
        return ""
    return text(
        "verdict.evidence.curvature",
        curvature=curvatures[-1],
        product=curvatures[-1] * experiment.lr,
        bound=2 / experiment.lr,
    )
