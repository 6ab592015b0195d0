"""Below the answer: thresholds against the log, the lines for a framework, what each rule heard, a small network."""

from functools import partial

import pandas as pd
import streamlit as st

from core.codegen import FRAMEWORKS
from core.diagnosis.symptoms import RULES, Finding
from core.labs.own_log.clips import Clip, clips
from core.logs import Diagnosis
from core.logs.diagnosis import EVERY_RULE
from core.presets import NEGATIVES, PRESETS
from core.text import Text
from core.ui import frame
from core.ui.lesson import Lesson
from core.words.own_log import SERIES, whole
from core.words.problems import as_code

USUAL_CLIP = 1.0
FORMATS = {
    "keras": "keras",
    "hf": "hugging_face",
    "lightning": "lightning",
    "llama": "hugging_face",
}
"""The framework that a format's name begins with."""
RULE_NAMES = {
    "spike": "own_log.rules.names.spike",
    "lone_inf": "own_log.rules.names.lone_inf",
    "always_clipped": "own_log.rules.names.always_clipped",
    "dead": "own_log.rules.names.dead",
    "no_ramp": "own_log.rules.names.no_ramp",
}
WHEN = {
    "": "",
    "before": "own_log.table.before",
    "in_rise": "own_log.table.in_rise",
    "too_late": "own_log.table.too_late",
    "never": "own_log.table.never_late",
}
COLUMNS = (
    "own_log.table.threshold",
    "own_log.table.share",
    "own_log.table.first",
    "own_log.table.when",
)
NEAREST = {
    "explosion": ("ui.presets.overshoot.name", PRESETS["overshoot"]),
    "overflow": ("ui.presets.no_help.name", PRESETS["no_help"]),
    "spike": ("ui.presets.saved_by_clipping.name", PRESETS["saved_by_clipping"]),
    "slow": ("fixes.negatives.vanished.name", NEGATIVES["vanished"]),
    "none": ("ui.presets.document.name", PRESETS["document"]),
    "cannot tell": ("ui.presets.chain.name", PRESETS["chain"]),
}
"""By kind, the story that is most like it; of a log that cannot tell, one that is over in a few steps."""


def thresholds(found: Diagnosis, lesson: Lesson) -> None:
    """What each threshold would have clipped, and whether that was before the damage."""
    text, rows = lesson.text, clips(found) if found.threshold is not None else []
    if not rows:
        return
    st.subheader(text("own_log.table.heading"), anchor=False)
    lesson.tell(lambda each: each("own_log.table.lead"), st.caption)
    heads = [text(key) for key in COLUMNS[: None if rows[0].when else -1]]
    cells = [_cells(row, found, text)[: len(heads)] for row in rows]
    with st.container(key="own-log-clips"):
        st.table(pd.DataFrame(cells, columns=heads), hide_index=True, width="stretch")


def _cells(clip: Clip, found: Diagnosis, text: Text) -> tuple[str, ...]:
    name = text(f"keras_example.advisor.rows.{clip.name}")
    share = text.number(100 * clip.share, 2)
    first = text("own_log.table.never") if clip.first is None else whole(clip.first, text)
    when = text(WHEN[clip.when], row=clip.row, rows=found.rise) if clip.when else ""
    value = f"**{text.exact(clip.value)}** · {name}"
    return value, text("own_log.table.percent", share=share), first, when


def lines(found: Diagnosis, lesson: Lesson) -> None:
    """The lines that clip; where the log could not tell, or lacks a series, those that log it."""
    text, clip = lesson.text, found.threshold or USUAL_CLIP
    if found.kind not in ("overflow", "slow", "none"):
        st.subheader(text("own_log.lines.heading"), anchor=False)
        lesson.tell(lambda each: each("own_log.lines.lead", clip=each.exact(clip)))
        for tab, each in zip(_tabs("clip", found, text), FRAMEWORKS.values(), strict=True):
            tab.code(each.clips(clip), language=each.language)
    if found.kind == "cannot tell" or not len(found.seen.norm.values):
        st.subheader(text("own_log.lines.log_heading"), anchor=False)
        lesson.say("own_log.lines.log_lead")
        for tab, each in zip(_tabs("log", found, text), FRAMEWORKS.values(), strict=True):
            tab.code(each.log, language="python")


def _tabs(key: str, found: Diagnosis, text: Text) -> list[st.delta_generator.DeltaGenerator]:
    """A tab a framework, the log's own first."""
    own = next(
        (n for start, n in FORMATS.items() if found.seen.trace.format.startswith(start)), None
    )
    names = [each.name for each in FRAMEWORKS.values()]
    default = FRAMEWORKS[own].name if own else names[0]
    return [*st.tabs(names, default=default, key=f"own_log_{key}_{text.language}")]


def heard(found: Diagnosis, lesson: Lesson) -> None:
    """Every rule: when it spoke, or why it could not."""
    text = lesson.text
    with st.expander(text("own_log.rules.heading"), icon=":material/hearing:"):
        lesson.tell(partial(_interval, found))
        heads = [text(f"own_log.rules.{name}") for name in ("rule", "heard", "source")]
        with st.container(key="own-log-rules"):
            st.table(pd.DataFrame(rule_rows(found, text), columns=heads), hide_index=True)


def _interval(found: Diagnosis, text: Text) -> str:
    if found.interval is None:
        return text("own_log.rules.interval_unknown")
    if found.interval <= 1:
        return text("own_log.rules.every_step")
    return text("own_log.rules.interval", interval=whole(found.interval, text))


def rule_rows(found: Diagnosis, text: Text) -> list[tuple[str, str, str]]:
    """A row a rule: those that spoke, those that were silent, those that had nothing to hear."""
    spoke = {finding.rule: finding for finding in found.findings}
    silent = [n for n in EVERY_RULE if n not in spoke and n not in found.unheard]
    names = [*spoke, *silent, *found.unheard]
    return [
        (f"**{_name(n, text)}**", _heard(n, spoke, found, text), _source(n, text)) for n in names
    ]


def _name(rule: str, text: Text) -> str:
    return text(RULE_NAMES.get(rule, f"symptoms.rules.{rule}.name"))


def _source(rule: str, text: Text) -> str:
    source = EVERY_RULE[rule].source if rule in EVERY_RULE else ""
    return text.cite(source) or text("symptoms.table.ours")


def _heard(rule: str, spoke: dict[str, Finding], found: Diagnosis, text: Text) -> str:
    if rule in spoke:
        step, number = whole(spoke[rule].step, text), spoke[rule].layer
        names = found.seen.trace.layers
        if number is None or not names:
            return text("own_log.rules.spoke", step=step)
        return text("own_log.rules.spoke_in", step=step, layer=as_code(names[number - 1]))
    if rule in found.unheard:
        needed = ", ".join(text(SERIES[name]) for name in found.unheard[rule])
        return text("own_log.rules.needs", series=needed)
    could = found.could.get(rule, True) or rule not in RULES
    return text(f"own_log.rules.{'silent' if could else 'could_not'}")


def same(found: Diagnosis, lesson: Lesson) -> None:
    """A link to a small network of the app that goes the same way."""
    text = lesson.text
    name, experiment = NEAREST[found.kind]
    carried = {key: value for key, value in lesson.query.items() if key in ("lang", "mode")}
    label = text("own_log.same.link", name=text(name))
    with st.container(key="own-log-same"):
        frame.link("home", label, {**experiment.to_query(), **carried, "run": "1"})
