"""What single pages show of a judged run, beside its picture: findings, scripts, the summary."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.advice import without
from core.charts import race as chart
from core.charts.picture import Timeline
from core.codegen import keras_script, pytorch_script
from core.experiment import Experiment
from core.outcomes import largest_gradient_norm
from core.steps import Step
from core.symptoms import RULES, diagnose
from core.text import Text, load
from core.ui import race as racing
from core.ui.live import follow
from core.ui.page import Lesson
from core.ui.race import Entrant
from core.ui.sentence import setting
from core.ui.verdict import Verdict, ending, travelled


def findings(lesson: Lesson, verdict: Verdict) -> None:
    """Every rule in a table: what it found and since when, the silent ones too."""
    text = lesson.text
    found = {finding.rule: finding for finding in diagnose(verdict.steps, verdict.experiment)}
    order = sorted(RULES, key=lambda rule: found[rule].step if rule in found else 1e9)
    rows = []
    for rule in order:
        finding = found.get(rule)
        short = RULES[rule].window >= len(verdict.steps)
        said = text("symptoms.too_short" if short else f"symptoms.rules.{rule}.quiet")
        if finding is not None:
            said = text(
                f"symptoms.rules.{rule}.fires",
                step=finding.step,
                value=finding.value,
                layer=finding.layer or 0,
            )
            said += " " + text(f"symptoms.rules.{rule}.why")
        name = f"**{text(f'symptoms.rules.{rule}.name')}**  \n{RULES[rule].source}"
        since = text.number(finding.step) if finding else "–"
        rows.append((name, since, said))
    heads = [text(f"symptoms.table.{key}") for key in ("rule", "since", "finding")]
    table(rows, heads)


def race(lesson: Lesson, verdict: Verdict) -> None:
    """The run against four copies with one fix each: the picture, and a row for each."""
    text = lesson.text
    raced = [Entrant("unfixed", verdict.experiment, verdict.steps)]
    for fix, experiment in racing.fixed(verdict.experiment).items():

        def so_far(
            steps: Sequence[Step], fix: str = fix, experiment: Experiment = experiment
        ) -> None:
            _draw_race(lesson, [*raced, Entrant(fix, experiment, steps)], done=False)

        steps = follow(experiment, lesson.status, so_far)
        raced.append(Entrant(fix, experiment, steps))
    _draw_race(lesson, raced, done=True)
    heads = [
        text(f"fixes.table.{key}") for key in ("run", "change", "outcome", "survived", "final_loss")
    ]
    table(racing.rows(raced, text), heads)


def _draw_race(lesson: Lesson, raced: Sequence[Entrant], *, done: bool) -> None:
    text, planned = lesson.text, raced[0].experiment.steps
    entered = racing.runners(raced, text)
    known = max(len(each.steps) for each in raced)
    alt = chart.alt(entered, text) if done else ""
    lesson.play(Timeline(known if done else planned, known), alt, done=done)
    spec = chart.spec(text, lesson.palette, **lesson.size)
    lesson.chart(lesson.race_place, chart.frame(entered, planned, text, done), spec, alt)


def scripts(lesson: Lesson, _: Verdict) -> None:
    """The experiment as a script for each library, to read and to download."""
    text, experiment = lesson.text, lesson.shown
    if experiment is None:
        return
    both = {"keras": keras_script(experiment), "pytorch": pytorch_script(experiment)}
    note = "no_clipping" if experiment.clipping == "none" else "marked"
    st.markdown(text(f"keras_example.{note}"))
    tabs = st.tabs([text(f"keras_example.{name}_tab") for name in both])
    for tab, (name, code) in zip(tabs, both.items(), strict=True):
        file = f"exploding_gradient_{name}.py"
        with tab:
            st.code(code, language="python", height=520)
            st.download_button(
                text("keras_example.download_script", name=file),
                code,
                file,
                key=f"download-{name}",
                on_click="ignore",
                icon=":material/download:",
            )


def summary(lesson: Lesson, verdict: Verdict) -> None:
    """The document's table with a fourth column: what this visitor's run did. Downloads as CSV."""
    text = lesson.text
    heads = [text(f"summary.table.{key}") for key in ("aspect", "explanation", "bangla", "yours")]
    rows = []
    for row, tell in (("problem", _problem), ("when", _when), ("fix", partial(_fix, lesson))):
        english, bangla = (load(code)(f"summary.rows.{row}.explanation") for code in ("en", "bn"))
        yours = "\n\n".join(tell(verdict, each) for each in lesson.languages)
        rows.append((f"**{text(f'summary.rows.{row}.aspect')}**", english, bangla, yours))
    table(rows, heads)
    plain = pd.DataFrame([*rows], columns=[*heads]).replace(r"\*\*", "", regex=True)
    st.download_button(
        text("summary.download"),
        plain.to_csv(index=False).encode("utf-8-sig"),  # the mark by which spreadsheets know UTF-8
        "exploding_gradient_summary.csv",
        "text/csv",
        key="download-summary",
        on_click="ignore",
        icon=":material/download:",
    )


def table(rows: Sequence[tuple[str, ...]], heads: Sequence[str]) -> None:
    """A table for reading: its cells wrap, and it scrolls sideways by itself where it must."""
    st.table(pd.DataFrame([*rows], columns=[*heads]), hide_index=True, width="stretch")


def _problem(verdict: Verdict, text: Text) -> str:
    steps = verdict.steps
    return text(
        "verdict.yours.problem",
        peak=largest_gradient_norm(steps),
        first=steps[0].grad_norm,
        ending=ending(steps, verdict.experiment, text),
    )


def _when(verdict: Verdict, text: Text) -> str:
    network = setting("network", verdict.experiment, text)
    when = text("verdict.yours.when", network=network[0].upper() + network[1:])
    return f"{when} {travelled(verdict.steps[0], verdict.experiment, text)}".strip()


def _fix(lesson: Lesson, verdict: Verdict, text: Text) -> str:
    """Each fix that was chosen, against the same experiment without it, trained through the store."""
    experiment = verdict.experiment
    told = [
        text(
            "verdict.yours.with_fix",
            fix=text(f"verdict.yours.{name}"),
            setting=setting(name, experiment, text),
            before=setting(name, other, text),
            ending=ending(verdict.steps, experiment, text),
            otherwise=ending(lesson.compute(other), other, text),
        )
        for name, other in without(experiment).items()
    ]
    return "\n\n".join(told) or text("verdict.yours.no_fix")
