"""What clipping does to a gradient's direction: an arrow in the plane that the visitor moves.

The arrow and the threshold stand in the URL as `arrow=g1,g2,clip`, which is the truth; the sliders follow it.
"""

from dataclasses import dataclass

import streamlit as st

from core.labs.clip_arrow import chart
from core.labs.clip_arrow.model import Arrow, angle, by_norm, by_value
from core.text import Text
from core.ui import state
from core.ui.lesson import Lesson

KEY = "arrow"
TENTHS = round(10 * chart.MOST)
OPTIONS = {
    "x": [k / 10 for k in range(-TENTHS, TENTHS + 1)],
    "y": [k / 10 for k in range(-TENTHS, TENTHS + 1)],
    "clip": [k / 10 for k in range(1, TENTHS + 1)],
}
TURNED = 0.05
"""Degrees from which on an arrow is said to have turned."""


@dataclass(frozen=True, slots=True)
class Plane:
    """What the visitor chose. By value, the first one turns by 24°."""

    x: float = 3.0
    y: float = 0.8
    clip: float = 1.0

    @property
    def arrow(self) -> Arrow:
        """The gradient."""
        return Arrow(self.x, self.y)

    def written(self) -> str:
        """As the URL tells it."""
        return f"{self.x:g},{self.y:g},{self.clip:g}"


def read(written: str | None) -> tuple[Plane, bool]:
    """The choice as the URL tells it, and whether it could be read; the first one where not."""
    if written is None:
        return Plane(), True
    try:
        x, y, clip = (round(float(part), 1) + 0.0 for part in written.split(","))
    except (ValueError, OverflowError):
        return Plane(), False
    plane = Plane(x, y, clip)
    fits = all(getattr(plane, name) in options for name, options in OPTIONS.items())
    return (plane, True) if fits else (Plane(), False)


def arrow(lesson: Lesson) -> None:
    """The heading, the arrow with its sliders and its sentences, and why the direction matters."""
    st.header(lesson.text("keras_example.arrow.heading"), anchor=False)
    lesson.say("keras_example.arrow.lead")
    _lab(lesson)
    lesson.say("keras_example.arrow.why")
    lesson.say("keras_example.arrow.names")


@st.fragment
def _lab(lesson: Lesson) -> None:
    plane, fine = read(st.session_state["labs"].get(KEY))
    if not fine:
        lesson.say("keras_example.arrow.problem")
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture, st.container(key="arrow-plane"):
        lesson.chart(
            st,
            chart.frame(plane.arrow, plane.clip, lesson.text),
            chart.spec(lesson.text, lesson.palette, **lesson.size),
            _alt(plane, lesson.text),
        )
    with words:
        _sliders(plane, lesson.text)
        with st.container(key="arrow-said"):
            lesson.tell(lambda text: "\n\n".join(sentences(plane, text)))


def _sliders(plane: Plane, text: Text) -> None:
    """Both entries and the threshold; the widgets take over what the URL says."""
    for name, options in OPTIONS.items():
        if st.session_state.get(f"arrow_{name}") != getattr(plane, name):
            st.session_state[f"arrow_{name}"] = getattr(plane, name)
        st.select_slider(
            text(f"keras_example.arrow.{name}"),
            options,
            key=f"arrow_{name}",
            format_func=text.number,
            on_change=_moved,
        )


def _moved() -> None:
    plane = Plane(*(st.session_state[f"arrow_{name}"] for name in OPTIONS))
    state.remember(KEY, None if plane == Plane() else plane.written())


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
