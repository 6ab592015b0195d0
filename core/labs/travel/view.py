"""The lab of page 2: guess how the signal travels through the network before it has learned anything, then look."""

from functools import partial
from urllib.parse import parse_qsl, urlencode

import numpy as np
import streamlit as st

from core.charts.base import line_chart as still
from core.engine.start import at_start
from core.experiment import Experiment
from core.labs.travel import chart
from core.labs.travel import controls_biases as edge
from core.labs.travel import words as reveal
from core.labs.travel.measure import Start, difference, measure, others
from core.text import Text
from core.theory.cancellation import signal_cancels
from core.ui import guess
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.words.cancelled import instead

BESIDE = LabSetting("beside", "")
"""The experiment that is kept for comparison, as its query."""
MOST_CHARACTERS = 500
OFFERED = 3


@st.fragment
def travel(lesson: Lesson) -> None:
    """Ask; then the chart, what it says, and other starts to see beside it."""
    text, experiment = lesson.text, at_start(lesson.chosen)
    if experiment.depth < 2:
        lesson.say(f"why.travel.one_{experiment.kind.words}")
        return
    if signal_cancels(experiment):
        lesson.tell(partial(instead, experiment, lesson.shown))
        return
    made = guess.made(experiment)
    if made is None:
        lesson.say(f"why.travel.ask_{experiment.kind.words}", depth=experiment.depth)
        guess.ask(experiment, text, "travel")
        return
    lesson.status.wait_for_engine()
    with st.spinner(text("why.travel.measuring")):
        start, beside = measure(experiment), _kept(experiment)
    _draw(lesson, start, beside)
    with st.container(key="travel-told"):
        for each in lesson.columns():
            _tell(start, beside, made, each)
    edge.fold(lesson, experiment)
    if beside is None and BESIDE.said is not None:
        unseen = _unseen(experiment)
        lesson.say(f"why.travel.{unseen}")
        if unseen == "unreadable":
            BESIDE.keep(None)
    _offer(experiment, beside, text)


def _draw(lesson: Lesson, start: Start, beside: Start | None) -> None:
    """A chart of this start, and one of what is kept for comparison, on equal axes."""
    text = lesson.text
    both = [start] if beside is None else [start, beside]
    for place, one, other in zip(st.columns(len(both)), both, reversed(both), strict=True):
        if other is not one:
            place.markdown(f"**{difference(one.experiment, other.experiment, text)}**")
        rows = chart.frame(one, text, beside=other)
        lesson.draw(still.build, rows, chart.alt(one, text), place=place)
    size = start.experiment.batch_size
    told = text("why.travel.caption", seeds=len(start.growth), size=size)
    gone = any(chart.leaves(each) for each in both)
    left = text("why.travel.left", least=chart.LEAST, most=chart.MOST) if gone else ""
    st.caption(f"{told} {left}".strip())


def _tell(start: Start, beside: Start | None, made: str, text: Text) -> None:
    """Right or wrong first, then a paragraph for each thing there is to say."""
    first, *rest = reveal.sentences(start, text)
    st.markdown(f"{guess.verdict(made, start.fate, text)} {first}".strip())
    if beside is not None and len(beside.growths) and len(start.growths):
        told = _compared(start, beside, text), _compared(beside, start, text)
        st.markdown(" ".join([*told, reveal.float32(beside, text)]))
    if beside is not None and (theirs := reveal.beside(beside, text)):
        st.markdown(f"**{difference(beside.experiment, start.experiment, text)}:** {theirs}")
    for said in rest:
        st.markdown(said)


def _compared(start: Start, other: Start, text: Text) -> str:
    """By what this start differs from the other, and its growth."""
    name = difference(start.experiment, other.experiment, text)
    key = f"why.travel.compared_{start.experiment.kind.words}"
    return text(key, name=name, growth=float(np.median(start.growths)))


def _offer(experiment: Experiment, beside: Start | None, text: Text) -> None:
    """Other starts to see beside this one, to keep this one, and to let the kept one go."""
    kept = beside.experiment if beside is not None else None
    with st.container(horizontal=True, key="travel-offer", vertical_alignment="center"):
        st.markdown(text("why.travel.beside"), width="content")
        for number, other in enumerate(o for o in others(experiment)[:OFFERED] if o != kept):
            _button(f"travel-other-{number}", difference(other, experiment, text), other)
        _button("travel-keep", text("why.travel.keep"), experiment)
        if BESIDE.said is not None:
            _button("travel-drop", text("why.travel.drop"), None)
        guess.again(text, "travel")


def _button(key: str, label: str, experiment: Experiment | None) -> None:
    value = None if experiment is None else urlencode(experiment.to_query())
    st.button(label, key=key, on_click=BESIDE.keep, args=(value,))


def _kept(experiment: Experiment) -> Start | None:
    """What is kept for comparison; None for nothing, for what cannot be read, and for this very start."""
    kept = _read()
    return None if kept is None or kept == experiment else measure(kept)


def _unseen(experiment: Experiment) -> str:
    """Why what is kept is not to be seen: a key of `why.travel`."""
    return "kept" if _read() == experiment else "unreadable"


def _read() -> Experiment | None:
    """The kept start; None for nothing, and for what is no experiment."""
    said = BESIDE.chosen
    if not said or len(said) > MOST_CHARACTERS:
        return None
    kept, problems = Experiment.from_query(dict(parse_qsl(said)))
    return None if problems else at_start(kept)
