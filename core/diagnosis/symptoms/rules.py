"""The table of rules, and the diagnosis of a run by all of them.

Sources, as their code and documentation have it: TheDeepChecker (Ben Braiek & Khomh 2022), DeepDiagnosis (Wardat et
al. 2022), torch-audit, and the built-in rules of SageMaker Debugger. How ours differ from them, content's `source` of
each rule says.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.diagnosis.symptoms.detectors import (
    Detector,
    above,
    below,
    jumping,
    known,
    multiplying,
    rising,
)
from core.experiment import Experiment
from core.steps import Step
from core.theory.cancellation import signal_cancels
from core.trace import Trace

TOO_LONG = ("lower_rate", "clip_hard", "clipping", "initialization", "all_four")
TOO_LARGE = ("clipping", "clip_values", "initialization", "lower_rate", "normalization", "all_four")
AT_THE_START = ("initialization", "normalization", "lower_rate", "clip_values", "all_four")
TOO_SMALL = ("initialization", "normalization", "longer")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that spoke: at which step (from 0), at what value, in which layer or matrix (from 1; None: in all)."""

    rule: str
    step: int
    value: float
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is watched and how, the usual threshold, where that comes from, and what to try when the rule speaks.

    series: what it reads of a core.trace.Trace, by name.
    source: the citation, as in content's `source` of the rule; "" for our own.
    fixes: names of changes.CHANGES, the most fitting first; none of its own where only the verdict can tell.
    heard: in how many of presets.EXPLOSIONS it speaks at least, and in how many of presets.RESCUES at most; where
        a run is chaotic, rounding decides whether a rule that counts rises in a row speaks.
    window: the steps before its own that it compares with; a shorter run it cannot judge.
    least, most: the thresholds that make sense. warns: whether it warns of an explosion.
    """

    detect: Detector
    series: tuple[str, ...]
    threshold: float
    source: str
    fixes: tuple[str, ...]
    heard: tuple[int, int]
    window: int = 0
    least: float = 1e-12
    most: float = 1e12
    warns: bool = True

    @property
    def adjustable(self) -> bool:
        """Whether there is a threshold."""
        return math.isfinite(self.threshold)

    def can_judge(self, steps: Sequence[Step]) -> bool:
        """Whether a run has steps enough for it whose gradient is a number."""
        return sum(math.isfinite(step.grad_norm) for step in steps) > self.window


DEEP_CHECKER = "TheDeepChecker (Ben Braiek & Khomh 2022)"
DEEP_DIAGNOSIS = "DeepDiagnosis (Wardat et al. 2022)"
MEAN_FIELD = "Schoenholz et al. 2017"
SAGEMAKER = "SageMaker Debugger"
EACH_AND_ALL = ("weight_grad_norms", "grad_norm")

RULES: dict[str, Rule] = {
    "growth": Rule(
        above, ("growth",), 1.1, MEAN_FIELD, AT_THE_START, (4, 2), least=1.0, most=100.0
    ),
    "update_ratio": Rule(above, ("update_ratios",), 0.1, DEEP_DIAGNOSIS, TOO_LONG, (5, 0)),
    "gradient_large": Rule(above, ("grad_norm",), 100.0, "torch-audit", TOO_LARGE, (6, 0)),
    "gradient_huge": Rule(above, ("gradient_rms",), 1e6, DEEP_CHECKER, TOO_LARGE, (5, 0)),
    "loss_jump": Rule(jumping, ("loss",), 10.0, "", TOO_LONG, (4, 0), window=1, least=1.0),
    "loss_rising": Rule(
        rising, ("loss",), 2.0, DEEP_CHECKER, TOO_LONG, (2, 1), window=5, least=1.0
    ),
    "gradient_doubling": Rule(
        multiplying, EACH_AND_ALL, 2.0, DEEP_CHECKER, TOO_LONG, (2, 0), window=4, least=1.0
    ),
    "weights_growing": Rule(
        rising, ("weight_norms",), 2.0, DEEP_CHECKER, TOO_LONG, (2, 0), window=5, least=1.0
    ),
    "not_finite": Rule(known, ("lost",), math.inf, "IEEE 754", (), (4, 0), warns=False),
    "saturated": Rule(
        above, ("saturated",), 0.5, SAGEMAKER, AT_THE_START, (5, 0), most=1.0, warns=False
    ),
    "vanishing": Rule(below, ("gradient_rms",), 1e-7, SAGEMAKER, TOO_SMALL, (3, 0), warns=False),
    "update_small": Rule(
        below, ("update_ratios",), 1e-5, DEEP_DIAGNOSIS, TOO_SMALL, (4, 0), warns=False
    ),
}
"""Warnings of an explosion, the earliest first; its end; what hardly moves any more."""


def diagnose(
    steps: Sequence[Step], experiment: Experiment, thresholds: Mapping[str, float] | None = None
) -> list[Finding]:
    """What the rules found in a run, the earliest first.

    Args:
        steps: the run's steps, at least one.
        experiment: what was run.
        thresholds: by rule, where they differ from RULES.
    """
    trace = Trace.of(steps, experiment)
    if signal_cancels(experiment, steps[0].signal_norms):
        trace.logged["growth"] = False  # there is none to judge
    return found_in(trace, thresholds or {})


def found_in(trace: Trace, thresholds: Mapping[str, float]) -> list[Finding]:
    """What the rules found, the earliest first; a rule whose series are missing finds nothing."""
    found = (hear(name, trace, thresholds.get(name, r.threshold)) for name, r in RULES.items())
    return sorted((f for f in found if f is not None), key=lambda f: f.step)


def hear(name: str, trace: Trace, threshold: float) -> Finding | None:
    """Where the first of a rule's series speaks; of several at once, the farthest beyond the threshold."""
    rule, found = RULES[name], []
    for series in trace.series(*rule.series):
        if len(series.values) > rule.window:
            with np.errstate(over="ignore"):
                heard = rule.detect(series.values, threshold, rule.window)
            if heard is not None:
                place, value = heard
                found.append(Finding(name, int(series.steps[place]), value, series.layer))
    farther = 1 if rule.detect is below else -1
    return min(found, key=lambda f: (f.step, farther * f.value), default=None)


def first_warning(findings: Sequence[Finding]) -> Finding | None:
    """The earliest that warns of an explosion, from findings in `diagnose`'s order."""
    return next((f for f in findings if RULES[f.rule].warns), None)


def not_heard(findings: Sequence[Finding]) -> list[str]:
    """The rules that did not speak, in the table's order."""
    spoke = {finding.rule for finding in findings}
    return [rule for rule in RULES if rule not in spoke]
