"""The head of every page: the title, the presets, the sentence, Run and Reset, and what was wrong in the link."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import streamlit as st

from core.experiment import Experiment
from core.problems import Problem
from core.text import Text
from core.ui import sentence, state, style
from core.words.problems import as_code, said

TOGETHER = {"cost": "fewer_steps", "batch_of_one": "set_back", "adding_depth": "set_back"}
"""Problems of values that are each in range, told by the words too; and what is said of a link's."""

NAMED = 3
"""Of a link's unknown settings, no more than so many are named."""


def draw(
    slug: str, languages: tuple[Text, ...], wrong: Sequence[Problem]
) -> tuple[Experiment, Problem | None, Any]:
    """Draw it; returns the experiment that the words say, what is wrong with them, and the place for the status."""
    text = languages[0]
    st.title(" · ".join(each(f"{slug}.title") for each in languages), anchor=False)
    with st.container(key="lead"):
        for each in languages:
            st.markdown(each(f"{slug}.lead"))
    with _together():
        if style.enlarged():
            sentence.presets(text)
        sentence.sentence(text)
        experiment, problem = state.chosen()
        status = _actions(text, blocked=problem is not None)
    for told in _told(wrong, text):
        style.warn(told)
    if problem:
        style.warn(said(problem, text))
    return experiment, problem, status


def _together() -> AbstractContextManager[Any]:
    """Words and buttons as one line that wraps; in a lecture each has its own place, from which keys.js opens it."""
    if style.enlarged():
        return nullcontext()
    return st.container(horizontal=True, key="experiment", vertical_alignment="center")


def run_button(label: str, key: str, experiment: Experiment, place: Any = st, **looks: Any) -> None:
    """A button that makes another experiment the page's, and runs it. looks: as of st.button."""
    looks = {"icon": ":material/play_arrow:"} | looks
    place.button(label, key=key, on_click=state.run, args=(experiment.to_query(),), **looks)


def _told(wrong: Sequence[Problem], text: Text) -> Iterator[str]:
    """What was wrong in the link, a sentence each; settings that are not known in one, however many they are."""
    unknown = [as_code(problem.field) for problem in wrong if problem.kind == "unknown"]
    for problem in wrong:
        if problem.kind in TOGETHER:
            yield f"{said(problem, text)} {text(f'ui.problems.{TOGETHER[problem.kind]}')}"
        elif problem.kind != "unknown" or len(unknown) == 1:
            yield said(problem, text)
    if len(unknown) > 1:
        named = ", ".join(unknown[:NAMED]) + (", …" if len(unknown) > NAMED else "")
        yield text("ui.problems.unknown_many", count=len(unknown), fields=named)


def _actions(text: Text, *, blocked: bool) -> Any:
    """Run, Reset and the presets, and beside them the place where the state of computing is told."""
    with st.container(horizontal=True, key="actions", vertical_alignment="center"):
        st.button(
            text("ui.actions.run"),
            key="run",
            type="primary",
            disabled=blocked,
            icon=":material/play_arrow:",
            on_click=state.run,
        )
        st.button(
            text("ui.actions.reset"),
            key="reset",
            icon=":material/restart_alt:",
            on_click=state.reset,
        )
        if not style.enlarged():
            with sentence.stories(text):
                sentence.presets(text)
        with st.container(key="status"):
            return st.empty()
