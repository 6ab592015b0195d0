"""The row that asks for a comparison: the same run, but one setting, at another value.

A wish is a setting and its value as the URL's key `but` tells them: "lr:0.0001".
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from core.experiment import CHOICES, FIELDS, Experiment, growth_one
from core.problems import ExperimentError, Problem
from core.text import Text
from core.ui import head, style
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.ui.sentence import GRIDS
from core.words import problems
from core.words.settings import setting

BUT = LabSetting("but", "")
OWN = "but-own"
"""In the session: whether the visitor has chosen something in the row."""
COMPARED = tuple(name for name in FIELDS if name != "network")
"""The settings; with the other network the data would be others, too, and more than one setting differ."""
FIRST = "lr"
"""The setting that is offered first: what most people turn first."""
TRIED = {"normalization": "layer", "clipping": "global_norm", "optimizer": "adam"}
FACTORS = {"lr": 0.1, "clip": 0.1}
"""The number offered first is so many times this run's; half of it where nothing stands here."""


NEVER = ("unknown", "choice", "number", "integer", "range")
"""The kinds of problems that a wish has with any experiment: told once, and the link forgets it."""


def changed(experiment: Experiment, wish: str) -> Experiment:
    """The experiment with the one setting changed.

    Raises:
        ExperimentError: no such setting or value, or one that does not go with the others.
    """
    field, _, value = wish.partition(":")
    if field not in COMPARED:
        raise ExperimentError(Problem("unknown", field, value, COMPARED))
    other, wrong = Experiment.from_query(experiment.to_query() | {field: value})
    if wrong:
        raise ExperimentError(wrong[0])
    return other


def wish(field: str, value: object) -> str:
    """The wish for a setting at a value, as a link carries it: 2, not 2.0."""
    return f"{field}:{str(value).removesuffix('.0')}"


def named(field: str, experiment: Experiment, text: Text) -> str:
    """A setting as this experiment has it, for headings and within sentences: "learning rate 0.001"."""
    value = getattr(experiment, field)
    if value == "none":
        return text(f"pair.none.{field}")
    said = setting(field, experiment, text) if field == "clipping" else _shown(field, value, text)
    return text(f"pair.named.{field}", value=said)


def refused(problem: Problem, text: Text) -> str:
    """Why a wish cannot be had."""
    return problems.said(problem, text, "ui" if problem.kind in head.TOGETHER else "pair")


@st.fragment
def ask(lesson: Lesson, experiment: Experiment, asked: str | None, offer: str | None) -> None:
    """The row, and under it why a value does not go with the other settings.

    asked: the wish of now; offer: the one that the row begins with, as long as the visitor has chosen nothing in it.
    """
    problem, text = None, lesson.text
    with st.container(horizontal=True, key="ending-but", vertical_alignment="center"):
        st.markdown(text("pair.but"), width="content")
        wished = _choose(experiment, asked, offer, text)
        try:
            changed(experiment, wished)
        except ExperimentError as error:
            problem = error.problem
        pressed = st.button(
            text("pair.compare"),
            key="but-compare",
            icon=":material/compare_arrows:",
            disabled=problem is not None,
            on_click=_wish_for,
            args=(wished,),
        )
    if problem is not None:
        lesson.tell(partial(refused, problem), style.warn)
    if pressed:
        st.rerun()


def _wish_for(wished: str) -> None:
    BUT.keep(wished)
    st.session_state["stopped"] = False


def _choose(experiment: Experiment, asked: str | None, offer: str | None, text: Text) -> str:
    """The row's two widgets; what they say, as a wish."""
    fields = [name for name in COMPARED if name != "clip" or experiment.clipping != "none"]
    first = asked or offer or ""
    own = st.session_state.get(OWN, False)
    field, given = first.partition(":")[0], None
    _seed("but-field", fields, field if field in fields else FIRST, keep=own)
    chosen = st.selectbox(
        text("pair.setting"),
        fields,
        key="but-field",
        format_func=lambda name: text(f"pair.fields.{name}"),
        label_visibility="collapsed",
        on_change=_choose_oneself,
    )
    with suppress(ExperimentError):
        given = getattr(changed(experiment, first), field) if field == chosen else None
    options = _options(chosen, experiment, given)
    value = st.selectbox(
        text("pair.value"),
        options,
        key=_seed(
            f"but-{chosen}",
            options,
            given if given in options else _first(chosen, experiment, options),
            keep=own or given is None,
        ),
        format_func=lambda option: _shown(chosen, option, text),
        label_visibility="collapsed",
        on_change=_choose_oneself,
    )
    return wish(chosen, value)


def _choose_oneself() -> None:
    """From now on nothing is offered: what the visitor chose stays, whatever is run."""
    st.session_state[OWN] = True


def _seed(key: str, options: Sequence[Any], first: Any, *, keep: bool) -> str:
    """A widget without a value that it offers, or whose value is not to be kept, begins with `first`; its key.

    Written back at every run, or the browser would show the other language's word after a change of language.
    """
    value = st.session_state.get(key)
    st.session_state[key] = value if keep and value in options else first
    return key


def _options(field: str, experiment: Experiment, given: Any) -> list[Any]:
    """What a setting can be instead: all that the sentence offers, and what the link gave."""
    offered: Sequence[Any]
    if field in CHOICES:
        offered = experiment.kind.tasks if field == "task" else CHOICES[field]
    else:
        offered = sorted({*GRIDS[field], *([] if given is None else [given])})
    return [value for value in offered if value != getattr(experiment, field)]


def _first(field: str, experiment: Experiment, options: Sequence[Any]) -> Any:
    """What is offered first: a change that tells something."""
    if field in CHOICES:
        tried = TRIED.get(field)
        return tried if tried in options else options[0]
    now = getattr(experiment, field)
    aims = {"gain": growth_one(experiment).gain, "seed": now + 1}
    aim = aims.get(field, now * FACTORS.get(field, 0.5))
    return min(options, key=lambda value: abs(value - aim))


def _shown(field: str, value: Any, text: Text) -> str:
    return text(f"ui.choices.{field}.{value}") if field in CHOICES else text.exact(value)
