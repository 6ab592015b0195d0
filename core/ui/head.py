"""The head of every page: the title, the presets, the sentence, Run and Reset, and what was wrong in the link."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from core.experiment import Experiment
from core.problems import Problem
from core.text import Text
from core.ui import sentence, state

TOGETHER = ("cost", "batch_of_one", "adding_depth")
"""Problems of values that are each in range; told by the words too, where nothing is set back."""


LONGEST = 40
"""So many characters of what a link says are shown."""
EMPTY = '""'
"""What a link says where it says nothing."""
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
    sentence.presets(text)
    sentence.sentence(text)
    experiment, problem = state.chosen()
    status = _actions(text, blocked=problem is not None)
    for told in _told(wrong, text):
        st.warning(told, icon=":material/info:")
    if problem:
        st.warning(said(problem, text), icon=":material/info:")
    return experiment, problem, status


def _told(wrong: Sequence[Problem], text: Text) -> Iterator[str]:
    """What was wrong in the link, a sentence each; settings that are not known in one, however many they are."""
    unknown = [as_code(problem.field) for problem in wrong if problem.kind == "unknown"]
    for problem in wrong:
        if problem.kind in TOGETHER:
            yield f"{said(problem, text)} {text('ui.problems.set_back')}"
        elif problem.kind != "unknown" or len(unknown) == 1:
            yield said(problem, text)
    if len(unknown) > 1:
        named = ", ".join(unknown[:NAMED]) + (", …" if len(unknown) > NAMED else "")
        yield text("ui.problems.unknown_many", count=len(unknown), fields=named)


def _actions(text: Text, *, blocked: bool) -> Any:
    """Run and Reset, and beside them the place where the state of computing is told."""
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
        with st.container(key="status"):
            return st.empty()


def said(problem: Problem, text: Text, words: str = "ui") -> str:
    """A problem in the visitor's language. Values without a name are shown as code, so that nothing in them acts.

    words: the file of content/ whose `problems` and `fields` say it.
    """
    names = text.get(f"{words}.fields")
    allowed = problem.allowed
    choices = text.get("ui.choices").get(problem.field, {})
    return text(
        f"{words}.problems.{problem.kind}",
        field=names.get(problem.field, as_code(problem.field)),
        value=choices.get(problem.value, as_code(problem.value)),
        least=allowed[0] if allowed else 0,
        most=allowed[-1] if allowed else 0,
        choices="; ".join(_choice(each, choices) for each in allowed),
    )


def _choice(value: object, names: Mapping[str, str]) -> str:
    """A value as a link must have it, after its name, if it has one."""
    code = as_code(str(value))
    return f"{names[str(value)]} ({code})" if value in names else code


def check_lab(key: str, allowed: tuple[str, ...], languages: Sequence[Text]) -> None:
    """Tell where the link gives a lab's key a value that there is not."""
    value = st.session_state["labs"].get(key, allowed[0])
    for text in languages if value not in allowed else ():
        st.warning(said(Problem("choice", key, value, allowed), text), icon=":material/info:")


def as_code(value: str) -> str:
    """What a link says, as code, so that nothing in it acts."""
    plain = "".join(c for c in value[:LONGEST] if c.isprintable() and c != "`")
    return f"`{plain or EMPTY}`"
