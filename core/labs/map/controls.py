"""What the map of page 2 shows, as the visitor chooses it: the colour's meaning, the axes, the networks' size.

They stand in the URL (`axes=gain,lr`, `map=start`, `copies=own`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import streamlit as st

from core.experiment import MOST_SECONDS
from core.labs.map import words
from core.labs.map.question import AXES, Question, question
from core.labs.map.store import seconds
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.words.problems import as_code

DEFAULT = {"outcome": ("gain", "lr"), "start": ("gain", "depth")}
SIZES = ("small", "own")

MAP = LabSetting("map", "outcome", [tuple(AXES)], ["diagram_map"])
PAIRS = [f"{x},{y}" for x, y in permutations(AXES["outcome"], 2)]
AXIS_PAIR = LabSetting("axes", ",".join(DEFAULT["outcome"]), [PAIRS])
"""Axes that only the other kind of map has wait for it."""
COPIES = LabSetting("copies", "small", [SIZES], ["diagram_copies"])


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor chose: what colour means, the axes, and whether the networks are small copies."""

    kind: str = "outcome"
    axes: tuple[str, str] = DEFAULT["outcome"]
    small: bool = True


def read(labs: Mapping[str, str]) -> Choice:
    """The choice as the URL tells it; the default for what is missing or cannot be."""
    kind, pair, copies = (each.read(labs.get(each.key))[0] for each in (MAP, AXIS_PAIR, COPIES))
    x, y = pair.split(",")
    axes = (x, y) if {x, y} <= set(AXES[kind]) else DEFAULT[kind]
    return Choice(kind, axes, copies == "small")


def asked_for(lesson: Lesson) -> Question:
    """The diagram that the URL and the sentence ask for; of small copies where the own size is too much."""
    chosen = read(st.session_state["labs"])
    wished = question(lesson.chosen, chosen.kind, chosen.axes, small=chosen.small)
    if chosen.small or seconds(wished) <= MOST_SECONDS:
        return wished
    return question(lesson.chosen, chosen.kind, chosen.axes, small=True)


def controls(lesson: Lesson) -> None:
    """What colour means, both axes, and the networks' size; the widgets take over what the URL says."""
    text, chosen = lesson.text, read(st.session_state["labs"])
    MAP.check(lesson.languages)
    every = ", ".join(map(as_code, AXES["outcome"]))
    AXIS_PAIR.check(lesson.languages, "diagram.problem", fields=every)
    COPIES.check(lesson.languages)
    own, small = (question(lesson.chosen, chosen.kind, chosen.axes, small=s) for s in (False, True))
    fixed = own == small or seconds(own) > MOST_SECONDS
    size = ("own" if own == small else "small") if fixed else COPIES.chosen
    first, across, up, last = st.columns(4)
    MAP.control(
        first.selectbox, text("diagram.map"), format_func=lambda kind: text(f"diagram.maps.{kind}")
    )
    for place, name, axis in zip((across, up), "xy", chosen.axes, strict=True):
        st.session_state[f"diagram_{name}"] = axis
        place.selectbox(
            text(f"diagram.{name}"),
            AXES[chosen.kind],
            key=f"diagram_{name}",
            format_func=lambda field: text(f"pair.fields.{field}"),
            on_change=partial(_turn_axis, name),
        )
    label = text("diagram.copies")
    COPIES.control(
        last.selectbox,
        label,
        value=size,
        format_func=lambda size: text(f"diagram.sizes.{size}"),
        disabled=fixed,
    )
    if seconds(own) > MOST_SECONDS and own != small:
        lesson.tell(partial(words.too_large, seconds(own)), st.caption)


def _turn_axis(name: str) -> None:
    """An axis that is chosen for both directions changes places with the other."""
    value, before = st.session_state[f"diagram_{name}"], read(st.session_state["labs"])
    x, y = before.axes
    now = (value, x if value == y else y) if name == "x" else (y if value == x else x, value)
    AXIS_PAIR.keep(None if now == DEFAULT[before.kind] else ",".join(now))
