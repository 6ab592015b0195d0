"""A lab of page 3: the visitor's own log, judged by the rules that judge a run of ours.

What is given stays in this session. An example stands in the URL.
"""

from dataclasses import replace
from functools import partial

import streamlit as st

from core.labs.own_log import chart
from core.labs.own_log.view_detail import heard, lines, same, thresholds
from core.labs.own_log.view_source import corrected, given, read
from core.logs import Diagnosis, diagnose_log
from core.logs.dashboards import LEAST
from core.text import Text, plain
from core.ui.dashboards import dashboards
from core.ui.lesson import Lesson
from core.words.own_log import answer

HEIGHT = 330.0
PARTS = {"close": "own_log.chart.close", "whole": "own_log.chart.whole"}


def own_log(lesson: Lesson) -> None:
    """What can be given, and what it comes to."""
    _lab(lesson)


@st.fragment
def _lab(lesson: Lesson) -> None:
    files = given(lesson)
    trace = read(files, lesson)
    if trace is None:
        return
    answers = st.container(key="own-log-answer")
    clip = corrected(trace, lesson)
    found = diagnose_log(trace, clip)
    with answers:
        lesson.tell(partial(answer, found, clip))
    _charts(found, clip, lesson)
    thresholds(found, lesson)
    lines(found, lesson)
    heard(found, lesson)
    if found.interval == 1 and len(trace.frame) >= LEAST:
        dashboards(found.seen.trace, lesson)
    same(found, lesson)


def _charts(found: Diagnosis, clip: float | None, lesson: Lesson) -> None:
    """The whole log, and where it is too long to see it, the rise or the end close up."""
    if not len(found.seen.main.values):
        return
    text, reach = lesson.text, chart.close_up(found)
    for part, key in [*PARTS.items()][0 if reach else 1 :]:
        if reach:
            st.caption(text(key))
        rows = chart.frame(found, text, reach if part == "close" else None)
        alt = _alt(found, clip, text)
        look = replace(lesson.look(HEIGHT), told=tuple(chart.told(found, text)))
        lesson.draw(chart.build, rows, alt, look, key=f"own_log_{part}")


def _alt(found: Diagnosis, clip: float | None, text: Text) -> str:
    steps = found.seen.main.steps
    ends = {"first": text.digits(f"{steps[0]:.0f}"), "last": text.digits(f"{steps[-1]:.0f}")}
    return text("own_log.chart.alt", said=plain(answer(found, clip, text)), **ends)
