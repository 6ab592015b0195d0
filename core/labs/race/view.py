"""The race: the run and four copies with one fix each, same seed and data, drawn together and told singly."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.base.picture import Timeline
from core.diagnosis.cell import Cell
from core.diagnosis.changes import each_alone
from core.diagnosis.outcomes import ended, twin
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.labs.race import chart
from core.labs.race.chart import Runner
from core.labs.race.fates import Entrant
from core.labs.race.words import cost, facts, rounded, sentence
from core.problems import Problem
from core.runs.store import STORE
from core.steps import Step
from core.tasks import trivial_loss
from core.text import Text
from core.ui import fix_choices as ways
from core.ui import state
from core.ui.endings import as_cell
from core.ui.lesson import Lesson
from core.ui.live import DRAW_SECONDS, DRAW_SHARE, PATIENCE_SECONDS, Status
from core.ui.page import Page
from core.words import problems
from core.words.settings import setting

SERIES = {"lower_rate": "rate"}
Known = Sequence[Sequence[Step]]


def race(page: Page) -> None:
    """The picture, the choice of the fixes under it, and a card for each when the film is over."""
    raced: list[Entrant] = []

    def watch(experiment: Experiment) -> tuple[Sequence[Step], Mapping[Experiment, Cell]]:
        entered = {"unfixed": experiment} | each_alone(experiment, ways.chosen())[0]

        def draw(known: Known, done: bool = False) -> None:
            runs = zip(entered.items(), known, strict=True)
            raced[:] = [Entrant(fix, e, steps) for (fix, e), steps in runs if steps]
            _draw(page, place, raced, done=done)

        known = follow_together(list(entered.values()), page.lesson.status, draw)
        draw(known, done=True)
        fixed = (e for e in raced[1:] if ended(e.steps))
        return known[0], {e.experiment: as_cell(e.experiment, e.steps) for e in fixed}

    place = page.race(watch)
    ways.choose(page.lesson.languages)
    page.block(lambda lesson, verdict: _tell(lesson, verdict, raced))


def follow_together(
    experiments: Sequence[Experiment], status: Status, draw: Callable[[Known], None]
) -> Known:
    """Follow runs to their end, always the one that is furthest behind, so that they advance in step.

    Each is the store's own run of its experiment and not a member of a stack, which adds up in another
    order: so its numbers are those that open when its card is clicked, however chaotic its explosion.
    """
    status.wait_for_engine()
    due = time.perf_counter() + PATIENCE_SECONDS
    followed = [STORE.follow(e) for e in experiments]
    runs = [next(each)[0] for each in followed]
    while behind := [k for k, run in enumerate(runs) if not run.done]:
        if st.session_state.get("stopped"):
            break
        last = min(behind, key=lambda k: len(runs[k].steps))
        run, waiting = next(followed[last])
        now = time.perf_counter()
        if now > due:
            status.progress(run, "waiting" if waiting else "computing")
            draw([run.steps for run in runs])
            took = time.perf_counter() - now
            due = now + took + max(DRAW_SECONDS, took / DRAW_SHARE)
    return [run.steps for run in runs]


def _draw(page: Page, place: DeltaGenerator, raced: Sequence[Entrant], *, done: bool) -> None:
    if not raced:
        return
    lesson, unfixed = page.lesson, raced[0].experiment
    text, planned = lesson.text, unfixed.steps
    entered = [Runner(name(e.fix, text), SERIES.get(e.fix, e.fix), e.steps) for e in raced]
    furthest = max(len(e.steps) for e in raced)
    common = min((len(e.steps) for e in raced if not ended(e.steps)), default=furthest)
    frames = Timeline(furthest, furthest) if done else Timeline(planned, common)
    alt = chart.alt(entered, text) if done else ""
    page.play(frames, unfixed, alt, done=done)
    spec = chart.spec(text, lesson.palette, **lesson.size)
    rows = chart.frame(entered, planned, trivial_loss(unfixed), text, done)
    lesson.chart(place, rows, spec, alt)


def name(fix: str, text: Text) -> str:
    """The run's name, short enough to stand at its line."""
    return text("fixes.unfixed" if fix == "unfixed" else f"fixes.fixes.{fix}.name")


def _tell(lesson: Lesson, verdict: Verdict, raced: Sequence[Entrant]) -> None:
    """The run as it is, and a card for each fix."""
    entered = _with_twins(lesson, raced)
    unfixed, fixed = entered[0], {e.fix: e for e in entered[1:]}
    nothing = each_alone(verdict.experiment, ways.chosen())[1]
    with st.container(key="race-cards"):
        with st.container(border=True, key="card-unfixed"):
            _facts(unfixed, name("unfixed", lesson.text), lesson.text)
            if rounded(unfixed, lesson.text):
                lesson.tell(partial(rounded, unfixed))
        for pair in (("clipping", "initialization"), ("lower_rate", "normalization")):
            for fix, column in zip(pair, st.columns(2, gap="small"), strict=True):
                with column.container(border=True, key=f"card-{fix}"):
                    if fix in fixed:
                        _card(unfixed, fixed[fix], _blamed(verdict), lesson.languages)
                    elif fix in nothing:
                        _empty(fix, nothing[fix], lesson.languages)
    untried = any(ended(e.steps) and e.twin is None for e in entered)
    luck = f"fixes.race.{'luck_untried' if untried else 'luck'}"
    lesson.tell(lambda text: text(luck), st.caption)


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


def _facts(run: Entrant, title: str, text: Text) -> None:
    with st.container(key=f"fate-{run.outcome}-{run.fix}"):
        st.markdown(f"##### {title}\n{facts(run, text)}")


def _card(unfixed: Entrant, fixed: Entrant, cause: str | None, languages: tuple[Text, ...]) -> None:
    """What became of the run with one fix, whether that helped and why, its cost, and the way to have it."""
    text = languages[0]
    made = setting(fixed.fix, fixed.experiment, text)
    _facts(fixed, f"{name(fixed.fix, text)}: {made}", text)
    for each in languages:
        st.markdown(sentence(unfixed, fixed, cause, each))
        st.caption(cost(unfixed, fixed, each))
    st.button(
        text("fixes.race.make"),
        key=f"race-{fixed.fix}",
        icon=":material/play_arrow:",
        on_click=state.run,
        args=(fixed.experiment.to_query(),),
    )


def _empty(fix: str, problem: Problem | None, languages: tuple[Text, ...]) -> None:
    said = [problems.said(problem, t) if problem else t("fixes.race.in_it") for t in languages]
    st.markdown("\n\n".join([f"##### {name(fix, languages[0])}\n{said[0]}", *said[1:]]))
