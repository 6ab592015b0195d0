"""What clipping did to the run's gradient; and the numbers that advice on a threshold goes by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import streamlit as st

from core.charts import turning_picture
from core.charts.films.clip_angle import changed, turned
from core.diagnosis.clip_threshold import advised, before_explosion, mean, norms_of, usable
from core.diagnosis.outcomes import outcome, survived
from core.diagnosis.verdict import Verdict
from core.experiment import RANGES
from core.problems import ExperimentError
from core.steps import Step
from core.text import Text
from core.ui.head import run_button
from core.ui.lesson import Lesson
from core.ui.page import Page
from core.words.settings import setting


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


def measured(page: Page) -> None:
    """The angle and the share of changed entries at every step; where nothing is clipped, what to try."""
    st.header(page.lesson.text("keras_example.measured.heading"), anchor=False)
    if page.lesson.shown is None or page.lesson.shown.clipping == "none":
        page.block(_offer)
    else:
        page.picture(turning_picture)
        page.block(lambda lesson, verdict: lesson.tell(partial(effect, verdict)))


def effect(verdict: Verdict, text: Text) -> str:
    """How often clipping acted, how far it turned the gradient, and why."""
    method, steps = verdict.experiment.clipping, verdict.steps
    known = [s for s in steps if math.isfinite(turned(s))]
    active = [s for s in known if s.clipped_fraction > 0]
    if not known:
        return text("keras_example.measured.nothing")
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
    lesson.say("keras_example.measured.none")
    if not norms_of(found.steps):
        return
    offers = advised(found.steps)
    with st.container(horizontal=True, key="clip-offers"):
        for method, clip in offers.items():
            try:
                experiment = replace(verdict.experiment, clipping=method, clip=clip)
            except ExperimentError:  # it would cost more than a run may
                continue
            named = setting("clipping", experiment, lesson.text)
            run_button(named, f"clip-offer-{method}", experiment)
    for text in lesson.languages:
        reference = text(f"keras_example.measured.reference.{found.reference}")
        said = text("keras_example.measured.chosen", reference=reference)
        at_the_end = [clip for clip in RANGES["clip"] if clip in offers.values()]
        ends = [text("keras_example.advisor.kept", clip=text.exact(clip)) for clip in at_the_end]
        st.caption(" ".join([said, *ends]))
