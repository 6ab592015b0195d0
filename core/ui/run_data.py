"""The data of the page's run: one quiet control under the picture, which opens a table and offers a CSV.

Nothing is made of them until somebody wants to see them; the CSV is made for who presses it.
"""

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from core.experiment import Experiment
from core.steps import Step
from core.text import Text
from core.ui.lesson import Lesson
from core.words.run_data import as_csv, columns, thinned

FILE = "exploding_gradient_run.csv"


@st.fragment
def run_data(lesson: Lesson, experiment: Experiment, steps: Sequence[Step]) -> None:
    """The control; opening it draws nothing else of the page again."""
    text = lesson.text
    shown = st.popover(
        text("run_data.open"),
        key="run-data",
        type="tertiary",
        icon=":material/table_view:",
        on_change="rerun",
    )
    if not shown.open:
        return
    with shown:
        st.download_button(
            text("run_data.download"),
            partial(as_csv, steps, experiment, text),
            FILE,
            "text/csv",
            key="download-run",
            on_click="ignore",
            icon=":material/download:",
        )
        st.html(_table(steps, experiment, text))


def _table(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
    """A table that screen readers know as one, in a box that scrolls by keys."""
    few = thinned(steps)
    key = "whole" if len(few) == len(steps) else "thinned"
    said = escape(text(f"run_data.{key}", steps=len(steps), shown=len(few)))
    heads, values = zip(*columns(few, experiment, text), strict=True)
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    rows = "".join(_row(row, text) for row in zip(*values, strict=True))
    inner = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    box = f'<div class="run-data" role="region" tabindex="0" aria-label="{said}">'
    return f"<p>{said}</p>{box}<table>{inner}</table></div>"


def _row(numbers: Sequence[float], text: Text) -> str:
    first, *others = map(text.number, numbers)
    cells = "".join(f"<td>{each}</td>" for each in others)
    return f'<tr><th scope="row">{first}</th>{cells}</tr>'
