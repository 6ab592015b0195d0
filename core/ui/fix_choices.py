"""How each of the four fixes is made: a row of choices, in the URL as `fixes=value:0.1,he_normal,100,layer`."""

from functools import partial

import streamlit as st

from core.diagnosis.changes import USUAL, WAYS
from core.text import Text
from core.ui import state
from core.ui.lab_setting import LabSetting

USUAL_WAYS, WIDGETS = tuple(USUAL[fix] for fix in WAYS), [f"way-{fix}" for fix in WAYS]
FIXES = LabSetting("fixes", USUAL_WAYS, [*map(tuple, WAYS.values())], WIDGETS, apart=True)


def chosen() -> dict[str, str]:
    """The ways as the visitor wants them; what cannot be read is as usual."""
    return dict(zip(WAYS, FIXES.chosen, strict=True))


def choose(languages: tuple[Text, ...]) -> None:
    """The row: one choice a fix."""
    FIXES.check(languages, "fixes.race.problem")
    text = languages[0]
    with st.container(horizontal=True, key="ways"):
        for number, fix in enumerate(WAYS):
            label, named_in = text(f"fixes.fixes.{fix}.name"), partial(named, fix, text)
            FIXES.control(st.selectbox, label, number, format_func=named_in, on_change=_changed)


def named(fix: str, text: Text, way: str) -> str:
    """A way in words: "the global norm at 1", "He × 1", "rate ÷ 10"."""
    match fix:
        case "clipping":
            method, clip = way.split(":")
            return text(f"ui.words.{method}", clip=float(clip))
        case "lower_rate":
            return text("fixes.ways.lower_rate", times=int(way))
        case "normalization":
            return text(f"ui.choices.normalization.{way}")
    if way in ("growth_one", "orthogonal"):
        return text(f"fixes.ways.{way}")
    return text("ui.words.init", init=text(f"ui.choices.init.{way}"), gain=1)


def _changed() -> None:
    FIXES.take()
    state.go_on()
