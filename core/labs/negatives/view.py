"""What does not help, or hides it: six experiments, each with a picture and a paragraph of its own numbers."""

import math
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.charts.base import line_chart as still
from core.charts.base.line_chart import Curve
from core.charts.base.rows import drawable
from core.labs.negatives.measure import Story, measure
from core.presets import NEGATIVES
from core.text import Text
from core.ui.head import run_button
from core.ui.lesson import Lesson

HEIGHT = 21
"""A picture is so many times as high as its letters."""
ROOM = 0.1
"""Share of what the lines span, kept free above and below them."""
WORDS = "fixes.negatives"


def negatives(lesson: Lesson) -> None:
    """Two cards in a row; each measured when it is shown."""
    lesson.say(f"{WORDS}.lead")
    names = list(NEGATIVES)
    with st.container(key="negatives"):
        for pair in zip(names[::2], names[1::2], strict=True):
            for name, column in zip(pair, st.columns(2, gap="medium"), strict=True):
                with column.container(border=True, key=f"negative-{name}"):
                    _card(name, lesson)


def _card(name: str, lesson: Lesson) -> None:
    story, text = measure(name), lesson.text
    st.markdown(f"**{text(f'{WORDS}.{name}.name')}**")
    lines, over = curves(story, text), text(f"charts.axis.{story.over}")
    rows = still.frame(lines, text, over, reach=reach(lines))
    look = lesson.look()
    look = replace(look, height=HEIGHT * look.font)
    lesson.draw(still.build, rows, alt(story, text), look)
    lesson.say(f"{WORDS}.{name}.text", **story.numbers)
    run_button(text(f"{WORDS}.run"), f"negative-run-{name}", NEGATIVES[name])


def curves(story: Story, text: Text) -> list[Curve]:
    """The story's lines, over layers from 1 or updates from 0."""
    first = int(story.over == "layer")
    return [
        Curve(
            line.series,
            text(f"{WORDS}.lines.{line.name}"),
            tuple(range(first, first + len(line.values))),
            line.values,
        )
        for line in story.lines
    ]


def reach(lines: Sequence[Curve]) -> tuple[float, float]:
    """Whole powers of ten around all that can be drawn, with as much again free as a name needs."""
    logs = [math.log10(y) for line in lines for y in line.y if drawable(y)]
    room = ROOM * (max(logs) - min(logs))
    return 10.0 ** math.floor(min(logs) - room), 10.0 ** math.ceil(max(logs) + room)


def alt(story: Story, text: Text) -> str:
    """The picture in words: where each line begins, ends, and is highest, as far as it can be drawn."""
    said = []
    for curve in reversed(curves(story, text)):
        points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if drawable(y)]
        (x0, y0), (x1, y1) = points[0], points[-1]
        top = max(y for _, y in points)
        said.append(
            text(f"{WORDS}.alt", name=curve.name, first=x0, start=y0, last=x1, end=y1, top=top)
        )
    return " ".join([text(f"{WORDS}.alt_{story.over}"), *said])
