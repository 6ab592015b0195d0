"""A lab of page 4: guess what the chain rule's product comes to, then see it measured, predicted and bounded."""

import math
from functools import partial

import streamlit as st

from core.engine.start import at_start
from core.labs.chain_rule import chart
from core.labs.chain_rule import words as chain_words
from core.labs.chain_rule.model import Measured, measure
from core.labs.chain_rule.words import WORDS
from core.theory.cancellation import signal_cancels
from core.ui import guess
from core.ui.lesson import Lesson
from core.words.cancelled import instead


@st.fragment
def chain_rule(lesson: Lesson) -> None:
    """Ask; then the chart, and what it says."""
    text, experiment = lesson.text, at_start(lesson.chosen)
    with st.container(key="chain-lead"):
        lesson.tell(partial(chain_words.lead, experiment))
    if signal_cancels(experiment):
        lesson.tell(partial(instead, experiment, lesson.shown))
        return
    made = guess.made(experiment) if experiment.depth > 1 else guess.SHOWN
    if made is None:
        lesson.say(f"{WORDS}.ask_{experiment.kind.words}", depth=experiment.depth)
        guess.ask(experiment, text, "chain")
        return
    lesson.status.wait_for_engine()
    with st.spinner(text(f"{WORDS}.measuring")):
        measured = measure(experiment)
    if math.isfinite(measured.chain.lengths[-1]):
        rows, alt = chart.frame(measured, text), chart.alt(measured, text)
        lesson.draw(chart.build, rows, alt, lesson.look(chart.HEIGHT))
    _tell(lesson, measured, made)
    guess.again(text, "chain")


def _tell(lesson: Lesson, measured: Measured, made: str) -> None:
    """Right or wrong first, then a paragraph for each thing there is to say."""
    with st.container(key="chain-told"):
        for text in lesson.columns():
            verdict = guess.verdict(made, measured.fate, text)
            for said in filter(None, [verdict, *chain_words.sentences(measured, text)]):
                st.markdown(said)
