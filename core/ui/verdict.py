"""The verdict in words: what happened, how the signal travelled, and the cause, in the run's own numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.cancellation import signal_cancels
from core.cells import Cell
from core.charts.where import of_lost
from core.experiment import ACTIVATIONS, Experiment
from core.outcomes import (
    EXPLODED_START,
    RISEN,
    came_near,
    came_near_explosion,
    cause,
    counterfactuals,
    end_loss,
    ended,
    hangs_on_rounding,
    is_a_tenth,
    largest_gradient_norm,
    outcome,
    silent_since,
    spiked,
    start_loss,
    survived,
    twin,
)
from core.prediction import predict
from core.steps import Step, growth
from core.tasks import trivial_loss
from core.text import Text

Compute = Callable[[Experiment], Sequence[Step]]
Glance = Callable[[Sequence[Experiment]], Mapping[Experiment, Cell]]
"""What became of these runs, each told by its end alone; those that nobody waited for are missing."""

KEPT_BY_AVERAGES, YOUNG = 0.9, 0.1
"""The share of a running average that an update leaves (torch's momentum is 0.1); above the other they are young."""
FALLEN = 0.95
"""A loss that ends above this share of its first value has hardly fallen."""
GREW = 1.02
"""A growth from here on, or below its inverse, is told as one; between them the signal kept its size."""
ROUNDED = 1e-3
"""A start so near to another is the same: gains are chosen to four decimals."""
NEXT_TO_NOTHING = 1e-30
"""A signal's norm below this is on its way out of float32."""
FAR = 2.0
"""A loss is far from another where it is so many times as large, or as small."""


@dataclass(frozen=True)
class Verdict:
    """A finished run, judged.

    others: the counterfactual runs' steps, where it exploded.
    twin: what became of the run whose start differs by a millionth, where it was tried.
    twins_others: the outcomes of the twin's counterfactual runs, where they are known.
    tried: of other runs that might be suggested, what became of them.
    """

    experiment: Experiment
    steps: Sequence[Step]
    outcome: str
    others: Mapping[str, tuple[Experiment, Sequence[Step]]] = field(default_factory=dict)
    twin: Cell | None = None
    twins_others: Mapping[str, str] = field(default_factory=dict)
    tried: Mapping[Experiment, Cell] = field(default_factory=dict)

    @property
    def cause(self) -> str | None:
        """The cause of an explosion; None where there was none, or where it is not known."""
        if not self.others:
            return None
        return cause({name: outcome(steps, e) for name, (e, steps) in self.others.items()})

    @property
    def twins_cause(self) -> str | None:
        """The cause of the twin's explosion; None as above."""
        return cause(self.twins_others) if self.twins_others else None

    @property
    def situation(self) -> str:
        """What to try next depends on this: a key of advice.ORDER."""
        if self.outcome in ("diverged", "exploded"):
            return self.cause or "neither"
        if self.outcome == "stalled" and silent_since(self.steps) is not None:
            return "silent"
        return "rose" if self.outcome == "stalled" and rose(self.steps) else self.outcome


def judge(
    experiment: Experiment, steps: Sequence[Step], compute: Compute, glance: Glance
) -> Verdict:
    """Judge a run; an explosion is tried again as its counterfactuals, by `compute`.

    Where the visitor stopped one of them, the cause stays unsaid. An explosion, and a run that came near one, has a
    twin, and an explosion's twin its own counterfactuals; of these `glance` tells the ends.
    """
    if not ended(steps):
        return Verdict(experiment, steps, "stopped")
    what = outcome(steps, experiment)
    if survived(what):
        near = came_near(steps, experiment)
        return Verdict(experiment, steps, what, twin=_twin(experiment, glance) if near else None)
    others = {name: (e, compute(e)) for name, e in counterfactuals(experiment).items()}
    told = others if all(ended(known) for _, known in others.values()) else {}
    double = _twin(experiment, glance)
    both_exploded = double is not None and not survived(double.outcome)
    twins = _twins_others(told, glance) if both_exploded else {}
    return Verdict(experiment, steps, what, told, double, twins)


def _twin(experiment: Experiment, glance: Glance) -> Cell | None:
    return glance([twin(experiment)]).get(twin(experiment))


def _twins_others(
    others: Mapping[str, tuple[Experiment, Sequence[Step]]], glance: Glance
) -> dict[str, str]:
    """The outcomes of the twin's counterfactual runs; nothing where not all are known.

    One of the run's own that came near no explosion has its twin's outcome.
    """
    found = {name: outcome(steps, e) for name, (e, steps) in others.items()}
    close = {
        name: twin(e)
        for name, (e, steps) in others.items()
        if not survived(found[name]) or came_near_explosion(steps, e)
    }
    known = glance(list(close.values()))
    if not all(e in known for e in close.values()):
        return {}
    return found | {name: known[e].outcome for name, e in close.items()}


def sentences(verdict: Verdict, text: Text) -> str:
    """The verdict as one paragraph, the outcome in bold."""
    parts = [_headline(verdict, text), rounded(verdict, text)]
    parts += [evaluated(verdict.steps, verdict.experiment, text)]
    parts += [travelled(verdict.steps[0], verdict.experiment, text)]
    if verdict.cause is not None:
        parts += [_cause(verdict, text), _evidence(verdict, text)]
        parts += [_curvature(verdict, text)]
    return " ".join(part for part in parts if part)


def ending(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """How a run ended or was stopped, as half a sentence: "diverges at step 3", "learns (final loss 0.5)"."""
    if not ended(steps):
        return text("verdict.then.stopped", steps=len(steps), planned=experiment.steps)
    what = outcome(steps, experiment)
    what = "learned_hardly" if what == "learned" and hardly(steps) else what
    loss, start = end_loss(steps), start_loss(steps)
    return text(f"verdict.then.{what}", step=steps[-1].index, loss=loss, start=start)


def cell_ending(cell: Cell, text: Text) -> str:
    """The same of a run of which only the end is known."""
    return text(f"verdict.then.{cell.outcome}", step=cell.steps, loss=cell.loss)


def lost(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being a number first; empty if nothing did."""
    if step.lost is None:
        return ""
    return text(
        f"verdict.lost.{step.lost.quantity}",
        where=of_lost(step.lost, experiment, text),
        optimizer=text(f"ui.choices.optimizer.{experiment.optimizer}"),
    )


def _headline(verdict: Verdict, text: Text) -> str:
    steps, last = verdict.steps, verdict.steps[-1]
    silent, ends = silent_since(steps), ends_between(verdict)
    return text(
        f"verdict.headline.{verdict.outcome}{'_between' if ends else _nuance(verdict)}",
        step=last.index,
        early=ends[0] if ends else last.index,
        late=ends[1] if ends else last.index,
        lost=lost(last, verdict.experiment, text),
        start=start_loss(steps),
        final=end_loss(steps),
        highest=max(step.loss for step in steps),
        trivial=trivial_loss(verdict.experiment),
        first=steps[0].grad_norm,
        peak=largest_gradient_norm(steps),
        since=last.index if silent is None else silent,
    )


def _nuance(verdict: Verdict) -> str:
    """Which headline of an outcome: by what the loss did, and in an explosion by what tells it."""
    steps, experiment, tell = verdict.steps, verdict.experiment, _NUANCES.get(verdict.outcome, {})
    nuance = next((name for name, holds in tell.items() if holds(steps, experiment)), "")
    return f"{nuance}_{experiment.network}" if nuance in ("_shrunk", "_silent") else nuance


def rose(steps: Sequence[Step]) -> bool:
    """Whether a run that stayed finite ended at a loss that is clearly above the one that it began with."""
    return end_loss(steps) > RISEN * start_loss(steps)


def hardly(steps: Sequence[Step]) -> bool:
    """Whether a loss has hardly fallen, or has risen."""
    return end_loss(steps) > FALLEN * start_loss(steps)


def _exploded_before(steps: Sequence[Step], experiment: Experiment) -> bool:
    return start_loss(steps) > EXPLODED_START * trivial_loss(experiment)


def _dead(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether no signal reaches the first layer any more, since in some layer every unit is dead or saturated."""
    since = silent_since(steps) if experiment.network == "mlp" else None
    return since is not None and all(max(step.saturated) == 1 for step in steps[since:])


def _shrunk(steps: Sequence[Step], _: Experiment) -> bool:
    """Whether no signal reaches the first layer, since before that it had fallen to next to nothing."""
    since = silent_since(steps)
    if since is None:
        return False
    smallest = [min(filter(None, step.signal_norms), default=1.0) for step in steps[since:]]
    return max(smallest) < NEXT_TO_NOTHING


def _silent(steps: Sequence[Step], _: Experiment) -> bool:
    return silent_since(steps) is not None


_NUANCES: dict[str, dict[str, Callable[[Sequence[Step], Experiment], bool]]] = {
    "exploded": {
        "_before": _exploded_before,
        "_rose": lambda steps, _: rose(steps),
    },
    "learned": {
        "_spike": spiked,
        "_rose": lambda steps, _: rose(steps),
        "_hardly": lambda steps, _: hardly(steps),
    },
    "stalled": {
        "_dead": _dead,
        "_shrunk": _shrunk,
        "_silent": _silent,
        "_rose": lambda steps, _: rose(steps),
        "_same": lambda steps, _: hardly(steps),
    },
}
"""By outcome: headlines of their own, the first that holds."""


def rounded(verdict: Verdict, text: Text) -> str:
    """Whether rounding decides what became of the run, or why, or when: what its twin tells; "" if nothing."""
    double = verdict.twin
    if double is None:
        return ""
    ends = {"ending": cell_ending(double, text)}
    if double.outcome != verdict.outcome:
        return text("verdict.rounded.outcome", **ends)
    if _on_the_border(verdict, double):
        return text("verdict.rounded.border", **ends)
    if verdict.twins_cause != verdict.cause and verdict.twins_others:
        told = text(f"verdict.rounded.causes.{verdict.twins_cause}")
        return text("verdict.rounded.cause", cause=told, **ends)
    return ""


def _on_the_border(verdict: Verdict, double: Cell) -> bool:
    """Whether run and twin, alike as they ended, are farther apart than the border to another outcome is away."""
    if verdict.outcome == "diverged":
        return False
    return hangs_on_rounding(verdict.steps, verdict.experiment, double.loss, double.grad_norm)


def ends_between(verdict: Verdict) -> tuple[int, int] | None:
    """The first and the last step at which the run and its twin diverged, where that is more than one apart."""
    double, here = verdict.twin, verdict.steps[-1].index
    if double is None or not verdict.outcome == double.outcome == "diverged":
        return None
    ends = min(here, double.steps), max(here, double.steps)
    return ends if ends[1] - ends[0] > 1 else None


def evaluated(run: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """What an evaluation by batch normalization's running averages makes of the final loss, where that is far off."""
    final, end = run[-1].final_loss, run[-1].end_loss
    if final is None or end is None or 1 / FAR < final / end < FAR:
        return ""
    young = KEPT_BY_AVERAGES ** len(run)
    kind = "early" if young > YOUNG else "one" if experiment.depth == 1 else "deep"
    share = text.number(100 * young, digits=2)
    told = text.number(final) if math.isfinite(final) else text("verdict.evaluated.lost")
    return text(f"verdict.evaluated.{kind}", loss=told, updates=len(run), share=share)


def travelled(step: Step, experiment: Experiment, text: Text) -> str:
    """How the signal grew or shrank on its way back, at this step; "" where that cannot be measured."""
    rate = measured_growth(step, experiment)
    nearest, farthest = step.signal_norms[-1], step.signal_norms[0]
    if not math.isfinite(rate) or not 0 < nearest < math.inf or not 0 < farthest < math.inf:
        return ""
    kind = "grew" if rate > GREW else "shrank" if rate < 1 / GREW else "kept"
    return text(
        f"verdict.travelled.{experiment.network}_{kind}",
        growth=text.factor(rate, experiment.depth - 1),
        ratio=farthest / nearest,
        depth=experiment.depth,
        factors=experiment.depth - 1,
    )


def measured_growth(step: Step, experiment: Experiment) -> float:
    """The signal's growth at this step; NaN where there is none, or none to be measured."""
    norms = step.signal_norms
    return math.nan if signal_cancels(experiment, norms) else growth(norms)


def _cause(verdict: Verdict, text: Text) -> str:
    """The cause; less is known of a rate at its range's end, and of a start that grew, or did not, against theory."""
    if verdict.cause in ("chain", "both"):
        rate = measured_growth(verdict.steps[0], verdict.experiment)
        seen = "_unmeasured" if math.isnan(rate) else "_unseen" if rate <= GREW else ""
        return text(f"verdict.cause.{verdict.cause}{seen}")
    if verdict.cause == "neither" and "chain" not in verdict.others:
        return text("verdict.cause.neither_alone")
    lowest = not is_a_tenth(verdict.experiment, verdict.others["step"][0])
    less = "_grew" if _grew_against_theory(verdict) else "_lowest" if lowest else ""
    return text(f"verdict.cause.{verdict.cause}{less if verdict.cause == 'neither' else ''}")


def _grew_against_theory(verdict: Verdict) -> bool:
    """Whether the signal grew although theory gives the start no growth, so that there was none to take away."""
    chain = verdict.others.get("chain")
    acquitted = chain is not None and chain[0] == verdict.experiment
    return acquitted and measured_growth(verdict.steps[0], verdict.experiment) > GREW


def _evidence(verdict: Verdict, text: Text) -> str:
    """The counterfactual runs, with their numbers."""
    slow, slow_steps = verdict.others["step"]
    slower = _slower(verdict.experiment, slow, ending(slow_steps, slow, text), text)
    if "chain" not in verdict.others:
        return text("verdict.evidence.alone", slower=slower)
    chain, chain_steps = verdict.others["chain"]
    key = "already" if chain == verdict.experiment else "both_runs"
    way = "grew" if _grew_against_theory(verdict) else _way(verdict.experiment, chain)
    return text(
        f"verdict.evidence.{key}_{way}",
        start=_layered(chain, text) if chain.normalization == "layer" else aimed(chain, text),
        chain=ending(chain_steps, chain, text),
        slower=slower,
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
        curvature=text.exact(curvatures[-1]),
        product=curvatures[-1] * experiment.lr,
        bound=2 / experiment.lr,
    )
