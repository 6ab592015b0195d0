"""What to try against what the rules found: each fix once, with the findings that it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.diagnosis.advice import ORDER, Suggestion
from core.diagnosis.changes import AIMS, CHANGES, CLIPS, STANDARDIZATION, idle
from core.diagnosis.outcomes import outcome, survived
from core.diagnosis.symptoms import RULES, Finding
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.places import matrix, of_lost, place
from core.problems import ExperimentError
from core.text import Text
from core.theory.cancellation import cancelled_by, signal_cancels
from core.ui import state
from core.ui.lesson import Lesson
from core.words.course import ending, forgot, nuance
from core.words.suggestions import detail, endings_seen

OF_LAYERS = ("growth", "saturated")
"""Rules whose finding names a layer or time step; the others' name a weight matrix, "not_finite" either."""
LEAST_MOVE = 1e-3
BLAMES = {"growth": "chain", "update_ratio": "step"}
"""The cause (core/diagnosis/outcomes.py) that a rule points at: what the verdict knows of it, its card must say."""
UNTRIED, FAILED = 2, 3


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change to try, and the findings that it answers. fix: None where there is nothing to try."""

    fix: Suggestion | None
    findings: tuple[Finding, ...]


def remedies(verdict: Verdict, found: Sequence[Finding]) -> list[Remedy]:
    """Every finding with the fix that belongs to it: first the fixes that the verdict saw do the run good."""
    fixes = {finding: remedy(verdict, finding.rule) for finding in found}
    order = sorted(
        dict.fromkeys(fixes.values()),
        key=lambda fix: (fix is None, fix is None or _promise(verdict, fix)),
    )
    return [Remedy(fix, tuple(f for f in found if fixes[f] == fix)) for fix in order]


def remedy(verdict: Verdict, rule: str) -> Suggestion | None:
    """The fix that belongs to a rule; where that is none here, the one of which the verdict has seen most good.

    And where that acts on another cause than the verdict found. What the verdict has seen fail is not offered, nor
    what changes nothing, nor what cannot be. A run that learned needs no fix.
    """
    if verdict.outcome == "learned":
        return None
    own = RULES[rule].fixes
    if verdict.experiment.scaling == "raw":
        own = (STANDARDIZATION, *own)
    changes = (_change(name, verdict.experiment) for name in (*own, *ORDER[verdict.situation]))
    possible = [s for s in changes if s is not None and _promise(verdict, s) < FAILED]
    if possible and possible[0].name in own[:1] and not _elsewhere(verdict, possible[0]):
        return possible[0]
    return min(possible, key=lambda s: _promise(verdict, s), default=None)


def _elsewhere(verdict: Verdict, fix: Suggestion) -> str:
    """The one cause that the verdict knows, where the fix acts on the other; "" else."""
    cause = verdict.cause
    return cause if cause in ("chain", "step") and AIMS.get(fix.name, cause) != cause else ""


def _promise(verdict: Verdict, fix: Suggestion) -> int:
    """What the verdict has seen of a fix: that the run learned by it (0), or at least did not explode (1); FAILED.

    Of what it has not tried it knows nothing, which is better than a failure. A run that stalled, and stalls with
    the fix as well, has failed.
    """
    end = verdict.seen.get(fix.experiment)
    if end is None:
        return UNTRIED
    if end == "learned":
        return 0
    return 1 if survived(end) and not survived(verdict.outcome) else FAILED


def _change(name: str, experiment: Experiment) -> Suggestion | None:
    """A change by its name; None where it changes nothing, cannot be, or is idle; what is clipped is clipped."""
    if idle(name, experiment) or (name in CLIPS and experiment.clipping != "none"):
        return None
    try:
        changed = CHANGES[name](experiment)
    except ExperimentError:
        return None
    return None if changed == experiment else Suggestion(name, changed)


def show(
    lesson: Lesson, verdict: Verdict, answers: Sequence[Remedy], thresholds: Mapping[str, float]
) -> None:
    """Each fix with its button and the rules that it answers; behind one fold what each of those found, and why."""
    if not answers:
        return
    for each in answers:
        if each.fix is not None:
            _offer(lesson, verdict, each.fix, each.findings)
    label = " · ".join(text("symptoms.fix.each") for text in lesson.languages)
    with st.expander(label), st.container(key="findings"):
        for each in answers:
            for finding in each.findings:
                _card(lesson, verdict, finding, thresholds)


def _offer(lesson: Lesson, verdict: Verdict, fix: Suggestion, findings: Sequence[Finding]) -> None:
    """The button that applies a change and runs it; what it does, and what is known of it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"offer-{fix.name}"):
        st.button(
            lesson.text("symptoms.fix.button", name=lesson.text(f"advice.{fix.name}.name")),
            key=f"fix-{fix.name}",
            icon=":material/play_arrow:",
            on_click=state.run,
            args=(fix.experiment.to_query(),),
        )
        said = []
        for text in lesson.languages:
            named = (text(f"symptoms.rules.{finding.rule}.name") for finding in findings)
            said.append(f"*{' · '.join(named)}*  \n{about(fix, verdict, findings, text)}")
        st.markdown("\n\n".join(said))


def about(fix: Suggestion, verdict: Verdict, findings: Sequence[Finding], text: Text) -> str:
    """What a change is; how it ended where the verdict has tried it, and what is known against it where not.

    And if a rule's own first fix is not offered because the verdict has seen it fail: that, too.
    """
    parts = [detail(fix, text) + text("symptoms.fix.stop")]
    ends = endings_seen(verdict, text)
    if fix.experiment in ends:
        parts.append(text("symptoms.fix.proven", ending=ends[fix.experiment]))
    elif ends:
        parts.append(text("symptoms.fix.untried"))
        if (cause := _elsewhere(verdict, fix)) and verdict.experiment.depth > 1:
            parts.append(text(f"symptoms.fix.beside_{cause}"))
    for name, failed in _failed_firsts(verdict, findings).items():
        told = text(f"advice.{name}.name")
        parts.append(text("symptoms.fix.failed", name=told, ending=ends[failed]))
    return " ".join(parts)


def _failed_firsts(verdict: Verdict, findings: Sequence[Finding]) -> dict[str, Experiment]:
    """The first fixes of these findings' rules that the verdict has seen fail."""
    firsts = {name: None for f in findings for name in RULES[f.rule].fixes[:1]}
    changes = (_change(name, verdict.experiment) for name in firsts)
    return {s.name: s.experiment for s in changes if s and _promise(verdict, s) == FAILED}


def _card(
    lesson: Lesson, verdict: Verdict, finding: Finding, thresholds: Mapping[str, float]
) -> None:
    """One finding: what, when and where, and why."""
    with st.container(key=f"finding-{finding.rule}"):
        for text in lesson.languages:
            name = text(f"symptoms.rules.{finding.rule}.name")
            said = f"{sentence(verdict, finding, thresholds, text)} {why(verdict, finding, text)}"
            st.markdown(f"**{name}** · {said}")


def why(verdict: Verdict, finding: Finding, text: Text) -> str:
    """Why it happens; of a rule that points at one of the two causes, what the verdict found of that."""
    said = text(nuance(f"symptoms.rules.{finding.rule}.why", REASONS, verdict, finding))
    blamed = BLAMES.get(finding.rule)
    other, steps = verdict.others.get(blamed or "", (verdict.experiment, ()))
    if blamed is None or verdict.cause is None or other == verdict.experiment:
        return said
    guilty = "guilty" if survived(outcome(steps, other)) else "innocent"
    return f"{said} {text(f'symptoms.judged.{blamed}_{guilty}', ending=ending(steps, other, text))}"


def _still(verdict: Verdict, finding: Finding) -> bool:
    """Whether something rose by the batches drawn: no weight matrix moved by a thousandth of its length."""
    window = verdict.steps[finding.step - max(1, RULES[finding.rule].window) : finding.step]
    pairs = (zip(step.update_norms, step.weight_norms, strict=True) for step in window)
    return not any(update > LEAST_MOVE * weight for each in pairs for update, weight in each)


def _zero(finding: Finding) -> bool:
    """Whether an update is exactly zero, which is no short one."""
    return finding.rule == "update_small" and finding.value == 0


def _arrived(verdict: Verdict, finding: Finding) -> bool:
    """Whether the matrix had a gradient."""
    return verdict.steps[finding.step].weight_grad_norms[(finding.layer or 1) - 1] != 0


def _cancelled(verdict: Verdict, finding: Finding) -> bool:
    """Whether a normalization cancelled the signal before it came to a matrix: never to the readout's.

    By chance only at the start: later a signal may fall as far because a normalization divides by larger weights.
    """
    experiment, start, matrix = verdict.experiment, verdict.steps[0], (finding.layer or 1) - 1
    passed = start.signal_norms[-2 if experiment.kind.recurrent else matrix :]
    readout = matrix == len(start.weight_norms) - 1
    return not readout and signal_cancels(experiment, () if finding.step else passed)


REASONS: dict[str, Callable[[Verdict, Finding], bool]] = {
    "symptoms.rules.not_finite.why_memory": lambda v, _: forgot(v.steps),
    "symptoms.rules.loss_jump.why_still": _still,
    "symptoms.rules.loss_rising.why_still": _still,
    "symptoms.rules.gradient_doubling.why_still": _still,
    "symptoms.rules.gradient_large.why_alone": lambda v, _: v.experiment.depth == 1,
    "symptoms.rules.saturated.why_cancelled": lambda v, _: cancelled_by(v.experiment) == "one_unit",
    "symptoms.rules.vanishing.why_cancelled": _cancelled,
    "symptoms.rules.update_small.why_frozen": (
        lambda v, f: _zero(f) and _arrived(v, f) and forgot(v.steps)
    ),
    "symptoms.rules.update_small.why_cancelled": _cancelled,
    "symptoms.rules.update_small.why_zero": lambda v, f: _zero(f) and not _arrived(v, f),
}
"""Reasons of their own, where they hold; of a rule's, the first."""


def sentence(
    verdict: Verdict, finding: Finding, thresholds: Mapping[str, float], text: Text
) -> str:
    """What was found, at which step, where, and at what value."""
    experiment, rule = verdict.experiment, RULES[finding.rule]
    lost = verdict.steps[-1].lost if finding.rule == "not_finite" else None
    name = place if lost or finding.rule in OF_LAYERS else matrix
    where = of_lost(lost, experiment, text) if lost else ""
    zero = "symptoms.rules.update_small.fires_zero" if _zero(finding) else ""
    return text(
        zero or f"symptoms.rules.{finding.rule}.fires",
        step=finding.step,
        value=finding.value,
        where=name(finding.layer, experiment, text),
        what=text(f"symptoms.lost.{lost.quantity}", where=where) if lost else "",
        unit=text(f"symptoms.units.{experiment.kind.words}"),
        window=rule.window,
        threshold=thresholds.get(finding.rule, rule.threshold),
    )
