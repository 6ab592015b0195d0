"""The summary table, its last column told by the page's own run."""

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.diagnosis.changes import without
from core.diagnosis.verdict import Compute, Verdict
from core.experiment import Experiment
from core.text import LANGUAGES, Text, load
from core.ui import style
from core.ui.lesson import Lesson
from core.words.course import ending, numbers, travelled
from core.words.settings import setting


def summary(lesson: Lesson, verdict: Verdict) -> None:
    """The document's table with a fourth column: what this visitor's run did. It prints, and downloads as CSV.

    It explains in the first language and in the visitor's; in the second where that is the first.
    """
    text, first = lesson.text, load(LANGUAGES[0])
    second = load(LANGUAGES[1]) if text is first else text
    aspect, explanation, yours = (
        text(f"summary.table.{key}") for key in ("aspect", "explanation", "yours")
    )
    heads = [aspect, explanation, second.writing.name, yours]
    rows = []
    fixed = partial(fixes, lesson.compute)
    for row, tell in (("problem", problem), ("when", when), ("fix", fixed)):
        explained = [each(f"summary.rows.{row}.explanation") for each in (first, second)]
        told = "\n\n".join(tell(verdict, each) for each in lesson.languages)
        rows.append((f"**{text(f'summary.rows.{row}.aspect')}**", *explained, told))
    table(rows, heads)
    with st.container(horizontal=True, key="keep"):
        st.button(text("summary.print"), key="print", icon=":material/print:")  # by frame.js
        st.download_button(
            text("summary.download"),
            partial(_csv, rows, heads),
            "exploding_gradient_summary.csv",
            "text/csv",
            key="download-summary",
            on_click="ignore",
            icon=":material/download:",
        )


def _csv(rows: Sequence[tuple[str, ...]], heads: Sequence[str]) -> bytes:
    """The table without its emphasis, with the mark by which spreadsheets know UTF-8."""
    plain = pd.DataFrame([*rows], columns=[*heads]).replace(r"\*\*", "", regex=True)
    return plain.to_csv(index=False).encode("utf-8-sig")


def table(rows: Sequence[tuple[str, ...]], heads: Sequence[str]) -> None:
    """A table for reading: its cells wrap, and on a phone its rows are blocks."""
    style.stack_tables(heads)
    st.table(pd.DataFrame([*rows], columns=[*heads]), hide_index=True, width="stretch")


def problem(verdict: Verdict, text: Text) -> str:
    """The loss on all the data and the gradient norm as they began; how large that became, and how it ended."""
    told = numbers(verdict.steps, verdict.experiment)
    end = ending(verdict.steps, verdict.experiment, text)
    return text(f"verdict.yours.problem{'_none' * math.isnan(told['peak'])}", ending=end, **told)


def when(verdict: Verdict, text: Text) -> str:
    """The network, and how the signal travelled in it at the start."""
    network = setting("network", verdict.experiment, text)
    told = text("verdict.yours.when", network=network[0].upper() + network[1:])
    return f"{told} {travelled(verdict.steps[0], verdict.experiment, text)}".strip()


def fixes(compute: Compute, verdict: Verdict, text: Text) -> str:
    """Each fix that was chosen, against the same experiment without it, trained through the store.

    A start that is larger than the default experiment's, or a faster rate, is none.
    """
    experiment, plain = verdict.experiment, Experiment(network=verdict.experiment.network)
    none = {
        "initialization": experiment.sigma_w >= plain.sigma_w,
        "lower_rate": experiment.lr >= plain.lr,
    }
    told = [
        text(
            "verdict.yours.with_fix",
            fix=text(f"verdict.yours.{fix}"),
            setting=setting(fix, experiment, text),
            before=setting(fix, other, text),
            ending=ending(verdict.steps, experiment, text),
            otherwise=ending(compute(other), other, text),
        )
        for fix, other in without(experiment).items()
        if not none.get(fix)
    ]
    return "\n\n".join(told) or text("verdict.yours.no_fix")
