"""The autopsy of a run that diverged: its last steps, and the chain of events in words."""

import math
from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.diagnosis.autopsy import ENOUGH, Event, autopsy, last_moments
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.places import matrix, of_lost
from core.steps import Lost
from core.text import Text
from core.ui.lesson import Lesson
from core.words.course import nuance

EVENTS: dict[str, Callable[[Event, Experiment], bool]] = {
    "symptoms.autopsy.events.lost_activation_first": lambda event, _: math.isnan(event.value),
    "symptoms.autopsy.events.lost_loss_first": lambda event, _: math.isnan(event.value),
    "symptoms.autopsy.events.lost_signal_first": lambda event, _: math.isnan(event.value),
    "symptoms.autopsy.events.weights_steady_normalized": lambda _, e: e.normalization != "none",
}
"""Words of their own: nothing was measured before the loss, or not all that is trained is measured."""


def post_mortem(lesson: Lesson, verdict: Verdict) -> bool:
    """How a run that diverged came to its end; whether there was anything to tell."""
    events = autopsy(verdict.steps, verdict.experiment)
    if not events:
        return False
    text = lesson.text
    with st.container(key="autopsy"):
        st.table(_moments(verdict, text), hide_index=True, width="stretch")
    for each in lesson.languages:
        st.caption(each("symptoms.autopsy.lead"))
    places = st.columns(len(lesson.languages), gap="large")
    for column, each in zip(places, lesson.languages, strict=True):
        lines = [told(event, verdict.experiment, each) for event in events]
        column.markdown("\n\n".join(f"{each.number(n)}. {x}" for n, x in enumerate(lines, 1)))
    return True


def told(event: Event, experiment: Experiment, text: Text) -> str:
    """One event as a sentence."""
    return text(
        nuance(f"symptoms.autopsy.events.{event.kind}", EVENTS, event, experiment),
        step=event.step,
        since=event.since,
        value=event.value,
        was=event.was,
        bound=event.bound,
        where=_where(event, experiment, text),
        entry=ENOUGH.get(experiment.optimizer, math.inf),
        optimizer=text(f"ui.choices.optimizer.{experiment.optimizer}"),
        all=experiment.kind.count_matrices(experiment.depth),
    )


def _where(event: Event, experiment: Experiment, text: Text) -> str:
    """A weight matrix that grew; else a layer, where it is a weight's, its bias's or of what both have made."""
    if event.kind == "weights_grew":
        return matrix(event.layer, experiment, text)
    quantity = "signal" if event.kind == "signal_too" else event.kind.removeprefix("lost_")
    return of_lost(Lost(quantity, event.layer), experiment, text)


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
