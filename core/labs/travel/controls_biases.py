"""A fold of page 2's lab: where the growth would be 1, and what this network's would be, if it had biases.

The runs begin with biases of zero, so this is theory alone: a point on the edge of chaos for each sigma_b.
"""

from functools import partial

import streamlit as st

from core.activations import ACTIVATIONS
from core.experiment import Experiment
from core.text import Text
from core.theory.mean_field import critical_sigma_w, growth_rate
from core.theory.prediction import RULES, plain, predict
from core.theory.prediction import rule as rule_of
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson

WORDS = "why.edge"
OPTIONS = tuple(k / 20 for k in range(11))
SIGMA_B = LabSetting("sigma_b", 0.2, [OPTIONS], ["edge_sigma_b"])


def fold(lesson: Lesson, experiment: Experiment) -> None:
    """The slider, and what it comes to, or only why biases change nothing; open where the link speaks of it.

    No fold where a normalization or an RNN's inputs do the biases' work.
    """
    if not plain(experiment):
        return
    text = lesson.text
    with st.expander(text(f"{WORDS}.heading"), expanded=SIGMA_B.said is not None):
        chosen = SIGMA_B.check(
            lesson.languages,
            f"{WORDS}.problem",
            least=OPTIONS[0],
            most=OPTIONS[-1],
            step=OPTIONS[1],
            usual=SIGMA_B.default,
        )
        if not ACTIVATIONS[experiment.activation].flat_slope:
            label = text(f"{WORDS}.sigma_b")
            SIGMA_B.control(st.select_slider, label, format_func=text.number)
        lesson.tell(partial(sentences, experiment, chosen))


def sentences(experiment: Experiment, sigma_b: float, text: Text) -> str:
    """The critical sigma_w for these biases, with its source, and this network's growth if they change it."""
    activation, sigma_w = experiment.activation, experiment.sigma_w
    rule, critical = RULES[rule_of(experiment)], critical_sigma_w(activation, sigma_b)
    key = (
        "none"
        if critical is None
        else "unmoved"
        if ACTIVATIONS[activation].flat_slope
        else "critical"
    )
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
