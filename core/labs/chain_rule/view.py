"""A lab of page 4: guess what the chain rule's product comes to, then see it measured, predicted and bounded."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import accumulate

import streamlit as st

from core.engine.start import at_start
from core.labs.chain_rule import chart
from core.labs.chain_rule import words as chain_words
from core.labs.chain_rule.chart import Product
from core.labs.chain_rule.words import WORDS, Measured
from core.theory.cancellation import signal_cancels
from core.theory.prediction import other_basin
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
        measured = chain_words.measure(experiment)
    _draw(lesson, measured)
    _tell(lesson, measured, made)
    guess.again(text, "chain")


def _draw(lesson: Lesson, measured: Measured) -> None:
    """The chart, where there is anything to draw."""
    if not math.isfinite(measured.chain.lengths[-1]):
        return
    picture = drawn(measured)
    spec = chart.spec(lesson.text, lesson.palette, **lesson.size)
    lesson.chart(st, chart.frame(picture, lesson.text), spec, chart.alt(picture, lesson.text))


def drawn(measured: Measured) -> Product:
    """As the chart wants it: theory begins at the output where the signal does."""
    chain, prediction = measured.chain, measured.prediction
    start = chain.lengths[-1]
    factors = prediction.factors if prediction is not None else ()
    other = other_basin(measured.experiment, prediction) if prediction is not None else ()
    return Product(
        time=measured.experiment.kind.recurrent,
        lengths=chain.lengths,
        weights=chain.measured,
        bounds=(chain.bounds[0] + chain.last_norm, *chain.bounds) if chain.norms else (),
        theory=_back(factors, start),
        basin=_back(other, start),
        norms=(chain.last_norm, *chain.norms) if chain.norms else (),
        spreads=tuple(
            (s.layer, start + s.largest, start + s.median, start + s.smallest)
            for s in chain.spreads
        ),
    )


def _back(factors: Sequence[float], start: float) -> tuple[float, ...]:
    """log10 of the signal in each layer, from the output's on; none without factors."""
    if not factors:
        return ()
    return tuple(accumulate(map(math.log10, reversed(factors)), initial=start))[::-1]


def _tell(lesson: Lesson, measured: Measured, made: str) -> None:
    """Right or wrong first, then a paragraph for each thing there is to say."""
    with st.container(key="chain-told"):
        for text in lesson.columns():
            verdict = guess.verdict(made, measured.fate, text)
            for said in filter(None, [verdict, *chain_words.sentences(measured, text)]):
                st.markdown(said)
