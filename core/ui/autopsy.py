"""The autopsy of a run that was lost: its last steps, and the chain of events in words."""

import math

import pandas as pd
import streamlit as st

from core.autopsy import Event, autopsy, last_moments
from core.charts.where import matrix, place
from core.experiment import Experiment
from core.text import Text
from core.ui.page import Lesson
from core.ui.verdict import Verdict

OF_LAYERS = ("lost_activation", "lost_signal", "signal_too")
"""Events that name a layer or time step; the others name a weight matrix."""


def post_mortem(lesson: Lesson, verdict: Verdict) -> None:
    """How a run that was lost came to its end; nothing for the others."""
    events = autopsy(verdict.steps)
    if not events:
        return
    text = lesson.text
    st.subheader(text("symptoms.autopsy.heading"), anchor=False)
    with st.container(key="autopsy"):
        st.table(_moments(verdict, text), hide_index=True, width="stretch")
    for each in lesson.languages:
        st.caption(each("symptoms.autopsy.lead"))
    places = st.columns(len(lesson.languages), gap="large")
    for column, each in zip(places, lesson.languages, strict=True):
        lines = [told(event, verdict.experiment, each) for event in events]
        column.markdown("\n\n".join(f"{each.number(n)}. {x}" for n, x in enumerate(lines, 1)))


def told(event: Event, experiment: Experiment, text: Text) -> str:
    """One event as a sentence."""
    name = place if event.kind in OF_LAYERS else matrix
    at_once = event.kind.startswith("lost_") and math.isnan(event.value)
    return text(
        f"symptoms.autopsy.events.{event.kind}{'_first' if at_once else ''}",
        step=event.step,
        since=event.since,
        value=event.value,
        where=name(event.layer, experiment, text),
        all=experiment.depth + 1 if experiment.network == "mlp" else 3,
    )


def _moments(verdict: Verdict, text: Text) -> pd.DataFrame:
    """The last steps as a table of words."""
    names = ("step", "loss", "gradient", "weights", "activation")
    heads = [text(f"symptoms.autopsy.table.{name}") for name in names]

    def cell(value: float) -> str:
        shown = text.number(value, digits=2)
        return shown if math.isfinite(value) else f"**{shown}**"

    rows = [
        [cell(getattr(moment, name)) for name in names] for moment in last_moments(verdict.steps)
    ]
    return pd.DataFrame(rows, columns=heads)
