"""The same, but: a second run that differs from the page's in exactly one setting, side by side with it.

The wish stands in the URL, so the pair is on every page and in every link. Both charts follow the page's playhead;
a run longer than the page's own rests at its end when that film is over.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.charts.films import two_runs as chart
from core.charts.films.two_runs import Side
from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import came_near, ended, hardly, outcome, same_course, survived, twin
from core.diagnosis.verdict import Verdict
from core.experiment import FIELDS
from core.problems import ExperimentError
from core.text import Text
from core.ui import compare_controls as but
from core.ui import endings, state
from core.ui.lesson import Lesson
from core.words import rounding
from core.words.course import ending

Twins = tuple[Cell | None, Cell | None]
DECIDES = {"diverged": "diverges", "exploded": "explodes"}
"""What a setting decides where one of two runs ended so and the other did not explode: keys of `pair.fate`."""
AFTERWARDS = ("final_loss", "final_gradient")
"""Of core.steps.Lost: what is looked at after a run's last update, and so at another step in a longer run."""


def show(lesson: Lesson, verdict: Verdict, unit: str) -> None:
    """The row that asks for a comparison, and the comparison that was asked for, in the unit of the page's film."""
    asked = but.BUT.said
    but.ask(lesson, verdict.experiment, asked, offer(verdict))
    if asked is None:
        return
    field, this = asked.partition(":")[0], Side(verdict.experiment, verdict.steps)
    try:
        other = but.changed(this.experiment, asked)
    except ExperimentError as error:
        _tell(lesson, partial(but.refused, error.problem))
        if error.problem.kind in but.NEVER:
            but.BUT.keep(None)
        return
    if other == this.experiment:
        _tell(lesson, lambda text: text("pair.already", that=but.named(field, other, text)))
        return
    that = Side(other, lesson.compute(other))
    twins = verdict.twin, _twin_of(lesson, that)
    _tell(lesson, lambda text: sentence(field, this, that, text, twins))
    _draw(lesson, field, (this, that), moments=unit == "work")


def offer(verdict: Verdict) -> str | None:
    """The wish for the one setting of which it is known that it turns the outcome, the better the sooner.

    None where nothing of that kind is known.
    """
    if verdict.outcome not in endings.TRIED:
        return None
    wishes = {}
    for e, cell in endings.known(verdict).items():
        if survived(cell.outcome) and cell.outcome != verdict.outcome:
            changed = [
                name for name in FIELDS if getattr(e, name) != getattr(verdict.experiment, name)
            ]
            if len(changed) == 1 and changed[0] in but.COMPARED:
                wishes[but.wish(changed[0], getattr(e, changed[0]))] = cell.outcome != "learned"
    return min(wishes, key=lambda wish: wishes[wish], default=None)


def _twin_of(lesson: Lesson, side: Side) -> Cell | None:
    """What became of a run's twin, where it exploded or came near; None where nobody waits for it."""
    e = side.experiment
    if not ended(side.steps) or (survived(outcome(side.steps, e)) and not came_near(side.steps, e)):
        return None
    return lesson.glance([twin(e)]).get(twin(e))


def fate(this: Side, that: Side) -> str:
    """What the setting decides between two runs: a key of `pair.fate`; "" where it cannot be told."""
    if not (ended(this.steps) and ended(that.steps)):
        return ""
    if same_course(this.steps, that.steps):
        return "identical"
    ends = {outcome(side.steps, side.experiment) for side in (this, that)}
    if ends == {"learned"}:
        hardly_did = [hardly(side.steps) for side in (this, that)]
        return "counted" if all(hardly_did) else "" if any(hardly_did) else "learned"
    if len(ends) == 1:
        return ends.pop()
    lost = sorted(end for end in ends if not survived(end))
    if len(lost) == 1:
        return DECIDES[lost[0]]
    return "finite" if lost else "learning"


def _tell(lesson: Lesson, said: Callable[[Text], str]) -> None:
    """What there is to say, hidden until the film is over, and the way to be rid of it."""
    with st.container(horizontal=True, key="ending-pair", vertical_alignment="center"):
        with st.container(width="stretch"):
            lesson.tell(said)
        st.button(
            lesson.text("pair.close"),
            key="but-close",
            icon=":material/close:",
            on_click=but.BUT.keep,
            args=(None,),
        )


def sentence(field: str, this: Side, that: Side, text: Text, twins: Twins = (None, None)) -> str:
    """Both endings, and what they say about the setting. twins: what became of each run's, where that was tried."""
    parts = [
        text(
            "pair.ended",
            this=but.named(field, this.experiment, text),
            ending=ending(this.steps, this.experiment, text),
            that=but.named(field, that.experiment, text),
            otherwise=ending(that.steps, that.experiment, text),
        )
    ]
    if decided := _decided(field, this, that, twins):
        parts.append(text(f"pair.fate.{decided}", field=text(f"pair.fields.{field}")))
    return " ".join(parts)


def _decided(field: str, this: Side, that: Side, twins: Twins) -> str:
    """As `fate`; of a number of steps another thing is said, and less where rounding decides one of the runs."""
    decided = fate(this, that)
    if decided in ("", "identical"):
        return decided
    if field == "steps":
        shorter = min(this, that, key=lambda side: side.experiment.steps).steps[-1].lost
        return "steps_lost" if shorter and shorter.quantity in AFTERWARDS else "steps"
    each = zip((this, that), twins, strict=True)
    open_to = any(rounding.wavers(side.steps, side.experiment, known) for side, known in each)
    return "rounding" if open_to else decided


def _adopt(query: dict[str, str], back: str) -> None:
    """The other run becomes the page's, and this one the other: the pair stays, turned round."""
    state.run(query)  # the URL is written once, with both, so that Back leads to the pair as it was
    st.session_state["labs"] = st.session_state["labs"] | {but.BUT.key: back}


def _draw(lesson: Lesson, field: str, both: tuple[Side, Side], *, moments: bool) -> None:
    """The two charts, each under the setting that it was run with; the other can become the page's run."""
    text, (this, that) = lesson.text, both
    if not that.steps:
        return
    shown = chart.picture(both, moments=moments)
    spec = shown.spec(text, lesson.palette, **lesson.size)
    with st.container(key="picture-pair"):
        places = st.columns(2)
        for place, side, other in zip(places, both, reversed(both), strict=True):
            name = but.named(field, side.experiment, text)
            alt = f"{name}. {shown.alt(side.steps, side.experiment, text)}"
            place.markdown(f"**{name}**")
            lesson.chart(place, chart.frame(side, other, shown, text), spec, alt)
        places[1].container(key="ending-adopt").button(
            text("advice.run"),
            key="but-adopt",
            icon=":material/play_arrow:",
            on_click=_adopt,
            args=(that.experiment.to_query(), but.wish(field, getattr(this.experiment, field))),
        )
