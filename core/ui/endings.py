"""What stands under the picture when a run has ended: its verdict, and what to try next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.base.palette import Palette
from core.diagnosis.advice import OFFERED, Suggestion, candidates, next_trial, promising
from core.diagnosis.cell import Cell
from core.diagnosis.outcomes import end_loss, ended, largest_gradient_norm, outcome
from core.diagnosis.verdict import Glance, Verdict, with_twin
from core.experiment import Experiment
from core.steps import Step
from core.text import Text
from core.ui import style
from core.ui.head import run_button
from core.words.suggestions import detail, endings_seen
from core.words.verdict import sentences

TONES = {
    "diverged": "lost",
    "exploded": "lost",
    "learned": "learned",
    "stalled": "warning",
    "stopped": "loss",
}
TRIED = ("diverged", "exploded", "stalled")
"""Outcomes after which suggestions are tried before they are made; the others' break what works, or are a start."""


def conclude(
    verdict: Verdict, languages: tuple[Text, ...], palette: Palette
) -> list[DeltaGenerator]:
    """The verdict in one bar; the place of its words in each language."""
    style.verdict(getattr(palette, TONES[verdict.outcome]))
    with st.container(key="ending-verdict"):
        return [st.markdown(sentences(verdict, text)) for text in languages]


def reconsider(
    verdict: Verdict, glance: Glance, languages: tuple[Text, ...], places: Sequence[DeltaGenerator]
) -> Verdict:
    """The verdict with the twin for which it did not wait; its words are written again where there is one."""
    known = with_twin(verdict, glance)
    if known is not verdict:
        for place, text in zip(places, languages, strict=True):
            place.markdown(sentences(known, text))
    return known


def suggest(verdict: Verdict, glance: Glance, text: Text) -> Verdict:
    """Up to three different things to try, one click each, and the verdict with what is known of them."""
    among = candidates(verdict.experiment, verdict.situation)
    if verdict.outcome in TRIED:
        verdict = replace(verdict, tried={**verdict.tried, **trials(verdict, among, glance)})
        among = promising(among, as_cell(verdict.experiment, verdict.steps), known(verdict))
    if among:
        with st.container(key="ending-next"):
            st.header(text("advice.heading"), anchor=False)
            for suggestion in among[:OFFERED]:
                _suggest(suggestion, verdict, text)
    return verdict


def known(verdict: Verdict) -> dict[Experiment, Cell]:
    """What became of other runs, as far as the verdict knows: its counterfactuals, and what was tried."""
    runs = (other for other in verdict.others.values() if ended(other[1]))
    return {e: as_cell(e, steps) for e, steps in runs} | dict(verdict.tried)


def as_cell(experiment: Experiment, steps: Sequence[Step]) -> Cell:
    """The end of a run that has ended."""
    finite = len(steps) - (steps[-1].lost is not None)
    ends = end_loss(steps), largest_gradient_norm(steps)
    return Cell(experiment, outcome(steps, experiment), *ends, finite)


def trials(
    verdict: Verdict, among: Sequence[Suggestion], glance: Glance
) -> Mapping[Experiment, Cell]:
    """What became of the suggestions that were tried; of the rest nothing where the visitor pressed Stop."""
    found: dict[Experiment, Cell] = {}
    tried: list[Experiment] = []
    while (trial := next_trial(among, known(verdict) | found, tried)) is not None:
        tried.append(trial)
        cells = glance([trial])
        if trial not in cells:
            break
        found[trial] = cells[trial]
    return found


def came_of(suggestion: Suggestion, verdict: Verdict, text: Text) -> str:
    """What became of it where it was tried, or that it was not; "" after runs whose suggestions never are."""
    if verdict.outcome not in TRIED:
        return ""
    runs = endings_seen(verdict, text)
    if suggestion.experiment not in runs:
        return text("advice.untried")
    return text("advice.tried", ending=runs[suggestion.experiment])


def _suggest(suggestion: Suggestion, verdict: Verdict, text: Text) -> None:
    """What it is, and what came of it where it was tried; beside that the button."""
    name, told = suggestion.name, came_of(suggestion, verdict, text)
    said = f"**{text(f'advice.{name}.name')}** · {detail(suggestion, text)}"
    with st.container(horizontal=True, key=f"try-{name}", vertical_alignment="center"):
        st.markdown(f"{said}{text('symptoms.fix.stop')} {told}" if told else said)
        run_button(text("advice.run"), f"next-{name}", suggestion.experiment, icon=None)
