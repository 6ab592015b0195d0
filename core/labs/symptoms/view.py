"""What the rules found in a run: how early each spoke, in a picture and in a table, why, and what to try."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core.charts.base.picture import Picture
from core.charts.films.seismograph import main_picture
from core.charts.names.marks import end_sentence
from core.diagnosis.symptoms import RULES, Finding, diagnose, first_warning, not_heard
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.labs.symptoms import chart as early
from core.labs.symptoms.chart import Voice
from core.labs.symptoms.view_table import chosen_thresholds, panel, table
from core.labs.symptoms.words import after
from core.runs.ended import of_ended
from core.steps import Step
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.trace import Trace
from core.ui import remedies
from core.ui.dashboards import dashboards
from core.ui.lesson import Lesson


def warned_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The main picture; once no more steps will come, with the first warning that came before the last."""
    warning = None
    if done:
        warning = _warned(steps, found_in(steps, experiment))
    return main_picture(steps, experiment, done, warning)


def found_in(steps: Sequence[Step], experiment: Experiment) -> list[Finding]:
    """What the rules found, with the visitor's thresholds."""
    thresholds = chosen_thresholds()
    key = "findings", experiment, *sorted(thresholds.items())
    return of_ended([steps], key, lambda: diagnose(steps, experiment, thresholds))


def _warned(steps: Sequence[Step], found: Sequence[Finding]) -> int | None:
    """The step of the first warning, if it came before the last."""
    warning = first_warning(found)
    return warning.step if warning and warning.step < steps[-1].index else None


def findings(lesson: Lesson, verdict: Verdict) -> None:
    """How many rules spoke and what that was worth, and what each found with what to try."""
    thresholds = chosen_thresholds()
    found = found_in(verdict.steps, verdict.experiment)
    answers = remedies.remedies(verdict, found)
    key = "heading" if any(each.fix for each in answers) else "heading_why"
    st.header(lesson.text(f"symptoms.fix.{key}"), anchor=False)
    lesson.tell(partial(_summary, verdict, found))
    remedies.show(lesson, verdict, answers, thresholds)


def rules(lesson: Lesson, verdict: Verdict) -> None:
    """The rules on one clock and in one table, and their thresholds; one that is set judges the whole page anew."""
    thresholds = chosen_thresholds()
    found = found_in(verdict.steps, verdict.experiment)
    _clock(lesson, verdict, found)
    table(verdict.steps, verdict.experiment, found, thresholds, lesson.text)
    panel(lesson, thresholds)
    dashboards(Trace.of(verdict.steps, verdict.experiment), lesson)


def _summary(verdict: Verdict, found: Sequence[Finding], text: Text) -> str:
    """How many spoke, which warned first, and what that was worth."""
    warning = first_warning(found)
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
    if signal_cancels(verdict.experiment, verdict.steps[0].signal_norms):
        name = text("symptoms.rules.growth.name")
        parts.append(text("symptoms.early.cancels", name=name))
    parts.append(after(verdict, found, text))
    return " ".join(part for part in parts if part)


def _ahead(step: int, verdict: Verdict, text: Text) -> str:
    """How long before the end of a run that was lost; "" for other runs."""
    last = verdict.steps[-1]
    if last.lost is None:
        return ""
    count = last.index - step
    return text(f"symptoms.ahead.{'many' if count else 'none'}", count=count)


def _clock(lesson: Lesson, verdict: Verdict, found: Sequence[Finding]) -> None:
    """The timeline of all rules, those that spoke first, the earliest on top."""
    text, last = lesson.text, verdict.steps[-1]
    warning = first_warning(found)
    end = end_sentence(last, verdict.experiment, text)
    voices = told(verdict.steps, found, text)
    rows = early.frame(voices, last.index, warning.step if warning else None, end)
    said = _summary(verdict, found, text).replace("*", "")
    each = "; ".join(voice.text for voice in voices)
    alt = text("symptoms.early.alt", steps=len(verdict.steps), said=said, each=each, end=end)
    look = lesson.look()
    lesson.draw(early.build, rows, alt.strip(), replace(look, height=early.HEIGHT * look.font))


def told(steps: Sequence[Step], found: Sequence[Finding], text: Text) -> list[Voice]:
    """Every rule with its first word, in the timeline's order."""
    warning = first_warning(found)
    voices = [_voice(f, f is warning, text) for f in found]
    for rule in not_heard(found):
        key = "silent" if RULES[rule].can_judge(steps) else "too_short"
        name = text(f"symptoms.rules.{rule}.name")
        voices.append(Voice(text(f"symptoms.early.{key}", name=name), None, "loss"))
    return voices


def _voice(finding: Finding, first: bool, text: Text) -> Voice:
    name = text(f"symptoms.rules.{finding.rule}.name")
    said = text(f"symptoms.early.voice{'_first' if first else ''}", name=name, step=finding.step)
    return Voice(said, finding.step, "end" if finding.rule == "not_finite" else "warning")
