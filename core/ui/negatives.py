"""What does not help, or hides it: six experiments, each with what it shows in its own numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core.experiment import Experiment
from core.presets import NEGATIVES
from core.runs import STORE
from core.steps import Step, growth
from core.text import Text
from core.theory import growth_rate, growth_under_batch_norm
from core.ui import state

if TYPE_CHECKING:
    from core.ui.page import Lesson

Numbers = dict[str, object]
UPDATES = 40
"""How many of Adam's updates are looked at on its card."""


def negatives(lesson: "Lesson") -> None:
    """Two cards in a row; each measured when it is shown, by as few updates as its story needs."""
    st.header(lesson.text("fixes.negatives.heading"), anchor=False)
    for text in lesson.languages:
        st.markdown(text("fixes.negatives.lead"))
    names = list(NEGATIVES)
    with st.container(key="negatives"):
        for pair in zip(names[::2], names[1::2], strict=True):
            for name, column in zip(pair, st.columns(2, gap="medium"), strict=True):
                with column.container(border=True, key=f"negative-{name}"):
                    _card(name, lesson.languages)


def _card(name: str, languages: tuple[Text, ...]) -> None:
    experiment = NEGATIVES[name]
    numbers = MEASURED[name](experiment)
    st.markdown(f"**{languages[0](f'fixes.negatives.{name}.name')}**")
    for text in languages:
        st.markdown(text(f"fixes.negatives.{name}.text", **numbers))
    st.button(
        languages[0]("fixes.negatives.run"),
        key=f"negative-run-{name}",
        icon=":material/play_arrow:",
        on_click=state.run,
        args=(experiment.to_query(),),
    )


def _steps(experiment: Experiment, updates: int = 1) -> Sequence[Step]:
    return STORE.finished(replace(experiment, steps=updates)).steps


def _batch(experiment: Experiment) -> Numbers:
    first, plain = _steps(experiment)[0], _steps(replace(experiment, normalization="none"))[0]
    return {
        "depth": experiment.depth,
        "growth": growth(first.signal_norms),
        "theory": growth_under_batch_norm("relu"),
        "norm": first.grad_norm,
        "plain": plain.grad_norm,
    }


def _hidden(experiment: Experiment) -> Numbers:
    steps = _steps(experiment, UPDATES)
    return {
        "updates": len(steps),
        "first": steps[0].grad_norm,
        "peak": max(step.grad_norm for step in steps),
        "update": max(math.hypot(*step.update_norms) for step in steps),
    }


def _too_late(experiment: Experiment) -> Numbers:
    step = _steps(experiment)[0]
    return {
        "loss": step.loss,
        "growth": growth(step.signal_norms),
        "layer": step.lost.layer if step.lost else None,
        "depth": experiment.depth,
        "clip": experiment.clip,
    }


def _zeroed(experiment: Experiment) -> Numbers:
    from core.library_rules import clip_first_gradient  # loads torch, which is there by now

    found = clip_first_gradient(experiment, experiment.clip)
    return {
        "clip": experiment.clip,
        "norm": found["exact"].measured,
        "measured": found["pytorch"].measured,
        "pytorch": found["pytorch"].clipped,
        "keras": found["keras"].clipped,
        "exact": found["exact"].clipped,
    }


def _flat(experiment: Experiment) -> Numbers:
    step = _steps(experiment)[0]
    signals, weights = step.signal_norms, step.weight_grad_norms[: experiment.depth]
    return {
        "depth": experiment.depth,
        "signals": signals[0] / signals[-1],
        "weights": weights[0] / weights[-1],
        "signal_growth": growth(signals),
        "weight_growth": growth(weights),
    }


def _vanished(experiment: Experiment) -> Numbers:
    step, he = _steps(experiment)[0], _steps(replace(experiment, init="he_normal"))[0]
    return {
        "depth": experiment.depth,
        "growth": growth(step.signal_norms),
        "theory": growth_rate("relu", 1 / math.sqrt(3)),
        "first": step.weight_grad_norms[0],
        "last": step.weight_grad_norms[-2],
        "he": he.weight_grad_norms[0],
    }


MEASURED: dict[str, Callable[[Experiment], Numbers]] = {
    "batch": _batch,
    "hidden": _hidden,
    "too_late": _too_late,
    "zeroed": _zeroed,
    "flat": _flat,
    "vanished": _vanished,
}
"""What each card tells, measured."""
