"""Where to clip: the run's own norms, a row for each threshold, and what comes of each once it is tried."""

from dataclasses import replace
from statistics import median

import streamlit as st

from core.diagnosis.changes import idle
from core.diagnosis.clip_threshold import (
    FEW,
    TIMES,
    Threshold,
    mean,
    norms_of,
    percentiles,
    rule_of_thumb,
)
from core.diagnosis.verdict import Verdict
from core.experiment import Experiment
from core.labs.clip_threshold import chart
from core.labs.clip_threshold.view_effect import Advice, advice
from core.text import Text
from core.ui import state
from core.ui.head import run_button
from core.ui.lesson import Lesson
from core.words.course import ending

COLUMNS = (5, 2, 9, 4)
"""Widths: which threshold, its value, what it would have clipped and what came of it, the button."""
TRIED = "thresholds_tried"
"""The key in the session of the run whose thresholds the visitor wants to see tried."""


def threshold_advisor(lesson: Lesson, verdict: Verdict) -> None:
    """Where to clip the global norm: the run's norms in words, as a chart, and a row for each threshold."""
    found = advice(verdict)
    lesson.tell(lambda text: "\n\n".join(paragraphs(found, text)))
    if not norms_of(found.steps):
        return
    rows = [*percentiles(found.base, found.norms), *rule_of_thumb(found.average, found.norms)]
    if len(found.base) >= FEW:
        drawn = chart.frame(found.base, rows, lesson.text)
        lesson.draw(chart.build, drawn, chart.alt_text(found.base, lesson.text))
    tried = st.session_state.get(TRIED) == state.token()
    with st.container(key="threshold-rows", gap="xsmall"):
        for row in rows:
            _row(row, found, lesson, tried=tried)
    if not tried and any(row.runs for row in rows):
        lesson.tell(lambda text: text("keras_example.advisor.other_way"), st.caption)
        st.button(
            lesson.text("keras_example.advisor.try"),
            key="clip-try",
            icon=":material/play_arrow:",
            on_click=_try,
            args=(state.token(),),
        )


def _try(token: str) -> None:
    """Have every threshold of this run trained; what was stopped before may be computed now."""
    st.session_state[TRIED] = token
    st.session_state["stopped"] = False


def at(row: Threshold, found: Advice) -> Experiment:
    """The run, clipped there."""
    return replace(found.verdict.experiment, clipping="global_norm", clip=row.value)


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
    said.append(_outlook(found.verdict, text))
    return " ".join(filter(None, said))


def _outlook(verdict: Verdict, text: Text) -> str:
    """What a threshold can do for this run at all."""
    key, e = "keras_example.advisor", verdict.experiment
    if verdict.cause in ("chain", "step"):
        rescaled = verdict.cause == "step" and idle("clipping", e)
        slots = {"lr": text.exact(e.lr), "optimizer": text(f"ui.choices.optimizer.{e.optimizer}")}
        return text(f"{key}.cause_{verdict.cause}{'_rescaled' if rescaled else ''}", **slots)
    if verdict.outcome != "learned":
        return ""
    if e.clipping != "none":
        return text(f"{key}.learned_clipped")
    optimizer = text(f"ui.choices.optimizer.{e.optimizer}")
    return text(f"{key}.learned{'_rescaled' if idle('clipping', e) else ''}", optimizer=optimizer)


def _row(row: Threshold, found: Advice, lesson: Lesson, *, tried: bool) -> None:
    """One threshold: which it is, its value, what it would have clipped, what came of it, and the run that has it."""
    text, count = lesson.text, len(found.norms)
    share = text.number(100 * row.clipped / count if count else 0.0, digits=3)
    name, value, would, button = st.columns(COLUMNS, gap="small", vertical_alignment="center")
    name.markdown(text(f"keras_example.advisor.rows.{row.name}"))
    value.markdown(f"**{text.number(row.value)}**")
    said = text("keras_example.advisor.would", clipped=row.clipped, count=count, share=share)
    told = would.empty()
    told.markdown(said)
    if not row.runs:
        button.caption(text("keras_example.advisor.beyond"))
        return
    experiment = at(row, found)
    label, same = text("keras_example.advisor.run"), experiment == found.verdict.experiment
    run_button(label, f"clip-there-{row.name}", experiment, button, icon=None, disabled=same)
    if tried and (steps := lesson.compute(experiment)):
        became = text("keras_example.advisor.became", ending=ending(steps, experiment, text))
        told.markdown(f"{said}  \n{became}")
