"""What stands under the picture when a run has ended: its verdict, and what to try next."""

import streamlit as st

from core.advice import Suggestion, next_steps
from core.charts.palette import Palette
from core.text import Text
from core.ui import state, style
from core.ui.verdict import Verdict, sentences

TONES = {
    "diverged": "lost",
    "exploded": "lost",
    "learned": "learned",
    "stalled": "warning",
    "stopped": "loss",
}
VALUES = ("gain", "lr", "clip", "depth", "steps")


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


def _suggest(suggestion: Suggestion, text: Text) -> None:
    name, experiment = suggestion.name, suggestion.experiment
    values = {key: getattr(experiment, key) for key in VALUES}
    init = text(f"ui.choices.init.{experiment.init}")
    st.markdown(f"**{text(f'advice.{name}.name')}**")
    st.markdown(text(f"advice.{name}.detail", init=init, **values))
    st.button(
        text("advice.run"), key=f"next-{name}", on_click=state.run, args=(experiment.to_query(),)
    )
