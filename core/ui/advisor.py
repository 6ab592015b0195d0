"""What clipping did to the run's gradient, and where to clip: from the run's own norms, one click each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import streamlit as st

from core.advisor import (
    FEW,
    TIMES,
    Threshold,
    advised,
    before_explosion,
    mean,
    norms_of,
    percentiles,
    rule_of_thumb,
    usable,
)
from core.charts import norms as chart
from core.charts import turning_picture
from core.charts.turning import changed, turned
from core.outcomes import outcome, survived
from core.steps import Step
from core.text import Text
from core.ui import state
from core.ui.page import Lesson
from core.ui.sentence import setting
from core.ui.verdict import Verdict

COLUMNS = (3, 2, 3, 2)
"""Widths of the advice's columns: which threshold, its value, what it would have clipped, the button."""


@dataclass(frozen=True)
class Advice:
    """The numbers that the advice goes by.

    norms: the run's own, before clipping, finite and not zero; base: those before its explosion, all of
    them if there was none. reference: a key of `measured.reference`, the steps whose average counts.
    """

    verdict: Verdict
    norms: Sequence[float]
    base: Sequence[float]
    reference: str
    steps: Sequence[Step]

    @property
    def average(self) -> float:
        """The average norm that the rule of thumb goes by."""
        return mean(norms_of(self.steps))


def advice(verdict: Verdict) -> Advice:
    """An exploded run's own norms say little of a healthy one's: a counterfactual that survived says more."""
    norms = norms_of(verdict.steps)
    if verdict.outcome not in ("diverged", "exploded"):
        return Advice(verdict, norms, norms, "own", verdict.steps)
    base = before_explosion(norms)
    for name, (experiment, steps) in verdict.others.items():
        if survived(outcome(steps, experiment)) and norms_of(steps):
            return Advice(verdict, norms, base, name, steps)
    return Advice(verdict, norms, base, "calm", usable(verdict.steps)[: len(base)])


def measured(lesson: Lesson) -> None:
    """The angle and the share of changed entries at every step; where nothing is clipped, what to try."""
    st.header(lesson.text("keras_example.measured.heading"), anchor=False)
    if lesson.shown is None or lesson.shown.clipping == "none":
        lesson.block(_offer)
    else:
        lesson.picture(turning_picture)
        lesson.block(_tell)


def _tell(lesson: Lesson, verdict: Verdict) -> None:
    for text in lesson.languages:
        st.markdown(effect(verdict, text))


def effect(verdict: Verdict, text: Text) -> str:
    """How often clipping acted, how far it turned the gradient, and why."""
    method, steps = verdict.experiment.clipping, verdict.steps
    known = [s for s in steps if math.isfinite(turned(s))]
    active = [s for s in known if s.clipped_fraction > 0]
    if not active:
        said = text("keras_example.measured.never", steps=len(known))
    else:
        most = max(active, key=turned)
        said = text(
            f"keras_example.measured.{'held' if method == 'global_norm' else 'acted'}",
            active=len(active),
            steps=len(known),
            share=text.number(median(map(changed, active)), digits=2),
            angle=text.number(median(map(turned, active)), digits=2),
            most=text.number(turned(most), digits=2),
            step=most.index,
        )
        said += " " + text(f"keras_example.measured.why.{method}")
    lost = len(known) < len(steps)
    return said + (" " + text("keras_example.measured.lost") if lost else "")


def _offer(lesson: Lesson, verdict: Verdict) -> None:
    """The same run with each way to clip, at a threshold from its numbers."""
    found = advice(verdict)
    for text in lesson.languages:
        st.markdown(text("keras_example.measured.none"))
    if not norms_of(found.steps):
        return
    with st.container(horizontal=True, key="clip-offers"):
        for method, clip in advised(found.steps).items():
            experiment = replace(verdict.experiment, clipping=method, clip=clip)
            st.button(
                setting("clipping", experiment, lesson.text),
                key=f"clip-offer-{method}",
                icon=":material/play_arrow:",
                on_click=state.run,
                args=(experiment.to_query(),),
            )
    for text in lesson.languages:
        reference = text(f"keras_example.measured.reference.{found.reference}")
        st.caption(text("keras_example.measured.chosen", reference=reference))


def threshold_advisor(lesson: Lesson, verdict: Verdict) -> None:
    """Where to clip the global norm: the run's norms in words, as a chart, and a row for each threshold."""
    st.header(lesson.text("keras_example.advisor.heading"), anchor=False)
    found = advice(verdict)
    for text in lesson.languages:
        st.markdown("\n\n".join(paragraphs(found, text)))
    if not norms_of(found.steps):
        return
    rows = [*percentiles(found.base, found.norms), *rule_of_thumb(found.average, found.norms)]
    if len(found.base) >= FEW:
        lesson.chart(
            st,
            chart.frame(found.base, rows, lesson.text),
            chart.spec(lesson.text, lesson.palette, **lesson.size),
            chart.alt_text(found.base, lesson.text),
        )
    with st.container(key="threshold-rows", gap="xsmall"):
        for row in rows:
            _row(row, found, lesson.text)
    for text in lesson.languages:
        st.caption(text("keras_example.advisor.other_way"))


def paragraphs(found: Advice, text: Text) -> list[str]:
    """What the run's norms are, how far they can be trusted, and the rule of thumb."""
    said = [_norms(found, text), _trust(found, text)]
    if norms_of(found.steps):
        low, high = (text.number(found.average * TIMES[name], 2) for name in ("half", "ten"))
        said.append(text("keras_example.advisor.rule", low=low, high=high))
    else:
        said.append(text("keras_example.advisor.nothing"))
    return [paragraph for paragraph in said if paragraph]


def _norms(found: Advice, text: Text) -> str:
    """The run's own norms: all of a few, else the middle and the average."""
    key, norms, said = "keras_example.advisor", found.norms, []
    if len(norms) >= FEW:
        said.append(text(f"{key}.own", count=len(norms)))
        if len(found.base) == len(norms):
            said.append(text(f"{key}.spread", median=median(norms), average=mean(norms)))
    elif norms:
        said.append(text(f"{key}.own_few", norms=", ".join(map(text.number, norms))))
    if missing := len(found.verdict.steps) - len(norms):
        said.append(text(f"{key}.missing", missing=missing))
    if norms and found.verdict.experiment.clipping != "none":
        said.append(text(f"{key}.clipped"))
    return " ".join(said)


def _trust(found: Advice, text: Text) -> str:
    """Which of the norms belong to the explosion, and what a run that survives has instead."""
    key, said, norms, calm = "keras_example.advisor", [], found.norms, len(found.base)
    if calm < len(norms):
        step = next(s.index for s in found.verdict.steps if s.grad_norm == norms[calm])
        kind = "exploded" if calm >= FEW else "exploded_few"
        said.append(text(f"{key}.{kind}", step=step, count=calm, first=norms[0]))
    elif 0 < calm < FEW:
        said.append(text(f"{key}.few"))
    if found.reference in ("chain", "step"):
        healthy = norms_of(found.steps)[0]
        if found.reference == "chain" and norms and norms[0] > TIMES["ten"] * healthy:
            said.append(text(f"{key}.chain", first=norms[0], healthy=healthy))
        said.append(text(f"{key}.survivor_{found.reference}", average=found.average))
    if found.verdict.cause in ("chain", "step"):
        said.append(text(f"{key}.cause_{found.verdict.cause}", lr=found.verdict.experiment.lr))
    elif found.verdict.outcome == "learned":
        said.append(text(f"{key}.learned"))
    return " ".join(said)


def _row(row: Threshold, found: Advice, text: Text) -> None:
    """One threshold: which it is, its value, what it would have clipped, and the run that has it."""
    experiment = replace(found.verdict.experiment, clipping="global_norm", clip=row.clip)
    count, kept = len(found.norms), row.clip != row.value
    share = text.number(100 * row.clipped / count if count else 0.0, digits=3)
    name, value, would, button = st.columns(COLUMNS, gap="small", vertical_alignment="center")
    name.markdown(text(f"keras_example.advisor.rows.{row.name}"))
    value.markdown(f"**{text.number(row.value)}**")
    would.markdown(
        text("keras_example.advisor.would", clipped=row.clipped, count=count, share=share)
    )
    button.button(
        text(f"keras_example.advisor.{'run_kept' if kept else 'run'}", clip=row.clip),
        key=f"clip-there-{row.name}",
        help=text("keras_example.advisor.kept", clip=row.clip) if kept else None,
        disabled=experiment == found.verdict.experiment,
        on_click=state.run,
        args=(experiment.to_query(),),
    )
