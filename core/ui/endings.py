"""What stands under the picture when a run has ended: its verdict, and what to try next."""

import streamlit as st

from core.advice import Suggestion, next_steps
from core.charts.palette import Palette
from core.text import Text
from core.ui import state, style
from core.ui.verdict import Verdict, aimed, sentences

TONES = {
    "diverged": "lost",
    "exploded": "lost",
    "learned": "learned",
    "stalled": "warning",
    "stopped": "loss",
}
STARTS = ("initialization", "plain_start")
"""Suggestions whose words tell the start."""
_VALUES = ("gain", "lr", "clip", "depth", "steps")


def conclude(verdict: Verdict, languages: tuple[Text, ...], palette: Palette) -> None:
    """The verdict in one bar, and three different things to try, one click each."""
    style.verdict(getattr(palette, TONES[verdict.outcome]))
    with st.container(key="ending-verdict"):
        for text in languages:
            st.markdown(sentences(verdict, text))
    text = languages[0]
    with st.container(key="ending-next"):
        st.subheader(text("advice.heading"), anchor=False)
        suggestions = next_steps(verdict.experiment, verdict.situation)
        for column, suggestion in zip(st.columns(3), suggestions, strict=False):
            with column.container(border=True):
                _suggest(suggestion, text)


def detail(suggestion: Suggestion, text: Text) -> str:
    """What the suggested experiment is, in its own numbers."""
    e = suggestion.experiment
    values = {key: text.exact(getattr(e, key)) for key in _VALUES}
    init = text(f"ui.choices.init.{e.init}")
    start = aimed(e, text) if suggestion.name in STARTS else ""
    return text(f"advice.{suggestion.name}.detail", init=init, start=start, **values)


def _suggest(suggestion: Suggestion, text: Text) -> None:
    name, experiment = suggestion.name, suggestion.experiment
    st.markdown(f"**{text(f'advice.{name}.name')}**")
    st.markdown(detail(suggestion, text))
    st.button(
        text("advice.run"), key=f"next-{name}", on_click=state.run, args=(experiment.to_query(),)
    )
