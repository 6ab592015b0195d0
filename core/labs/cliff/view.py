"""The cliff as a lab: click a start, and see gradient descent with and without clipping go from there.

Start, learning rate and threshold stand in the URL as `cliff=w,b,lr,clip`.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from core.charts.base import line_chart as still
from core.labs.cliff import chart as charts
from core.labs.cliff import model as plane
from core.text import Text
from core.ui.lab_setting import LabSetting, Numbers
from core.ui.lesson import Lesson
from core.ui.picks import picked

LRS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
CLIPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0, 1000.0)
ZOOMS = tuple(10**k for k in range(10))
STEEP = 10.0
"""A gradient longer than this is called a wall: on the plateaus it is about 0.1."""
STUCK = 1e-3
"""Whoever goes less than this share of the throw after it has been thrown is said to stay there."""
ASIDE = 0.1
"""How far from the wall, along b, the plateaus' gradients are told."""


class Descent(NamedTuple):
    """What the visitor chose: where to start, how long the steps, where to clip."""

    w: float = 5.0
    b: float = plane.edge(5.0)
    lr: float = 0.2
    clip: float = 0.5


WIDGETS = tuple(f"cliff_{name}" for name in Descent._fields)
START = Numbers(*plane.W_RANGE), Numbers(*plane.B_RANGE)
CLIFF = LabSetting(
    "cliff", Descent(), (*START, Numbers(options=LRS), Numbers(options=CLIPS)), WIDGETS
)


def cliff(lesson: Lesson) -> None:
    """What it is about; the surface to click on; the slice; why there is a wall."""
    with st.container(key="cliff-lead"):
        lesson.say("mathematics.cliff.lead")
    _lab(lesson)


@st.fragment
def _lab(lesson: Lesson) -> None:
    chosen = CLIFF.check(lesson.languages, "mathematics.cliff.problem", st.markdown)
    paths = plane.descend(chosen.w, chosen.b, chosen.lr, chosen.clip)
    _draw_surface(lesson, paths)
    _controls(lesson.text)
    with st.container(key="cliff-said"):
        lesson.tell(partial(sentences, chosen, paths))
    _slice(lesson, chosen.w)
    rate = chosen.w * plane.H0 * (1 - plane.H0)
    key = "why_repels" if rate > 1 else "why_attracts"
    with st.container(key="cliff-why"):
        lesson.say("mathematics.cliff.why")
        slots = {"w": chosen.w, "factor": rate, "product": rate**plane.TIME_STEPS}
        lesson.say(f"mathematics.cliff.{key}", **slots)


def _draw_surface(lesson: Lesson, paths: tuple[plane.Path, plane.Path]) -> None:
    text = lesson.text
    spec = charts.surface_spec(lesson.look(charts.HEIGHT))
    lesson.chart(
        st,
        None,
        spec | {"datasets": charts.frames(plane.surface(), paths, text)},
        text("mathematics.cliff.alt") + " " + _told(paths, text),
        key="cliff_surface",
        on_select=_picked,
        selection_mode=charts.PICK,
    )


def _controls(text: Text) -> None:
    """Start, learning rate and threshold, the clicked start too."""
    w, b, lr, clip = st.columns([1, 1, 1.3, 1.3], gap="medium")
    for number, place, start, (low, high) in (
        (0, w, "start_w", plane.W_RANGE),
        (1, b, "start_b", plane.B_RANGE),
    ):
        range_ = {"min_value": low, "max_value": high, "step": 0.01, "format": "%.6f"}
        CLIFF.control(place.number_input, text(f"mathematics.cliff.{start}"), number, **range_)
    for number, place, name in ((2, lr, "lr"), (3, clip, "clip")):
        label = text(f"mathematics.cliff.{name}")
        CLIFF.control(place.select_slider, label, number, format_func=text.number)
    st.button(
        text("mathematics.cliff.to_edge"),
        key="cliff_edge",
        icon=":material/vertical_align_center:",
        on_click=_to_edge,
    )


def _picked() -> None:
    """A click: start in the middle of that cell, or at that step of a path."""
    cell = picked("cliff_surface", charts.PICK)
    w, b = ((_number(cell.get(s)) + _number(cell.get(f"{s}2"))) / 2 for s in ("x", "y"))
    if plane.inside((w, b)):
        CLIFF.keep(CLIFF.chosen._replace(w=w, b=b))


def _number(value: Any) -> float:
    """What was sent; NaN for what is none, or far too large to be one of the picture's."""
    return float(value) if isinstance(value, int | float) and abs(value) < 1e9 else math.nan


def _to_edge() -> None:
    chosen = CLIFF.chosen
    b = min(max(plane.edge(chosen.w), plane.B_RANGE[0]), plane.B_RANGE[1])
    CLIFF.keep(chosen._replace(b=b))


def sentences(chosen: Descent, paths: tuple[plane.Path, plane.Path], text: Text) -> str:
    """Where it starts, and what became of each descent, in this run's numbers."""
    start = text(
        "mathematics.cliff.start",
        w=chosen.w,
        b=text.number(chosen.b, 7),
        loss=float(paths[0].loss[0]),
        norm=text.number(float(paths[0].norm[0]), 4),
    )
    if paths[0].norm.max() > chosen.clip:
        return f"{start} {_told(paths, text)}"
    never = text("mathematics.cliff.never_clipped", clip=chosen.clip)  # the two paths are one
    return f"{start} {_told(paths, text)} {never}"


def _told(paths: tuple[plane.Path, plane.Path], text: Text) -> str:
    before, after = paths
    return f"{_fate(before, 'before', text)} {_fate(after, 'after', text)}"


def _fate(path: plane.Path, series: str, text: Text) -> str:
    """Thrown out of the picture, at which update and how far; or not, and where it ended."""
    end = {
        "updates": len(path.w) - 1,
        "w": float(path.w[-1]),
        "b": float(path.b[-1]),
        "loss": float(path.loss[-1]),
    }
    if path.lost:
        return text(f"mathematics.cliff.{series}_lost", **end)
    steps = np.hypot(np.diff(path.w), np.diff(path.b))
    out = next(
        (k for k, at in enumerate(zip(path.w, path.b, strict=True)) if not plane.inside(at)), None
    )
    if out is None:
        longest = float(steps.max())
        return text(f"mathematics.cliff.{series}_stays", length=longest, **end)
    there = {"to_w": float(path.w[out]), "to_b": float(path.b[out]), "norm": float(path.norm[out])}
    slots = {"update": out, "length": float(steps[out - 1])}
    thrown = text(f"mathematics.cliff.{series}_thrown", **slots, **there)
    after = "stuck" if steps[out:].sum() < STUCK * steps[out - 1] else "moves_on"
    return f"{thrown} {text(f'mathematics.cliff.{after}', **end)}"


def _slice(lesson: Lesson, w: float) -> None:
    """The loss and its gradient along b at the start's w, as close to the wall as one likes."""
    text = lesson.text
    st.subheader(text("mathematics.cliff.slice_heading", w=w), anchor=False)
    zoom = st.select_slider(
        text("mathematics.cliff.zoom"),
        ZOOMS,
        key="cliff_zoom",
        format_func=lambda times: text("mathematics.cliff.times", times=times),
    )
    wall = plane.wall(w)
    half = 1.5 / zoom
    b, place = plane.along_b(w, wall - half, wall + half)
    steepest = float(plane.look(w, wall).norm)
    above, below = (float(plane.look(w, wall + side).norm) for side in (ASIDE, -ASIDE))
    key = f"mathematics.cliff.slice_{'wall' if steepest > STEEP else 'smooth'}"
    norms = {"norm": steepest, "above": above, "below": below}
    told = [each(key, wall=each.number(wall, 7), **norms) for each in lesson.languages]
    rows = charts.slice_frame(b, place, wall, 1 / zoom, text)
    lesson.draw(still.build, rows, told[0], key="cliff_slice")
    with st.container(key="cliff-slice"):
        for sentence in told:
            st.markdown(sentence)
