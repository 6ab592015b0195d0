"""A fold of page 2's lab: where the growth would be 1, and what this network's would be, if it had biases.

The runs begin with biases of zero, so this is theory alone: a point on the edge of chaos for each sigma_b.
"""

import streamlit as st

from core.experiment import Experiment
from core.prediction import MEAN_FIELD, RULES, plain, predict
from core.text import Text
from core.theory import critical_sigma_w, growth_rate
from core.ui import state
from core.ui.page import Lesson

WORDS = "why.edge"
SIGMA_B = "sigma_b"
"""The key in the URL."""
OPTIONS = tuple(k / 20 for k in range(11))
DEFAULT = 0.2
UNMOVED = ("relu", "linear")
"""Their slopes do not depend on the variance, and so neither does the growth on the biases."""


def read(said: str | None) -> float:
    """The choice as the URL tells it; the default for what is not among OPTIONS."""
    return next((option for option in OPTIONS if f"{option:g}" == said), DEFAULT)


def fold(lesson: Lesson, experiment: Experiment) -> None:
    """The slider, and what it comes to; nothing where a normalization or an RNN's inputs do the biases' work."""
    if not plain(experiment):
        return
    text, chosen = lesson.text, read(st.session_state["labs"].get(SIGMA_B))
    if st.session_state.get("edge_sigma_b") != chosen:
        st.session_state["edge_sigma_b"] = chosen
    with st.expander(text(f"{WORDS}.heading")):
        st.select_slider(
            text(f"{WORDS}.sigma_b"),
            OPTIONS,
            key="edge_sigma_b",
            format_func=text.number,
            on_change=_turned,
        )
        for each in lesson.languages:
            st.markdown(sentences(experiment, chosen, each))


def _turned() -> None:
    chosen = st.session_state["edge_sigma_b"]
    state.remember(SIGMA_B, None if chosen == DEFAULT else f"{chosen:g}")


def sentences(experiment: Experiment, sigma_b: float, text: Text) -> str:
    """The critical sigma_w for these biases, with its source, and this network's growth with them."""
    activation, sigma_w = experiment.activation, experiment.sigma_w
    critical = critical_sigma_w(activation, sigma_b)
    parts = [text(f"{WORDS}.lead")]
    if critical is None:
        parts.append(text(f"{WORDS}.none", bias=sigma_b, source=MEAN_FIELD))
    else:
        key = "unmoved" if activation in UNMOVED else "critical"
        source = RULES[activation].source if activation in RULES else MEAN_FIELD
        parts.append(text(f"{WORDS}.{key}", bias=sigma_b, critical=critical, source=source))
    prediction = predict(experiment)
    if prediction is not None:
        growth = growth_rate(activation, sigma_w, sigma_b, prediction.variance)
        slots = {"weight": sigma_w, "growth": growth, "limit": prediction.limit}
        parts.append(text(f"{WORDS}.growth", **slots))
    return " ".join(parts)
