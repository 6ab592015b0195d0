"""What the map of page 2 shows, as the visitor chooses it: the colour's meaning, the axes, the networks' size.

They stand in the URL (`axes=gain,lr`, `map=start`, `copies=own`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.experiment import MOST_SECONDS
from core.labs.map import words
from core.labs.map.question import AXES, Question, question
from core.labs.map.store import seconds
from core.text import Text
from core.ui import style
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson
from core.words.problems import as_code

DEFAULT = {"outcome": ("gain", "lr"), "start": ("gain", "depth")}
SIZES = ("small", "own")


MAP = LabSetting("map", "outcome", [tuple(AXES)], ["diagram_map"])
AXIS_PAIR = LabSetting("axes", DEFAULT["outcome"], [AXES["outcome"]] * 2)
COPIES = LabSetting("copies", "small", [SIZES], ["diagram_copies"])


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor chose: what colour means, the axes, and whether the networks are small copies."""

    kind: str = "outcome"
    axes: tuple[str, str] = DEFAULT["outcome"]
    small: bool = True


def read(labs: Mapping[str, str]) -> Choice:
    """The choice as the URL tells it; the default for what is missing or cannot be."""
    kind, axes = MAP.read(labs.get("map"))[0], AXIS_PAIR.read(labs.get("axes"))[0]
    fits = set(axes) <= set(AXES[kind]) and axes[0] != axes[1]
    small = COPIES.read(labs.get("copies"))[0] == "small"
    return Choice(kind, axes if fits else DEFAULT[kind], small)


def _check_axes(languages: Sequence[Text]) -> None:
    """Tell where the URL's axes are none of any map. Those that only the other kind of map has wait for it."""
    (x, y), fine = AXIS_PAIR.read(AXIS_PAIR.said)
    value, fields = as_code(str(AXIS_PAIR.said)), ", ".join(map(as_code, AXES["outcome"]))
    for text in () if fine and x != y else languages:
        style.warn(text("diagram.problem", value=value, fields=fields))


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
    _check_axes(lesson.languages)
    COPIES.check(lesson.languages)
    own, small = (question(lesson.chosen, chosen.kind, chosen.axes, small=s) for s in (False, True))
    fields = AXES[chosen.kind]
    options: dict[str, tuple[tuple[str, ...], str, str]] = {
        "map": (tuple(AXES), chosen.kind, "diagram.maps"),
        "x": (fields, chosen.axes[0], "pair.fields"),
        "y": (fields, chosen.axes[1], "pair.fields"),
        "copies": (SIZES, "small" if chosen.small else "own", "diagram.sizes"),
    }
    fixed = own == small or seconds(own) > MOST_SECONDS
    for place, (name, (values, value, names)) in zip(st.columns(4), options.items(), strict=True):
        if name == "copies" and fixed:
            value = "own" if own == small else "small"
        st.session_state[f"diagram_{name}"] = value
        place.selectbox(
            text(f"diagram.{name}"),
            values,
            key=f"diagram_{name}",
            format_func=partial(_named, names, text),
            disabled=name == "copies" and fixed,
            on_change=_turned,
            args=(name,),
        )
    if seconds(own) > MOST_SECONDS and own != small:
        lesson.tell(partial(words.too_large, seconds(own)), st.caption)


def _named(names: str, text: Text, option: str) -> str:
    return text(f"{names}.{option}")


def _turned(name: str) -> None:
    """A widget was turned. An axis that is chosen for both directions changes places with the other."""
    if name in ("map", "copies"):
        (MAP if name == "map" else COPIES).take()
        return
    value, before = st.session_state[f"diagram_{name}"], read(st.session_state["labs"])
    x, y = before.axes
    now = (value, x if value == y else y) if name == "x" else (y if value == x else x, value)
    AXIS_PAIR.keep(None if now == DEFAULT[before.kind] else now)
