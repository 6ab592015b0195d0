"""The same, but: a second run that differs from the page's in exactly one setting, side by side with it.

The wish stands in the URL, so the pair is on every page and in every link. Both charts follow the page's playhead;
a run longer than the page's own rests at its end when that film is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core.charts import pair as chart
from core.charts.pair import Side
from core.outcomes import ended, outcome, same_course, survived
from core.problems import ExperimentError
from core.text import Text
from core.ui import but, state
from core.ui.verdict import Verdict, ending, hardly

if TYPE_CHECKING:
    from core.ui.page import Lesson


def show(lesson: Lesson, verdict: Verdict) -> None:
    """The row that asks for a comparison, and the comparison that was asked for."""
    asked = st.session_state["labs"].get(but.KEY)
    but.ask(verdict.experiment, asked, lesson.languages)
    if asked is None:
        return
    field, this = asked.partition(":")[0], Side(verdict.experiment, verdict.steps)
    try:
        other = but.changed(this.experiment, asked)
    except ExperimentError as error:
        problem = error.problem
        _tell(lesson, lambda text: but.refused(problem, text))
        return
    if other == this.experiment:
        _tell(lesson, lambda text: text("pair.already", that=but.named(field, other, text)))
        return
    that = Side(other, lesson.compute(other))
    _tell(lesson, lambda text: sentence(field, this, that, text))
    _draw(lesson, field, this, that)


def fate(this: Side, that: Side) -> str:
    """What the setting decides between two runs: a key of `pair.fate`; "" where it cannot be told."""
    if not (ended(this.steps) and ended(that.steps)):
        return ""
    if same_course(this.steps, that.steps):
        return "identical"
    ends = [outcome(side.steps, side.experiment) for side in (this, that)]
    lives = [survived(end) for end in ends]
    if lives[0] != lives[1]:
        return "survival"
    if not lives[0]:
        return "exploded"
    if ends == ["learned", "learned"]:
        hardly_did = [hardly(side.steps) for side in (this, that)]
        return "counted" if all(hardly_did) else "" if any(hardly_did) else "learned"
    return ends[0] if ends[0] == ends[1] else "learning"


def _tell(lesson: Lesson, said: Callable[[Text], str]) -> None:
    """What there is to say, hidden until the film is over, and the way to be rid of it."""
    with st.container(horizontal=True, key="ending-pair", vertical_alignment="center"):
        with st.container(width="stretch"):
            for text in lesson.languages:
                st.markdown(said(text))
        st.button(
            lesson.text("pair.close"),
            key="but-close",
            icon=":material/close:",
            on_click=state.remember,
            args=(but.KEY, None),
        )


def sentence(field: str, this: Side, that: Side, text: Text) -> str:
    """Both endings, and what they say about the setting."""
    both = text(
        "pair.ended",
        this=but.named(field, this.experiment, text),
        ending=ending(this.steps, this.experiment, text),
        that=but.named(field, that.experiment, text),
        otherwise=ending(that.steps, that.experiment, text),
    )
    decided = fate(this, that)
    if field == "steps" and decided not in ("", "identical"):
        decided = "steps"
    name = text(f"pair.fields.{field}")
    return f"{both} {text(f'pair.fate.{decided}', field=name) if decided else ''}".strip()


def _adopt(query: dict[str, str], back: str) -> None:
    """The other run becomes the page's, and this one the other: the pair stays, turned round."""
    state.run(query)  # the URL is written once, with both, so that Back leads to the pair as it was
    st.session_state["labs"] = st.session_state["labs"] | {but.KEY: back}


def _draw(lesson: Lesson, field: str, this: Side, that: Side) -> None:
    """The two charts, each under the setting that it was run with; the other can become the page's run."""
    if not that.steps:
        return
    text = lesson.text
    first = lesson.scenes[0][1](this.steps, this.experiment, True) if lesson.scenes else None
    shown = chart.picture((this, that), moments=first is not None and first.unit == "work")
    spec = shown.spec(text, lesson.palette, **lesson.size)
    with st.container(key="picture-pair"):
        places = st.columns(2)
        for place, side, other in zip(places, (this, that), (that, this), strict=True):
            name = but.named(field, side.experiment, text)
            alt = f"{name}. {shown.alt(side.steps, side.experiment, text)}"
            place.markdown(f"**{name}**")
            lesson.chart(place, chart.frame(side, other, shown, text), spec, alt)
        places[1].container(key="ending-adopt").button(
            text("advice.run"),
            key="but-adopt",
            icon=":material/play_arrow:",
            on_click=_adopt,
            args=(that.experiment.to_query(), but.wish(field, getattr(this.experiment, field))),
        )
