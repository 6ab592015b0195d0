"""What the map of page 2 shows, as the visitor chooses it: the colour's meaning, the axes, the networks' size.

They stand in the URL (`axes=gain,lr`, `map=start`, `copies=own`); the widgets follow them.
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
from core.ui import head, state
from core.ui.lesson import Lesson

DEFAULT = {"outcome": ("gain", "lr"), "start": ("gain", "depth")}
SIZES = ("small", "own")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor chose: what colour means, the axes, and whether the networks are small copies."""

    kind: str = "outcome"
    axes: tuple[str, str] = DEFAULT["outcome"]
    small: bool = True


def read(labs: Mapping[str, str]) -> Choice:
    """The choice as the URL tells it; the default for what is missing or cannot be."""
    kind = labs.get("map", "outcome")
    kind = kind if kind in AXES else "outcome"
    x, _, y = labs.get("axes", "").partition(",")
    fits = x in AXES[kind] and y in AXES[kind] and x != y
    return Choice(kind, (x, y) if fits else DEFAULT[kind], labs.get("copies") != "own")


def _check_axes(labs: Mapping[str, str], languages: Sequence[Text]) -> None:
    """Tell where the URL's axes are none of any map. Those that only the other kind of map has wait for it."""
    said = labs.get("axes", ",".join(DEFAULT["outcome"]))
    x, _, y = said.partition(",")
    if x != y and {x, y} <= set(AXES["outcome"]):
        return
    fields = ", ".join(map(head.as_code, AXES["outcome"]))
    for text in languages:
        told = text("diagram.problem", value=head.as_code(said), fields=fields)
        st.warning(told, icon=":material/info:")


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
    head.check_lab("map", tuple(AXES), lesson.languages)
    _check_axes(st.session_state["labs"], lesson.languages)
    head.check_lab("copies", SIZES, lesson.languages)
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
        for each in lesson.languages:
            st.caption(words.too_large(seconds(own), each))


def _named(names: str, text: Text, option: str) -> str:
    return text(f"{names}.{option}")


def _turned(name: str) -> None:
    """A widget was turned. An axis that is chosen for both directions changes places with the other."""
    value, before = st.session_state[f"diagram_{name}"], read(st.session_state["labs"])
    if name == "map":
        state.remember("map", None if value == "outcome" else value)
    elif name == "copies":
        state.remember("copies", None if value == "small" else value)
    else:
        x, y = before.axes
        now = (value, x if value == y else y) if name == "x" else (y if value == x else x, value)
        state.remember("axes", None if now == DEFAULT[before.kind] else ",".join(now))
