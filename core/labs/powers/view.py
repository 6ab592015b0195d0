"""A lab of page 4: one factor, multiplied again and again, and where it leaves the number formats.

Factor and count stand in the URL; the widgets follow them.
"""

from collections.abc import Sequence

import streamlit as st

from core.charts.base import line_chart as still
from core.engine.start import at_start
from core.experiment import Experiment
from core.labs.powers import chart
from core.labs.powers.chart import MOST_FACTORS
from core.text import Text
from core.theory.number_formats import FORMATS
from core.theory.prediction import predict
from core.ui import state
from core.ui.head import as_code
from core.ui.page import Lesson

WORDS = "mathematics.powers"
FACTOR, COUNT = "factor", "factors"
"""Keys in the URL."""
SLOTS = {"half": "float16", "brain": "bfloat16", "single": "float32"}
"""The formats by the slots of the sentences."""
DEFAULT = (1.25, 20)
DIGITS = 5
"""Of a factor as it is shown: 1.0001 is not 1."""


def _options() -> tuple[float, ...]:
    """Factors to choose from, in thousandths: the nearer to 1, the finer."""
    stretches = ((500, 900, 20), (900, 1100, 5), (1100, 1500, 10), (1500, 3001, 50))
    return tuple(k / 1000 for low, high, step in stretches for k in range(low, high, step))


OPTIONS = _options()


def read(factor: str | None, count: str | None) -> tuple[float, int, list[str]]:
    """The choice as the URL tells it, and what of it is out of range: that has its default."""
    chosen, number = _factor(factor), _count(count)
    wrong = [
        said
        for said, value in ((factor, chosen), (count, number))
        if value is None and said is not None
    ]
    return chosen or DEFAULT[0], number or DEFAULT[1], wrong


def _factor(said: str | None) -> float | None:
    try:
        asked = round(float(said or ""), 4)
    except ValueError:
        return None
    return asked if OPTIONS[0] <= asked <= OPTIONS[-1] else None


def _count(said: str | None) -> int | None:
    if not said or not said.isdecimal() or len(said) > len(str(MOST_FACTORS)):
        return None
    return int(said) if 1 <= int(said) <= MOST_FACTORS else None


def powers(lesson: Lesson) -> None:
    """The heading, what it is about, and the lab."""
    st.header(" · ".join(each(f"{WORDS}.heading") for each in lesson.languages), anchor=False)
    with st.container(key="powers-lead"):
        for text in lesson.languages:
            st.markdown(text(f"{WORDS}.lead"))
    _lab(lesson)


@st.fragment
def _lab(lesson: Lesson) -> None:
    labs = st.session_state["labs"]
    factor, count, wrong = read(labs.get(FACTOR), labs.get(COUNT))
    for text in lesson.languages if wrong else ():
        st.warning(_refused(wrong, text), icon=":material/info:")
    _controls(lesson, factor, count)
    spec = still.spec(lesson.text, lesson.palette, **lesson.size)
    alt = sentences(factor, count, lesson.text)
    lesson.chart(st, chart.frame(factor, count, lesson.text), spec, alt)
    with st.container(key="powers-told"):
        for text in lesson.languages:
            st.markdown(sentences(factor, count, text))
    st.caption(lesson.text(f"{WORDS}.source"))


def _refused(wrong: Sequence[str], text: Text) -> str:
    values = ", ".join(map(as_code, wrong))
    slots = {"least": OPTIONS[0], "most": OPTIONS[-1], "count": MOST_FACTORS}
    return text(f"{WORDS}.problem", values=values, **slots)


def _controls(lesson: Lesson, factor: float, count: int) -> None:
    """Both sliders, and this network's own numbers; the widgets take over what the URL says."""
    text = lesson.text
    for key, value in (("powers_factor", factor), ("powers_count", count)):
        if st.session_state.get(key) != value:
            st.session_state[key] = value
    left, right = st.columns(2, gap="large")
    left.select_slider(
        text(f"{WORDS}.factor"),
        sorted({*OPTIONS, factor}),
        key="powers_factor",
        format_func=lambda each: text.number(each, DIGITS),
        on_change=_turned,
    )
    right.select_slider(
        text(f"{WORDS}.count"),
        range(1, MOST_FACTORS + 1),
        key="powers_count",
        format_func=text.number,
        on_change=_turned,
    )
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


def _turned() -> None:
    _keep(st.session_state["powers_factor"], st.session_state["powers_count"])


def _keep(factor: float, count: int) -> None:
    state.remember(FACTOR, None if factor == DEFAULT[0] else f"{factor:g}")
    state.remember(COUNT, None if count == DEFAULT[1] else str(count))


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
