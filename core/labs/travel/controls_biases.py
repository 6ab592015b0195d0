"""A fold of page 2's lab: where the growth would be 1, and what this network's would be, if it had biases.

The runs begin with biases of zero, so this is theory alone: a point on the edge of chaos for each sigma_b.
"""

import streamlit as st

from core.experiment import Experiment
from core.text import Text
from core.theory.mean_field import critical_sigma_w, growth_rate
from core.theory.prediction import RULES, plain, predict
from core.theory.prediction import rule as rule_of
from core.ui import head, state
from core.ui.lesson import Lesson

WORDS = "why.edge"
SIGMA_B = "sigma_b"
"""The key in the URL."""
OPTIONS = tuple(k / 20 for k in range(11))
DEFAULT = 0.2
UNMOVED = ("relu", "linear")
"""Their slopes do not depend on the variance, and so neither does the growth on the biases."""


def read(said: str | None) -> tuple[float, bool]:
    """The choice as the URL tells it, and whether it is one of OPTIONS; the default where not."""
    if said is None:
        return DEFAULT, True
    return next(((option, True) for option in OPTIONS if f"{option:g}" == said), (DEFAULT, False))


def fold(lesson: Lesson, experiment: Experiment) -> None:
    """The slider, and what it comes to, or only why biases change nothing; open where the link speaks of it.

    No fold where a normalization or an RNN's inputs do the biases' work.
    """
    if not plain(experiment):
        return
    text, said = lesson.text, st.session_state["labs"].get(SIGMA_B)
    chosen, fine = read(said)
    with st.expander(text(f"{WORDS}.heading"), expanded=said is not None):
        for each in () if fine else lesson.languages:
            st.warning(_refused(said, each), icon=":material/info:")
        if experiment.activation not in UNMOVED:
            _slider(chosen, text)
        for each in lesson.languages:
            st.markdown(sentences(experiment, chosen, each))


def _refused(said: str, text: Text) -> str:
    slots = {"least": OPTIONS[0], "most": OPTIONS[-1], "step": OPTIONS[1], "usual": DEFAULT}
    return text(f"{WORDS}.problem", value=head.as_code(said), **slots)


def _slider(chosen: float, text: Text) -> None:
    """The widget takes over what the URL says."""
    if st.session_state.get("edge_sigma_b") != chosen:
        st.session_state["edge_sigma_b"] = chosen
    st.select_slider(
        text(f"{WORDS}.sigma_b"),
        OPTIONS,
        key="edge_sigma_b",
        format_func=text.number,
        on_change=_turned,
    )


def _turned() -> None:
    chosen = st.session_state["edge_sigma_b"]
    state.remember(SIGMA_B, None if chosen == DEFAULT else f"{chosen:g}")


def sentences(experiment: Experiment, sigma_b: float, text: Text) -> str:
    """The critical sigma_w for these biases, with its source, and this network's growth if they change it."""
    activation, sigma_w = experiment.activation, experiment.sigma_w
    rule, critical = RULES[rule_of(experiment)], critical_sigma_w(activation, sigma_b)
    key = "none" if critical is None else "unmoved" if activation in UNMOVED else "critical"
    said = text(
        f"{WORDS}.{key}", bias=sigma_b, critical=critical or 0.0, source=text.cite(rule.source)
    )
    parts, prediction = [text(f"{WORDS}.lead"), said], predict(experiment)
    if prediction is not None and key != "unmoved":
        growth = growth_rate(activation, sigma_w, sigma_b, prediction.variance)
        slots = {"weight": sigma_w, "growth": growth, "limit": prediction.limit}
        same = text.number(growth) == text.number(prediction.limit)
        parts.append(text(f"{WORDS}.growth_{'same' if same else 'other'}", **slots))
    return " ".join(parts)
