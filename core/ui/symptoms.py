"""What the rules found in a run: how early each spoke, why, and what to try."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.advice import CHANGES, ORDER, Suggestion
from core.charts import early
from core.charts.early import Voice
from core.charts.marks import end_sentence
from core.charts.where import matrix, of_lost, place
from core.experiment import Experiment
from core.outcomes import outcome, survived
from core.problems import ExperimentError
from core.steps import Step
from core.symptoms import RULES, Finding, diagnose, first_warning
from core.text import Text
from core.ui import state
from core.ui.endings import VALUES
from core.ui.page import Lesson
from core.ui.rules import chosen_thresholds, panel
from core.ui.verdict import Verdict, ending

OF_LAYERS = ("growth", "saturated")
"""Rules whose finding names a layer or time step; the others' name a weight matrix, "not_finite" either."""


@st.fragment
def findings(lesson: Lesson, verdict: Verdict) -> None:
    """The rules on one clock, what each of them found, and their thresholds."""
    text = lesson.text
    thresholds = chosen_thresholds()
    found = diagnose(verdict.steps, verdict.experiment, thresholds)
    st.subheader(text("symptoms.early.heading"), anchor=False)
    for each in lesson.languages:
        st.markdown(_summary(verdict, found, each))
    _clock(lesson, verdict, found)
    panel(lesson.languages, thresholds)
    told: set[Suggestion] = set()
    with st.container(key="findings"):
        for finding in found:
            with st.container(key=f"finding-{finding.rule}"):
                _card(lesson, verdict, finding, thresholds)
                fix = remedy(verdict, finding.rule)
                if fix is not None:
                    _fix(finding.rule, fix, verdict, text, told=fix in told)
                    told.add(fix)


def lost_quantity(step: Step, experiment: Experiment, text: Text) -> str:
    """Words for what stopped being finite first."""
    assert step.lost is not None
    return text(f"symptoms.lost.{step.lost.quantity}", where=of_lost(step.lost, experiment, text))


def _summary(verdict: Verdict, found: Sequence[Finding], text: Text) -> str:
    """How many spoke, which warned first, and what that was worth."""
    warning, quiet = first_warning(found), "" if found else "_quiet"
    parts = [
        text(f"symptoms.early.{'spoke' if found else 'none'}", spoke=len(found), rules=len(RULES))
    ]
    if warning is not None:
        ahead = _ahead(warning.step, verdict, text)
        name = text(f"symptoms.rules.{warning.rule}.name")
        key = "first_ahead" if ahead else "first"
        parts.append(text(f"symptoms.early.{key}", name=name, step=warning.step, ahead=ahead))
    elif found:
        parts.append(text("symptoms.early.no_warning"))
    if verdict.outcome != "diverged":
        parts.append(text(f"symptoms.after.{verdict.outcome}{quiet}"))
    return " ".join(parts)


def _ahead(step: int, verdict: Verdict, text: Text) -> str:
    """How long before the end of a run that was lost; "" for other runs."""
    last = verdict.steps[-1]
    if last.lost is None:
        return ""
    count = last.index - step
    key = {0: "none", 1: "one"}.get(count, "many")
    return text(f"symptoms.ahead.{key}", count=count)


def _clock(lesson: Lesson, verdict: Verdict, found: Sequence[Finding]) -> None:
    """The timeline of all rules, those that spoke first, the earliest on top."""
    text, last = lesson.text, verdict.steps[-1]
    warning = first_warning(found)
    voices = [_voice(f, f is warning, text) for f in found]
    for rule in _not_heard(found):
        key = "too_short" if _too_short(rule, verdict.steps) else "silent"
        name = text(f"symptoms.rules.{rule}.name")
        voices.append(Voice(text(f"symptoms.early.{key}", name=name), None, "loss"))
    rows = early.frame(
        voices,
        last.index,
        warning.step if warning else None,
        end_sentence(last, verdict.experiment, text),
    )
    said = _summary(verdict, found, text).replace("*", "")
    alt = text("symptoms.early.alt", steps=len(verdict.steps), said=said)
    lesson.chart(st, rows, early.spec(text, lesson.palette, **lesson.size), alt)


def _voice(finding: Finding, first: bool, text: Text) -> Voice:
    name = text(f"symptoms.rules.{finding.rule}.name")
    said = text(f"symptoms.early.voice{'_first' if first else ''}", name=name, step=finding.step)
    return Voice(said, finding.step, "end" if finding.rule == "not_finite" else "warning")


def _not_heard(found: Sequence[Finding]) -> list[str]:
    spoke = {finding.rule for finding in found}
    return [rule for rule in RULES if rule not in spoke]


def _too_short(rule: str, steps: Sequence[Step]) -> bool:
    return RULES[rule].window >= len(steps)


def _card(
    lesson: Lesson, verdict: Verdict, finding: Finding, thresholds: Mapping[str, float]
) -> None:
    """One finding: what, when and where, and why."""
    text, rule = lesson.text, finding.rule
    ahead = _ahead(finding.step, verdict, text) if RULES[rule].warns else ""
    name = text(f"symptoms.rules.{rule}.name")
    key = "title_ahead" if ahead else "title"
    st.markdown(text(f"symptoms.card.{key}", name=name, step=finding.step, ahead=ahead))
    for each in lesson.languages:
        why = each(f"symptoms.rules.{rule}.why")
        st.markdown(f"{_sentence(verdict, finding, thresholds, each)} {why}")


def _sentence(
    verdict: Verdict, finding: Finding, thresholds: Mapping[str, float], text: Text
) -> str:
    """What was found, at which step, where, at what value, and where the alarm is set."""
    experiment, rule = verdict.experiment, RULES[finding.rule]
    lost = finding.rule == "not_finite"
    name = place if lost or finding.rule in OF_LAYERS else matrix
    return text(
        f"symptoms.rules.{finding.rule}.fires",
        step=finding.step,
        value=finding.value,
        where=name(finding.layer, experiment, text),
        what=lost_quantity(verdict.steps[-1], experiment, text) if lost else "",
        unit=text(f"symptoms.units.{experiment.network}"),
        window=rule.window,
        threshold=thresholds.get(finding.rule, rule.threshold),
    )


def remedy(verdict: Verdict, rule: str) -> Suggestion | None:
    """The change to try for a rule: one that the verdict has seen save the run before any other.

    What the verdict has seen fail is not suggested, nor what changes nothing, nor what cannot be.
    """
    experiment = verdict.experiment
    tried = {e: survived(outcome(steps, e)) for e, steps in verdict.others.values()}
    found = []
    others = () if verdict.outcome == "learned" else ORDER[verdict.situation]
    for name in (*RULES[rule].fixes, *others):
        if _pointless(name, experiment):
            continue
        try:
            changed = CHANGES[name](experiment)
        except ExperimentError:
            continue
        if changed != experiment and tried.get(changed, True):
            found.append(Suggestion(name, changed))
    return min(found, key=lambda s: s.experiment not in tried, default=None)


def _pointless(name: str, experiment: Experiment) -> bool:
    """Batch normalization undoes any scale of the weights; what is clipped already is not clipped anew."""
    if name == "initialization":
        return experiment.normalization == "batch"
    return name in ("clipping", "clip_values") and experiment.clipping != "none"


def _fix(rule: str, fix: Suggestion, verdict: Verdict, text: Text, *, told: bool) -> None:
    """The button that applies a change and runs it; what it does, and what is known of it, unless told before."""
    name, query = text(f"advice.{fix.name}.name"), fix.experiment.to_query()
    with st.container(horizontal=True, vertical_alignment="center", key=f"remedy-{rule}"):
        pressed = st.button(
            text("symptoms.fix.button", name=name),
            key=f"fix-{rule}",
            icon=":material/play_arrow:",
            on_click=state.run,
            args=(query,),
        )
        if pressed:
            st.rerun()  # the press ran this fragment alone; the run is the whole page's
        if not told:
            st.markdown(_about(fix, verdict, text))


def _about(fix: Suggestion, verdict: Verdict, text: Text) -> str:
    """What a change is; and, where the verdict has tried it, how that run ended."""
    values = {key: getattr(fix.experiment, key) for key in VALUES}
    init = text(f"ui.choices.init.{fix.experiment.init}")
    parts = [text(f"advice.{fix.name}.detail", init=init, **values) + text("symptoms.fix.stop")]
    ends = {e: ending(steps, e, text) for e, steps in verdict.others.values()}
    if fix.experiment in ends:
        parts.append(text("symptoms.fix.proven", ending=ends[fix.experiment]))
    return " ".join(parts)
