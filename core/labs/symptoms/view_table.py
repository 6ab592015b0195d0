"""The rules themselves: one table of them with what each found, and below it their thresholds to set."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.charts.names.marks import warning_sentence
from core.diagnosis.symptoms import (
    RULES,
    Finding,
    first_warning,
    not_heard,
    read_thresholds,
    write_thresholds,
)
from core.experiment import Experiment
from core.presets import EXPLOSIONS, RESCUES
from core.steps import Step
from core.text import Text
from core.ui import style
from core.ui.lab_setting import LabSetting
from core.ui.lesson import Lesson

COLUMNS = ("rule", "alarm", "source", "spoke", "ahead")


THRESHOLDS = LabSetting("thresholds", "")


def chosen_thresholds() -> dict[str, float]:
    """The visitor's, as the link has them, where they differ from the usual ones."""
    return _read()[0]


def _read() -> tuple[dict[str, float], bool]:
    return read_thresholds(THRESHOLDS.chosen)


def table(
    steps: Sequence[Step],
    experiment: Experiment,
    found: Sequence[Finding],
    thresholds: Mapping[str, float],
    text: Text,
) -> None:
    """The rules side by side, in the timeline's order."""
    cells = rows(steps, experiment, found, thresholds, text)
    heads = [text(f"symptoms.table.{name}") for name in COLUMNS[: len(cells[0])]]
    if len(heads) == len(COLUMNS):
        style.name_cells("rules", len(heads), heads[-1])
    with st.container(key="rules"):
        st.table(pd.DataFrame(cells, columns=[*heads]), hide_index=True, width="stretch")


def rows(
    steps: Sequence[Step],
    experiment: Experiment,
    found: Sequence[Finding],
    thresholds: Mapping[str, float],
    text: Text,
) -> list[tuple[str, ...]]:
    """A row a rule: its name, where the alarm is set, whose it is, when it spoke; how early, if the run was lost."""
    heard, warning = {f.rule: f for f in found}, first_warning(found)
    out: list[tuple[str, ...]] = []
    for name in (*heard, *not_heard(found)):
        rule, finding = RULES[name], heard.get(name)
        row = (
            f"**{text(f'symptoms.rules.{name}.name')}**",
            _alarm(name, thresholds.get(name, rule.threshold), experiment, text),
            text.cite(rule.source) or text("symptoms.table.ours"),
            _spoke(name, finding, steps, text, first=finding == warning),
        )
        lost = steps[-1].lost is not None
        out.append((*row, _ahead(finding, steps[-1].index, text)) if lost else row)
    return out


def _alarm(name: str, threshold: float, experiment: Experiment, text: Text) -> str:
    """Where the alarm is set, and where it usually is."""
    rule, unit = RULES[name], text(f"symptoms.units.{experiment.kind.words}")
    told = text(f"symptoms.rules.{name}.alarm", threshold=threshold, window=rule.window, unit=unit)
    usual = text("symptoms.table.usual", usual=rule.threshold)
    return told if threshold == rule.threshold else f"**{told}** {usual}"


def _spoke(
    name: str, finding: Finding | None, steps: Sequence[Step], text: Text, *, first: bool
) -> str:
    if finding is None:
        return text(f"symptoms.table.{'silent' if RULES[name].can_judge(steps) else 'too_short'}")
    if first:
        return f"**{warning_sentence(finding.step, text)}**"
    return text("symptoms.table.step", step=finding.step)


def _ahead(finding: Finding | None, last: int, text: Text) -> str:
    """How many steps before the end of a run that was lost."""
    if finding is None:
        return "–"
    if finding.rule == "not_finite":
        return text("symptoms.table.end")
    count = last - finding.step
    return text(f"symptoms.table.{'many' if count else 'same'}", count=count)


def panel(lesson: Lesson, thresholds: Mapping[str, float]) -> None:
    """Every rule with its threshold, folded away."""
    text = lesson.text
    with st.empty():
        if not _read()[1]:
            style.warn(text("symptoms.thresholds.ignored"))
            THRESHOLDS.keep(write_thresholds(thresholds))
    with st.expander(text("symptoms.thresholds.open"), icon=":material/tune:"):
        _rules(lesson, thresholds)


def _rules(lesson: Lesson, thresholds: Mapping[str, float]) -> None:
    lesson.say("symptoms.thresholds.note")
    st.button(
        lesson.text("symptoms.thresholds.reset"),
        key="thresholds-reset",
        icon=":material/restart_alt:",
        disabled=not thresholds,
        on_click=THRESHOLDS.keep,
        args=(None,),
    )
    for name, rule in RULES.items():
        watched, chosen = st.columns([5, 2], gap="medium", vertical_alignment="center")
        value = thresholds.get(name, rule.threshold)
        with watched.container(key=f"rule-{name}"):
            _about(name, value, lesson)
        if rule.adjustable:
            with chosen:
                _threshold(name, value, lesson.text)


def _about(name: str, threshold: float, lesson: Lesson) -> None:
    """What a rule watches for, where it comes from and how ours differs, and in how many presets it speaks."""
    rule, text = RULES[name], lesson.text
    exploding, learning = rule.heard
    st.markdown(f"**{text(f'symptoms.rules.{name}.name')}**")
    lesson.say(f"symptoms.rules.{name}.watches", threshold=threshold, window=rule.window)
    heard = text(
        "symptoms.thresholds.heard",
        exploding=exploding,
        explosions=len(EXPLOSIONS),
        learning=learning,
        rescues=len(RESCUES),
    )
    st.caption(f"{text(f'symptoms.rules.{name}.source')} {heard}")


def _threshold(name: str, value: float, text: Text) -> None:
    """The field of one threshold. The link is the truth; the field follows it."""
    rule, key = RULES[name], f"threshold-{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.number_input(
        text(
            "symptoms.thresholds.field",
            name=text(f"symptoms.rules.{name}.name"),
            usual=rule.threshold,
        ),
        value=None,  # a field that was emptied says nothing, and not the least that is allowed
        min_value=rule.least,
        max_value=rule.most,
        step=10.0 ** math.floor(math.log10(rule.threshold) - 0.5),
        format="%g",
        key=key,
        on_change=_choose,
        args=(name,),
    )


def _choose(name: str) -> None:
    """Keep a threshold that was set; the usual one, or an emptied field, forgets it."""
    thresholds, chosen = chosen_thresholds(), st.session_state.get(f"threshold-{name}")
    value = RULES[name].threshold if chosen is None else chosen
    THRESHOLDS.keep(write_thresholds(thresholds | {name: value}))
