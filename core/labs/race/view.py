"""The race: the run and copies with one fix each, same seed and data, drawn together and told singly."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.base.timeline import Timeline
from core.diagnosis.cell import Cell
from core.diagnosis.changes import STANDARDIZATION, WAYS, each_alone
from core.diagnosis.outcomes import ended, twin
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.labs.race import chart
from core.labs.race.chart import Runner
from core.labs.race.fates import Entrant
from core.labs.race.words import cost, facts, made, rounded, sentence
from core.problems import Problem
from core.runs.ended import of_ended
from core.steps import Step
from core.tasks import trivial_loss
from core.text import Text
from core.ui import fix_choices as ways
from core.ui import live
from core.ui.endings import as_cell
from core.ui.head import run_button
from core.ui.lesson import Lesson
from core.ui.page import Page
from core.words import problems

SERIES = {"lower_rate": "rate"}
NAMES = {"unfixed": "fixes.unfixed", STANDARDIZATION: "fixes.standardized"}
"""Of who is none of the four fixes, keys."""


def race(page: Page) -> None:
    """The picture, the choice of the fixes under it, and a card for each when the film is over."""
    raced: list[Entrant] = []

    def watch(experiment: Experiment) -> tuple[Sequence[Step], Mapping[Experiment, Cell]]:
        entered = {"unfixed": experiment} | each_alone(experiment, ways.chosen())[0]

        def draw(known: Sequence[Sequence[Step]], done: bool = False) -> None:
            runs = zip(entered.items(), known, strict=True)
            raced[:] = [Entrant(fix, e, steps) for (fix, e), steps in runs if steps]
            _draw(page, place, raced, done=done)

        known = live.follow_together(list(entered.values()), page.lesson.status, draw)
        draw(known, done=True)
        fixed = (e for e in raced[1:] if ended(e.steps))
        return known[0], {e.experiment: as_cell(e.experiment, e.steps) for e in fixed}

    place = page.race(watch)
    ways.choose(page.lesson.languages)
    page.block(lambda lesson, verdict: _tell(lesson, verdict, raced))


def _draw(page: Page, place: DeltaGenerator, raced: Sequence[Entrant], *, done: bool) -> None:
    if not raced:
        return
    lesson, unfixed = page.lesson, raced[0].experiment
    text, planned = lesson.text, unfixed.steps
    trivial = trivial_loss(unfixed)
    entered = [runner(each, trivial, text) for each in raced]
    furthest = max(len(e.steps) for e in raced)
    common = min((len(e.steps) for e in raced if not ended(e.steps)), default=furthest)
    frames = Timeline(furthest, furthest) if done else Timeline(planned, common)
    alt = chart.alt(entered, text) if done else ""
    page.stage.play(frames, unfixed, alt, done=done)
    frame = partial(chart.frame, entered, planned, trivial, text, done)
    key = "race", *(e.experiment for e in raced)
    rows = page.stage.rows(key, [e.steps for e in raced], frame, done=done)
    lesson.draw(chart.build, rows, alt, lesson.look(unit="step"), place)


def runner(run: Entrant, trivial: float, text: Text) -> Runner:
    """As it is drawn: on other data its loss is told in the unfixed run's unit, where trivial losses agree."""
    unit = trivial / trivial_loss(run.experiment)
    return Runner(name(run.fix, text), SERIES.get(run.fix, run.fix), run.steps, unit)


def name(fix: str, text: Text) -> str:
    """The run's name, short enough to stand at its line."""
    return text(NAMES.get(fix) or f"fixes.fixes.{fix}.name")


def _tell(lesson: Lesson, verdict: Verdict, raced: Sequence[Entrant]) -> None:
    """The run as it is, and each fix, in short; behind one fold why, and at what cost."""
    entered = _with_twins(lesson, raced)
    unfixed, fixed = entered[0], {e.fix: e for e in entered[1:]}
    nothing = each_alone(verdict.experiment, ways.chosen())[1]
    with st.container(key="race-cards"):
        _unfixed(unfixed, lesson)
        with st.container(key="race-fixes"):
            for fix in (STANDARDIZATION, *WAYS):
                if fix in fixed:
                    _card(unfixed, fixed[fix], _blamed(verdict), lesson.languages)
                elif fix in nothing:
                    _empty(fix, nothing[fix], lesson.languages)
        _reasons(entered, _blamed(verdict), lesson)


def _with_twins(lesson: Lesson, raced: Sequence[Entrant]) -> list[Entrant]:
    """Each with what became of its twin; of a race that was stopped nobody waits for any."""
    if not all(ended(e.steps) for e in raced):
        return list(raced)
    known = lesson.glance([twin(e.experiment) for e in raced])
    return [replace(e, twin=known.get(twin(e.experiment))) for e in raced]


def _blamed(verdict: Verdict) -> str | None:
    """The cause of the unfixed run's explosion; None as well where rounding decides it."""
    doubted = verdict.twins_cause is not None and verdict.twins_cause != verdict.cause
    return None if doubted else verdict.cause


def _unfixed(run: Entrant, lesson: Lesson) -> None:
    """The run as it is, in a line."""
    with st.container(key="card-unfixed"), st.container(key=f"fate-{run.outcome}-unfixed"):
        st.markdown(f"{name('unfixed', lesson.text)}: {facts(run, lesson.text)}")
        if rounded(run, lesson.text):
            lesson.tell(partial(rounded, run))


def _title(run: Entrant, text: Text) -> str:
    return ": ".join(filter(None, (name(run.fix, text), made(run, text))))


def _card(unfixed: Entrant, fixed: Entrant, cause: str | None, languages: tuple[Text, ...]) -> None:
    """What became of the run with one fix, whether that helped, and the way to have it."""
    told = "  \n".join(_head(_said(unfixed, fixed, cause, text)[0], text) for text in languages)
    with st.container(key=f"card-{fixed.fix}"):
        with st.container(key=f"fate-{fixed.outcome}-{fixed.fix}"):
            text = languages[0]
            st.markdown(f"## {_title(fixed, text)}\n{facts(fixed, text)}  \n{told}")
        run_button(text("fixes.race.make"), f"race-{fixed.fix}", fixed.experiment)


def _head(said: str, text: Text) -> str:
    """What is said of a fix in bold, with which it begins, as a sentence; "" where nothing is."""
    bold = re.match(r"\*\*(.+?)[.,:।]*\*\*", said)
    return bold[1] + text("symptoms.fix.stop") if bold else ""


def _reasons(entered: Sequence[Entrant], cause: str | None, lesson: Lesson) -> None:
    """Of each fix why it helped or not, and what it costs; and how far one race can be believed. Behind a fold."""
    unfixed, *fixed = entered
    untried = any(ended(e.steps) and e.twin is None for e in entered)
    luck = f"fixes.race.{'luck_untried' if untried else 'luck'}"
    label = " · ".join(text("fixes.race.reasons") for text in lesson.languages)
    with st.expander(label), st.container(key="race-reasons"):
        for each in fixed:
            for text in lesson.languages:
                said, price = _said(unfixed, each, cause, text)
                st.markdown(f"## {_title(each, text)}\n{said}\n\n{price}")
        lesson.tell(lambda text: text(luck))


def _said(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> tuple[str, str]:
    """Both texts; of runs that have ended they are the same for all who see them."""
    ends = unfixed.experiment, unfixed.twin, fixed.fix, fixed.experiment, fixed.twin, cause
    tell = partial(_told, unfixed, fixed, cause, text)
    key = "race card", *ends, text.language
    return of_ended([unfixed.steps, fixed.steps], key, tell)


def _told(unfixed: Entrant, fixed: Entrant, cause: str | None, text: Text) -> tuple[str, str]:
    return sentence(unfixed, fixed, cause, text), cost(unfixed, fixed, text)


def _empty(fix: str, problem: Problem | None, languages: tuple[Text, ...]) -> None:
    said = [problems.said(problem, t) if problem else t("fixes.race.in_it") for t in languages]
    st.markdown("\n\n".join([f"## {name(fix, languages[0])}\n{said[0]}", *said[1:]]))
