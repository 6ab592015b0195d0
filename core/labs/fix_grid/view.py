"""The fix grid as a lab: every combination of the four fixes over several seeds, when the visitor asks for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain

import streamlit as st

from core.computing.stacking import check_cost, seconds_together
from core.diagnosis.changes import each_alone
from core.experiment import MOST_SECONDS, Experiment
from core.labs.fix_grid.plan import plan
from core.labs.fix_grid.view_board import Board, Plan
from core.labs.fix_grid.words import names
from core.problems import ExperimentError, Problem
from core.runs.cell_store import STORE
from core.text import Text
from core.ui import fix_choices as ways
from core.ui import style
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.words import problems

SEEDS = (3, 5, 10)
GRID = LabSetting("grid", 5, [SEEDS], ["grid-seeds"])
DRAW_SECONDS = 0.3


def grid(lesson: Lesson) -> Callable[[], None] | None:
    """The number of seeds and the button; under them the cells, and what they come to."""
    lesson.say("fixes.grid.lead")
    chosen = ways.chosen()
    seeds = offered(lesson.chosen, chosen)
    if not seeds:
        _refuse(lesson, chosen)
        return None
    wanted = min(GRID.check(lesson.languages), seeds[-1])
    planned = plan(lesson.chosen, chosen, wanted)
    known = STORE.known(runs_of(planned))
    missing = any(run not in known for run in runs_of(planned))
    asked, said = _question(planned), st.session_state
    trying, begun = (missing and said.get(f"grid_{key}") == asked for key in ("asked", "begun"))
    with st.container(horizontal=True, key="grid-controls", vertical_alignment="center"):
        _choose_seeds(seeds, wanted, lesson.text)
        _button(asked, begun=begun, done=not missing, trying=trying, text=lesson.text)
    _notes(lesson, planned, chosen, seeds)
    if missing and not begun:
        return None  # what is known of it was tried for the page's suggestions: nobody asked for a grid
    board = Board(lesson, planned)
    if not trying:
        board.finish(known)
        return None
    board.fill(known)
    return partial(_try_all, lesson, board, planned)


def runs_of(planned: Plan) -> list[Experiment]:
    """All runs of a plan."""
    return list(chain.from_iterable(planned.values()))


def offered(experiment: Experiment, chosen: Mapping[str, str]) -> list[int]:
    """The numbers of seeds whose runs together cost no more than is allowed."""
    return [seeds for seeds in SEEDS if too_large(experiment, chosen, seeds) is None]


def too_large(experiment: Experiment, chosen: Mapping[str, str], seeds: int) -> Problem | None:
    """What to lower, where so many seeds cost too much."""
    try:
        check_cost(runs_of(plan(experiment, chosen, seeds)), MOST_SECONDS)
    except ExperimentError as error:
        return error.problem
    return None


def _question(planned: Plan) -> str:
    """Names what is to be tried, in plain words: the session outlives a reload of this code."""
    return " ".join(str(run.to_query()) for run in runs_of(planned))


def _choose_seeds(among: Sequence[int], wanted: int, text: Text) -> None:
    GRID.control(
        st.segmented_control,
        text("fixes.grid.seeds"),
        options=among,
        value=wanted,
        required=True,
        format_func=lambda seeds: text("fixes.grid.seeds_word", seeds=seeds),
        label_visibility="collapsed",
    )


def _button(question: str, *, begun: bool, done: bool, trying: bool, text: Text) -> None:
    """Try, go on, or stop."""
    label = "ui.actions.stop" if trying else f"fixes.grid.{'go_on' if begun else 'start'}"
    st.button(
        text(label),
        key="grid-try",
        icon=":material/stop:" if trying else ":material/grid_on:",
        disabled=done,
        on_click=st.session_state.update,
        args=({"grid_asked": None if trying else question, "grid_begun": question},),
    )


def _notes(lesson: Lesson, planned: Plan, chosen: Mapping[str, str], seeds: Sequence[int]) -> None:
    """What it costs, which fixes are no choice because the run has them, and why not more seeds."""
    runs = runs_of(planned)
    nothing = each_alone(lesson.chosen, chosen)[1]
    cost = {
        "combinations": len(planned),
        "runs": len(runs),
        "seconds": max(1, round(seconds_together(runs))),
    }
    for text in lesson.languages:
        said = [text("fixes.grid.plan", **cost)]
        if len(seeds) < len(SEEDS):
            said.append(text("fixes.grid.fewer", seeds=seeds[-1], most=MOST_SECONDS))
        if already := [names([fix], text) for fix, problem in nothing.items() if not problem]:
            said.append(text("fixes.grid.already", fixes=", ".join(already)))
        said += [problems.said(problem, text) for problem in nothing.values() if problem]
        st.caption(" ".join(said))


def _refuse(lesson: Lesson, chosen: Mapping[str, str]) -> None:
    """Too much work even for the fewest seeds: what to lower."""
    problem = too_large(lesson.chosen, chosen, SEEDS[0])
    assert problem is not None
    slots = {"seeds": SEEDS[0], "value": float(problem.value), "most": MOST_SECONDS}
    key, least = f"fixes.grid.{problem.field}", problem.allowed[0]
    lesson.tell(lambda text: text(key, least=least, **slots), style.warn)


def _try_all(lesson: Lesson, board: Board, planned: Plan) -> None:
    """Train what is not known yet; the board fills up. Then the page is drawn as it stays."""
    lesson.status.wait_for_engine()
    due = time.perf_counter() + DRAW_SECONDS
    with closing(STORE.find(runs_of(planned))) as watching:
        for known in watching:
            if time.perf_counter() > due:
                board.fill(known)
                due = time.perf_counter() + DRAW_SECONDS
    st.rerun()
