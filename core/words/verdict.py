"""The verdict in words: what happened, how the signal travelled, and the cause, in the run's own numbers."""

import math
from collections.abc import Callable, Sequence

from core.activations import ACTIVATIONS
from core.diagnosis.outcomes import (
    EXPLODED_START,
    end_loss,
    hardly,
    is_a_tenth,
    largest_gradient_norm,
    rose,
    silent_since,
    spiked,
    start_loss,
)
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.steps import Step
from core.tasks import trivial_loss
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.theory.prediction import predict
from core.words import rounding
from core.words.course import GREW, cell_ending, ending, evaluated, lost, measured_growth, travelled

ROUNDED = 1e-3
"""A start so near to another is the same: gains are chosen to four decimals."""
NEXT_TO_NOTHING = 1e-30
"""A signal's norm below this is on its way out of float32."""


def sentences(verdict: Verdict, text: Text) -> str:
    """The verdict as one paragraph, the outcome in bold."""
    parts = [_headline(verdict, text), rounded(verdict, text)]
    parts += [evaluated(verdict.steps, verdict.experiment, text)]
    parts += [travelled(verdict.steps[0], verdict.experiment, text)]
    if verdict.cause is not None:
        parts += [_cause(verdict, text), _evidence(verdict, text)]
        parts += [_curvature(verdict, text)]
    elif verdict.others and verdict.chance:
        parts += [text("verdict.cause.open")]
    return " ".join(part for part in parts if part)


def _headline(verdict: Verdict, text: Text) -> str:
    steps, last = verdict.steps, verdict.steps[-1]
    silent, ends = silent_since(steps), rounding.ends_between(steps, verdict.twin)
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
    return f"{nuance}_{experiment.kind.words}" if nuance in ("_shrunk", "_silent") else nuance


def _exploded_before(steps: Sequence[Step], experiment: Experiment) -> bool:
    return start_loss(steps) > EXPLODED_START * trivial_loss(experiment)


def _dead(steps: Sequence[Step], experiment: Experiment) -> bool:
    """Whether no signal reaches the first layer any more, since in some layer every unit is dead or saturated."""
    since = None if experiment.kind.recurrent else silent_since(steps)
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
    said = rounding.told(verdict.steps, verdict.experiment, double, text)
    if said or verdict.twins_cause in (None, verdict.cause):
        return said
    told = text(f"verdict.rounded.causes.{verdict.twins_cause}")
    return text("verdict.rounded.cause", cause=told, ending=cell_ending(double, text))


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
        aim=text(f"verdict.aim.{'deep' if ACTIVATIONS[chain.activation].passes_one else 'gelu'}"),
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

    "less": it was not there, for the start is below the one for a growth of 1; "cancelled": nor a signal to grow.
    """
    if chain.normalization == "layer":
        return "cancelled" if signal_cancels(chain) else "layer"
    if experiment.normalization != "none":
        return "plain"
    return "less" if chain == experiment and _below(chain) else "gain"


def _layered(experiment: Experiment, text: Text) -> str:
    """What theory gives an experiment with layer normalization: its growth."""
    growth_there = ACTIVATIONS[experiment.activation].layer_norm_growth
    return text(f"verdict.aim.layer_{experiment.kind.words}", growth=growth_there)


def _below(experiment: Experiment) -> bool:
    """Whether its weights are smaller than those for a growth of 1, by more than its gain is rounded."""
    critical = ACTIVATIONS[experiment.activation].critical_sigma_w
    return experiment.sigma_w < critical * (1 - ROUNDED)


def aimed(experiment: Experiment, text: Text) -> str:
    """What the gain of core.experiment.growth_one aims at, and what theory says comes of it in this network."""
    kind = "deep" if ACTIVATIONS[experiment.activation].passes_one else "gelu"
    kind = "nearest" if _below(experiment) else kind
    prediction = predict(experiment) if experiment.depth > 1 else None
    slots = {"aim": text(f"verdict.aim.{kind}"), "gain": text.exact(experiment.gain)}
    if prediction is None:
        return text("verdict.aim.alone", **slots)
    return text(f"verdict.aim.{experiment.kind.words}", growth=prediction.growth, **slots)


def _curvature(verdict: Verdict, text: Text) -> str:
    """Where plain gradient descent overshot: the readout's curvature against 2 / lr."""
    experiment = verdict.experiment
    plain = experiment.optimizer == "sgd" and experiment.clipping == "none"
    if not plain or verdict.cause not in ("step", "both"):
        return ""
    from core.engine.curvature import readout_curvatures  # loads torch, which is there by now

    curvatures = readout_curvatures(experiment)
    if not curvatures or curvatures[-1] * experiment.lr <= 2:
        return ""
    return text(
        "verdict.evidence.curvature",
        curvature=text.exact(curvatures[-1]),
        product=text.exact(curvatures[-1] * experiment.lr),
        bound=2 / experiment.lr,
    )
