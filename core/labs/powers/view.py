"""A lab of page 4: one factor, multiplied again and again, and where it leaves the number formats.

Factor and count stand in the URL.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.charts.base import line_chart as still
from core.engine.start import at_start
from core.experiment import Experiment
from core.labs.powers import chart
from core.labs.powers.chart import MOST_FACTORS
from core.text import Text
from core.theory.number_formats import FORMATS
from core.theory.prediction import predict
from core.ui import style
from core.ui.lab_setting import LabSetting, Numbers
from core.ui.lesson import Lesson
from core.words.problems import as_code

WORDS = "mathematics.powers"
SLOTS = {"half": "float16", "brain": "bfloat16", "single": "float32"}
"""The formats by the slots of the sentences."""
DIGITS = 5
"""Of a factor as it is shown: 1.0001 is not 1."""


STRETCHES = ((500, 900, 20), (900, 1100, 5), (1100, 1500, 10), (1500, 3001, 50))
OPTIONS = tuple(k / 1000 for low, high, step in STRETCHES for k in range(low, high, step))
"""Factors to choose from, in thousandths: the nearer to 1, the finer."""
COUNTS = range(1, MOST_FACTORS + 1)
FACTORS = Numbers(OPTIONS[0], OPTIONS[-1], decimals=4)
FACTOR = LabSetting("factor", 1.25, [FACTORS], ["powers_factor"])
COUNT = LabSetting("factors", 20, [Numbers(options=COUNTS)], ["powers_count"])


def powers(lesson: Lesson) -> None:
    """What it is about, and the lab."""
    with st.container(key="powers-lead"):
        lesson.say(f"{WORDS}.lead")
    _lab(lesson)


@st.fragment
def _lab(lesson: Lesson) -> None:
    factor, count = FACTOR.chosen, COUNT.chosen
    if wrong := [str(each.said) for each in (FACTOR, COUNT) if not each.read(each.said)[1]]:
        lesson.tell(partial(_refused, wrong), style.warn)
        FACTOR.keep(factor)
        COUNT.keep(count)
    _controls(lesson, factor, count)
    alt = sentences(factor, count, lesson.text)
    lesson.draw(still.build, chart.frame(factor, count, lesson.text), alt)
    with st.container(key="powers-told"):
        lesson.tell(partial(sentences, factor, count))
    st.caption(lesson.text(f"{WORDS}.source"))


def _refused(wrong: Sequence[str], text: Text) -> str:
    values = ", ".join(map(as_code, wrong))
    slots = {"least": OPTIONS[0], "most": OPTIONS[-1], "count": MOST_FACTORS}
    return text(f"{WORDS}.problem", values=values, **slots)


def _controls(lesson: Lesson, factor: float, count: int) -> None:
    """Both sliders, and this network's own numbers."""
    text = lesson.text
    left, right = st.columns(2, gap="large")
    shown = partial(text.number, digits=DIGITS)
    label, factors = text(f"{WORDS}.factor"), sorted({*OPTIONS, factor})
    FACTOR.control(left.select_slider, label, options=factors, format_func=shown)
    COUNT.control(right.select_slider, text(f"{WORDS}.count"), format_func=text.number)
    own = of_network(at_start(lesson.chosen))
    if own is not None and own != (factor, count):
        label = text(f"{WORDS}.own", factor=text.number(own[0], DIGITS), count=own[1])
        st.button(label, key="powers-own", on_click=_keep, args=own, icon=":material/hub:")


def of_network(experiment: Experiment) -> tuple[float, int] | None:
    """Theory's growth of this network, and how many factors it has; None where there is none, or out of range."""
    prediction = predict(experiment) if experiment.depth > 1 else None
    if prediction is None or not OPTIONS[0] <= prediction.growth <= OPTIONS[-1]:
        return None
    return round(prediction.growth, 3), experiment.depth - 1


def _keep(factor: float, count: int) -> None:
    FACTOR.keep(factor)
    COUNT.keep(count)


def sentences(factor: float, count: int, text: Text) -> str:
    """What the factors come to, and where each format ends."""
    shown = text.number(factor, DIGITS)
    total = text(f"{WORDS}.total", factor=shown, count=count, value=factor**count)
    if factor == 1:
        return f"{total} {text(f'{WORDS}.never')}"
    kind = "over" if factor > 1 else "under"
    gone = {slot: FORMATS[name].leaves(factor) for slot, name in SLOTS.items()}
    said = f"{total} {text(f'{WORDS}.{kind}', **gone)}"
    if factor > 1:
        return said
    short = {slot: FORMATS[name].loses_digits(factor) for slot, name in SLOTS.items()}
    return f"{said} {text(f'{WORDS}.digits', **short)}"
