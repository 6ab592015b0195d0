"""The table of rules, and the diagnosis of a run by all of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.diagnosis.symptoms.exploding import (
    DOUBLINGS,
    WINDOW,
    gradient_doubling,
    gradient_huge,
    gradient_large,
    loss_jump,
    loss_rising,
    not_finite,
    signal_growth,
    update_ratio,
    weights_growing,
)
from core.diagnosis.symptoms.findings import Detector, Finding
from core.diagnosis.symptoms.idle import saturated, update_small, vanishing
from core.experiment import Experiment
from core.steps import Step

TOO_LONG = ("lower_rate", "clip_hard", "clipping", "initialization", "all_four")
TOO_LARGE = ("clipping", "clip_values", "initialization", "lower_rate", "normalization", "all_four")
AT_THE_START = ("initialization", "normalization", "lower_rate", "clip_values", "all_four")
TOO_SMALL = ("initialization", "normalization", "longer")


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector, the threshold that it is usually given, where that comes from, and what to try when it speaks.

    source: the citation, as in content's `source` of the rule, which says how ours differs; "" for our own.
    fixes: names of advice.CHANGES, the most fitting first; none of its own where only the verdict can tell.
    heard: in how many of presets.EXPLOSIONS it speaks at least, and in how many of presets.RESCUES at most; where
        a run is chaotic, rounding decides whether a rule that counts rises in a row speaks.
    window: the steps before its own that it compares with; a shorter run it cannot judge.
    least, most: the thresholds that make sense. warns: whether it warns of an explosion.
    """

    detect: Detector
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
SAGEMAKER = "SageMaker Debugger"

RULES: dict[str, Rule] = {
    "growth": Rule(
        signal_growth, 1.1, "Schoenholz et al. 2017", AT_THE_START, (4, 2), least=1.0, most=100.0
    ),
    "update_ratio": Rule(update_ratio, 0.1, DEEP_DIAGNOSIS, TOO_LONG, (4, 0)),
    "gradient_large": Rule(gradient_large, 100.0, "torch-audit", TOO_LARGE, (5, 0)),
    "gradient_huge": Rule(gradient_huge, 1e6, DEEP_CHECKER, TOO_LARGE, (4, 0)),
    "loss_jump": Rule(loss_jump, 10.0, "", TOO_LONG, (3, 0), window=1, least=1.0),
    "loss_rising": Rule(loss_rising, 2.0, DEEP_CHECKER, TOO_LONG, (2, 1), window=WINDOW, least=1.0),
    "gradient_doubling": Rule(
        gradient_doubling, 2.0, DEEP_CHECKER, TOO_LONG, (2, 0), window=DOUBLINGS, least=1.0
    ),
    "weights_growing": Rule(
        weights_growing, 2.0, DEEP_CHECKER, TOO_LONG, (2, 0), window=WINDOW, least=1.0
    ),
    "not_finite": Rule(not_finite, math.inf, "IEEE 754", (), (3, 0), warns=False),
    "saturated": Rule(saturated, 0.5, SAGEMAKER, AT_THE_START, (4, 0), most=1.0, warns=False),
    "vanishing": Rule(vanishing, 1e-7, SAGEMAKER, TOO_SMALL, (3, 0), warns=False),
    "update_small": Rule(update_small, 1e-5, DEEP_DIAGNOSIS, TOO_SMALL, (4, 0), warns=False),
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
    given = thresholds or {}
    found = (
        rule.detect(steps, experiment, given.get(name, rule.threshold))
        for name, rule in RULES.items()
    )
    return sorted((f for f in found if f is not None), key=lambda f: f.step)


def first_warning(findings: Sequence[Finding]) -> Finding | None:
    """The earliest that warns of an explosion, from findings in `diagnose`'s order."""
    return next((f for f in findings if RULES[f.rule].warns), None)


def not_heard(findings: Sequence[Finding]) -> list[str]:
    """The rules that did not speak, in the table's order."""
    spoke = {finding.rule for finding in findings}
    return [rule for rule in RULES if rule not in spoke]
