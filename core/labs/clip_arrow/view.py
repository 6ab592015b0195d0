"""What clipping does to a gradient's direction: an arrow in the plane that the visitor moves.

The arrow and the threshold stand in the URL as `arrow=g1,g2,clip`.
"""

from typing import NamedTuple

import streamlit as st

from core.labs.clip_arrow import chart
from core.labs.clip_arrow.model import Arrow, angle, by_norm, by_value
from core.text import Text
from core.ui.lab_setting import LabSetting, Numbers
from core.ui.lesson import Lesson

TENTHS = round(10 * chart.MOST)
ENTRY = [k / 10 for k in range(-TENTHS, TENTHS + 1)]
OPTIONS = {"x": ENTRY, "y": ENTRY, "clip": ENTRY[TENTHS + 1 :]}
TURNED = 0.05
"""Degrees from which on an arrow is said to have turned."""


class Plane(NamedTuple):
    """What the visitor chose. By value, the first one turns by 24°."""

    x: float = 3.0
    y: float = 0.8
    clip: float = 1.0

    @property
    def arrow(self) -> Arrow:
        """The gradient."""
        return Arrow(self.x, self.y)


WIDGETS = [f"arrow_{name}" for name in OPTIONS]
NUMBERS = [Numbers(decimals=1, options=options) for options in OPTIONS.values()]
ARROW = LabSetting("arrow", Plane(), NUMBERS, WIDGETS)


def arrow(lesson: Lesson) -> None:
    """The arrow with its sliders and its sentences, and why the direction matters."""
    lesson.say("keras_example.arrow.lead")
    _lab(lesson)
    lesson.say("keras_example.arrow.why")
    lesson.say("keras_example.arrow.names")


@st.fragment
def _lab(lesson: Lesson) -> None:
    plane = ARROW.check(lesson.languages, "keras_example.arrow.problem", st.markdown)
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture, st.container(key="arrow-plane"):
        rows = chart.frame(plane.arrow, plane.clip, lesson.text)
        lesson.draw(chart.build, rows, _alt(plane, lesson.text), lesson.look(chart.HEIGHT))
    with words:
        for number, name in enumerate(OPTIONS):
            label = lesson.text(f"keras_example.arrow.{name}")
            ARROW.control(st.select_slider, label, number, format_func=lesson.text.number)
        with st.container(key="arrow-said"):
            lesson.tell(lambda text: "\n\n".join(sentences(plane, text)))


def sentences(plane: Plane, text: Text) -> list[str]:
    """What the gradient is, and what either kind of clipping makes of it."""
    before, clip = plane.arrow, plane.clip
    said = [_of("gradient", before, text)]
    if before.length <= clip:
        return [*said, text(f"keras_example.arrow.{'nothing' if before.length else 'zero'}")]
    value = by_value(before, clip)
    turned = abs(angle(before, value))
    if value == before:
        said.append(text("keras_example.arrow.value_same", clip=clip))
    elif turned < TURNED:
        said.append(_of("value_kept", value, text))
    else:
        said.append(_of("value_turned", value, text, angle=text.number(turned, digits=2)))
    return [*said, _of("norm_cut", by_norm(before, clip), text, clip=clip)]


def _of(key: str, arrow: Arrow, text: Text, **slots: object) -> str:
    """A sentence about an arrow: its entries to two decimals, its length."""
    entries = {"x": round(arrow.x, 2), "y": round(arrow.y, 2), "length": round(arrow.length, 2)}
    template = text.get(f"keras_example.arrow.{key}")
    return text.fill(template, **entries, **slots)


def _alt(plane: Plane, text: Text) -> str:
    value, norm = by_value(plane.arrow, plane.clip), by_norm(plane.arrow, plane.clip)
    return text(
        "keras_example.arrow.alt",
        x=plane.x,
        y=plane.y,
        clip=plane.clip,
        value_x=round(value.x, 2),
        value_y=round(value.y, 2),
        norm_x=round(norm.x, 2),
        norm_y=round(norm.y, 2),
    )
