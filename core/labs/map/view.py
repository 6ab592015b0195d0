"""The map of page 2: many networks at once, each a cell, to be drawn, read, and clicked.

While a map is computed the lab draws itself again and again: a click gets through between two drawings.
"""

import time
from typing import Any, Literal

import streamlit as st

from core.experiment import MOST_SECONDS, Experiment
from core.labs.map import chart as charts
from core.labs.map import words
from core.labs.map.controls import asked_for, controls
from core.labs.map.line import boundary
from core.labs.map.question import Question
from core.labs.map.rows import COARSEST, Drawn, frames
from core.labs.map.store import STORE, seconds
from core.text import Text
from core.ui import state
from core.ui.lesson import Lesson
from core.ui.picks import picked
from core.ui.status import with_left

Scope = Literal["app", "fragment"]
DRAW_SECONDS = {"outcome": 0.08, "start": 1.0}
"""A drawing stands so long, by kind of map: with what it takes itself, at most five a second, and one of 1600 cells
less than one, so that most are whole by the second."""
PAGE_SECONDS = 3.0
"""Where the whole page is drawn again for it, so long: its other pictures blink then."""
FIRST_SECONDS = 0.4
"""While nothing is known, so long: there is nothing to draw either."""
SEND_SECONDS = 0.05
"""Until a drawing has left for the browser: a run that begins earlier would take it back."""
CHEAP_SECONDS = 6.0
"""A map that costs no more follows the sentence's words once the visitor has asked for one."""
TRAINING = ("optimizer", "lr", "clipping", "clip", "steps")
"""What a network that was only looked at before training gets from the sentence when it is opened."""


def diagram(lesson: Lesson) -> None:
    """What it is about, and the lab: a fragment, except while a run of the whole page waits for the map.

    Then its widgets must be the page's own, for a fragment's do not interrupt a page.
    """
    with st.container(key="diagram-lead"):
        lesson.say("diagram.lead")
    if _computing(asked_for(lesson)):
        with st.container():  # a fragment's elements lie in one, too
            _lab(lesson, "app")
    else:
        st.fragment(_lab)(lesson, "fragment")


def _computing(asked: Question) -> bool:
    """Whether the visitor waits for this map."""
    wanted = st.session_state.get("diagram_wanted")
    cheap = wanted is not None and seconds(asked) <= CHEAP_SECONDS
    return (cheap or wanted == str(asked.upright)) and len(STORE.known(asked)) < asked.size


def _lab(lesson: Lesson, scope: Scope) -> None:
    """The settings, the map and its words, and a cell's values. The map is a fragment of its own.

    For it is drawn again and again while it is computed; settings that stay the same would take a browser as long.
    Not where a new setting asks for it: a fragment cannot run again while the one around it runs.
    """
    asked = asked_for(lesson)
    controls(lesson)
    place = st.container()
    _pick(asked, lesson)
    with place:
        if _computing(asked):
            with st.container():
                _map(lesson, asked, scope)
        else:
            st.fragment(_map)(lesson, asked, scope)


def _map(lesson: Lesson, asked: Question, scope: Scope) -> None:
    if st.session_state.pop("diagram_opened", False):
        st.rerun()
    before, computing = len(STORE.known(asked)), _computing(asked)
    if computing:
        STORE.begin(asked)
    with st.container(horizontal=True, key="diagram-actions", vertical_alignment="center"):
        places = st.empty(), st.empty()
    _actions(places, asked, before, lesson.text, computing=computing)
    if computing:
        lesson.status.wait_for_engine()
        _watch(asked, before, DRAW_SECONDS[asked.kind] if scope == "fragment" else PAGE_SECONDS)
    named = "here" if words.of_own_size(asked, lesson.chosen) else "here_small"
    here = _here(lesson.chosen, asked)
    drawn = Drawn(asked, STORE.known(asked), _line(asked), here, f"diagram.{named}")
    _chart(lesson, drawn)
    with st.container(key="diagram-told"):
        for text in lesson.languages:
            for said in words.sentences(drawn, lesson.chosen, text):
                st.markdown(said)
    if computing and scope == "fragment" and len(drawn.cells) == asked.size:
        _actions(places, asked, asked.size, lesson.text, computing=False)
    elif computing:
        time.sleep(SEND_SECONDS)
        st.rerun(scope=scope)


def _watch(asked: Question, before: int, most: float) -> None:
    """Wait until there is more to draw: a first coarse picture, the whole map, or what so many seconds bring."""
    until = time.perf_counter() + (most if before else max(most, FIRST_SECONDS))
    for known, waits in STORE.follow(asked):
        st.session_state["diagram_waits"] = waits  # here a click gets through
        first = before == 0 and len(known.cells) >= asked.size / COARSEST**2
        if first or known.done or time.perf_counter() > until:
            return


def _actions(
    places: tuple[Any, Any], asked: Question, known: int, text: Text, *, computing: bool
) -> None:
    """Draw; or while the map is computed Stop. Beside it what the map will cost, or how far it is."""
    button, beside = places
    if computing:
        button.button(
            text("ui.actions.stop"),
            key="diagram_stop",
            icon=":material/stop:",
            on_click=_want,
            args=(None,),
        )
        key = "waiting" if st.session_state.get("diagram_waits") else "progress"
        said = text(f"diagram.{key}", known=known, cells=asked.size)
        beside.progress(known / asked.size, with_left(said, STORE.left(asked), text))
        return
    button.button(
        text("diagram.go_on" if 0 < known < asked.size else "diagram.draw"),
        key="diagram_draw",
        icon=":material/grid_on:",
        disabled=known == asked.size or seconds(asked) > MOST_SECONDS,
        on_click=_want,
        args=(str(asked.upright),),
    )
    beside.empty()
    if known < asked.size:
        beside.caption(words.cost(seconds(asked) * (1 - known / asked.size), text), width="stretch")


def _want(asked: str | None) -> None:
    st.session_state["diagram_wanted"] = asked


def _line(asked: Question) -> list[tuple[float, float]]:
    """Theory's line as points of the map."""
    flip = asked.x[0] == "gain"
    return [(gain, other) if flip else (other, gain) for other, gain in boundary(asked)]


def _here(experiment: Experiment, asked: Question) -> tuple[float, float] | None:
    """Where the visitor's experiment stands; nowhere where it does not clip and the map does."""
    if "clip" in asked.fields and experiment.clipping == "none":
        return None
    x, y = (getattr(experiment, field) for field in asked.fields)
    return x, y


def _chart(lesson: Lesson, drawn: Drawn) -> None:
    asked = drawn.question
    key = f"diagram-{st.session_state.get('diagram_picks', 0)}"

    def open_picked() -> None:
        cell = picked(key, charts.PICK)
        _open(asked, (cell.get("i"), cell.get("j")), lesson.chosen)

    spec = charts.spec(asked, lesson.look(charts.HEIGHT))
    lesson.chart(
        st,
        None,
        spec | {"datasets": frames(drawn, lesson.text)},
        words.alt(asked, lesson.text),
        key=key,  # a new one after each click, so that the same cell can be clicked again
        on_select=open_picked,
        selection_mode=charts.PICK,
    )


def _pick(asked: Question, lesson: Lesson) -> None:
    """The same without a mouse: a cell by its two values."""
    text = lesson.text
    here = _here(lesson.chosen, asked) or (asked.x[1][0], asked.y[1][0])
    with st.container(horizontal=True, key="diagram-pick", vertical_alignment="bottom"):
        st.markdown(text("diagram.pick"), width="content")
        for (field, values), own in zip(asked.axes, here, strict=True):
            key = f"diagram_pick_{field}"
            nearest = min(values, key=lambda value: abs(value - own))
            before = st.session_state.get(key)
            st.session_state[key] = before if before in values else nearest
            st.select_slider(text(f"pair.fields.{field}"), values, key=key, format_func=text.exact)
        chosen = [st.session_state[f"diagram_pick_{field}"] for field in asked.fields]
        place = asked.x[1].index(chosen[0]), asked.y[1].index(chosen[1])
        st.button(
            text("diagram.open"),
            key="diagram_open",
            icon=":material/play_arrow:",
            on_click=_open,
            args=(asked, place, lesson.chosen),
        )
    if told := words.cell(STORE.known(asked).get(place), asked.kind, text):
        st.caption(told)


def _open(asked: Question, place: tuple[Any, Any], chosen: Experiment) -> None:
    """Make a cell's network the current experiment, and run it."""
    i, j = place
    if not (i in range(len(asked.x[1])) and j in range(len(asked.y[1]))):
        return
    query = asked.experiment(int(i), int(j)).to_query()
    if asked.kind == "start":
        kept = {k: v for k, v in query.items() if k not in TRAINING}
        query = kept | {k: v for k, v in chosen.to_query().items() if k in TRAINING}
    state.run(query)
    st.session_state["diagram_picks"] = st.session_state.get("diagram_picks", 0) + 1
    st.session_state["diagram_opened"] = True
