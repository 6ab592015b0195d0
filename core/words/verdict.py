"""The verdict in words: what happened, how the signal travelled, and the cause, in the run's own numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.activations import ACTIVATIONS
from core.diagnosis.outcomes import hardly, is_a_tenth, rose, silent_since, spiked
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.steps import Step
from core.tasks import task_of
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.theory.prediction import predict
from core.words import course, rounding
from core.words.course import GREW, cell_ending, ending, measured_growth

ROUNDED = 1e-3
"""A start so near to another is the same: gains are chosen to four decimals."""
NEXT_TO_NOTHING = 1e-30
"""A signal's norm below this is on its way out of float32."""


def sentences(verdict: Verdict, text: Text) -> str:
    """The verdict as one paragraph, the outcome in bold."""
    parts = [_headline(verdict, text), rounded(verdict, text)]
    parts += [course.evaluated(verdict.steps, verdict.experiment, text)]
    parts += [course.travelled(verdict.steps[0], verdict.experiment, text)]
    parts += [_raw(verdict, text)]
    if verdict.cause is not None:
        parts += [_cause(verdict, text), _evidence(verdict, text)]
        parts += [_curvature(verdict, text)]
    elif verdict.others and verdict.chance:
        parts += [text("verdict.cause.open")]
    return " ".join(part for part in parts if part)


def _headline(verdict: Verdict, text: Text) -> str:
    """By what the loss did, and in an explosion by what tells it."""
    steps, e = verdict.steps, verdict.experiment
    ends = rounding.ends_between(steps, verdict.twin)
    told = course.numbers(steps, e)
    own = course.nuance(f"verdict.headline.{verdict.outcome}", HEADLINES, steps, e)
    return text(
        "verdict.headline.diverged_between" if ends else own.format(network=e.network),
        **told,
        early=ends[0] if ends else told["step"],
        late=ends[1] if ends else told["step"],
        lost=course.lost(steps[-1], e, text),
        final=told["loss"],
    )


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


HEADLINES: dict[str, Callable[[Sequence[Step], Experiment], bool]] = {
    "verdict.headline.exploded_before": course.exploded_before,
    "verdict.headline.exploded_rose": lambda steps, _: rose(steps),
    "verdict.headline.learned_spike": spiked,
    "verdict.headline.learned_rose": lambda steps, _: rose(steps),
    "verdict.headline.learned_hardly": lambda steps, _: hardly(steps),
    "verdict.headline.stalled_dead": _dead,
    "verdict.headline.stalled_shrunk_{network}": _shrunk,
    "verdict.headline.stalled_silent_{network}": lambda steps, _: silent_since(steps) is not None,
    "verdict.headline.stalled_rose": lambda steps, _: rose(steps),
    "verdict.headline.stalled_same": lambda steps, _: hardly(steps),
}
"""Headlines of their own; of an outcome's, the first that holds."""


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


def _raw(verdict: Verdict, text: Text) -> str:
    """How large raw data are, where the run did not learn from them."""
    experiment = verdict.experiment
    if experiment.scaling != "raw" or verdict.outcome == "learned":
        return ""
    task, usual = task_of(experiment), task_of(replace(experiment, scaling="standardized"))
    return text(
        "verdict.raw.large",
        inputs=float(np.mean(task.inputs**2)),
        targets=float(np.mean(task.targets**2)),
        usual_inputs=float(np.mean(usual.inputs**2)),
        usual_targets=float(np.mean(usual.targets**2)),
    )


def _cause(verdict: Verdict, text: Text) -> str:
    """The cause; less is known of a rate at its range's end, and of a start that grew, or did not, against theory."""
    if verdict.cause in ("chain", "both"):
        rate = measured_growth(verdict.steps[0], verdict.experiment)
        seen = "_unmeasured" if math.isnan(rate) else "_unseen" if rate <= GREW else ""
        return text(f"verdict.cause.{verdict.cause}{seen}")
    if verdict.cause == "neither":
        lowest = not is_a_tenth(verdict.experiment, verdict.others["step"][0])
        less = "_grew" if _grew_against_theory(verdict) else "_lowest" if lowest else ""
        return text(f"verdict.cause.neither{less if 'chain' in verdict.others else '_alone'}")
    return text("verdict.cause.step")


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
    way = "already_grew" if _grew_against_theory(verdict) else _way(verdict.experiment, chain)
    return text(
        f"verdict.evidence.{way}",
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

    Or why there was none "already"; "less": the start is below the one for a growth of 1; "cancelled": there is no
    signal to grow.
    """
    layered = chain.normalization == "layer"
    if chain != experiment:
        plain = "gain" if experiment.normalization == "none" else "plain"
        return f"both_runs_{'layer' if layered else plain}"
    if layered:
        return "already_cancelled" if signal_cancels(chain) else "already_layer"
    return "already_less" if _below(chain) else "already_gain"


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
