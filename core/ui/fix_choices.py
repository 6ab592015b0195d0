"""How each of the four fixes is made: a row of choices, in the URL as `fixes=value:0.1,he_normal,100,layer`."""

from functools import partial

import streamlit as st

from core.diagnosis.changes import USUAL, WAYS
from core.text import Text
from core.ui import state

KEY = "fixes"


def read(written: str | None) -> tuple[dict[str, str], bool]:
    """The ways that the URL tells, and whether all of it could be read; what could not is as usual."""
    if written is None:
        return dict(USUAL), True
    parts = written.split(",")
    told = dict(zip(WAYS, parts, strict=False))
    ways = {fix: told[fix] if told.get(fix) in WAYS[fix] else USUAL[fix] for fix in WAYS}
    return ways, list(ways.values()) == parts


def chosen() -> dict[str, str]:
    """The ways as the visitor wants them."""
    return read(st.session_state["labs"].get(KEY))[0]


def choose(languages: tuple[Text, ...]) -> None:
    """The row: one choice a fix. The widgets take over what the URL says."""
    ways, fine = read(st.session_state["labs"].get(KEY))
    if not fine:
        for text in languages:
            st.warning(text("fixes.race.problem"), icon=":material/info:")
    text = languages[0]
    with st.container(horizontal=True, key="ways"):
        for fix, way in ways.items():
            st.session_state[f"way-{fix}"] = way
            st.selectbox(
                text(f"fixes.fixes.{fix}.name"),
                tuple(WAYS[fix]),
                key=f"way-{fix}",
                format_func=partial(named, fix, text),
                on_change=_changed,
            )


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
    ways = {fix: st.session_state[f"way-{fix}"] for fix in WAYS}
    state.remember(KEY, None if ways == USUAL else ",".join(ways.values()))
    st.session_state["stopped"] = False
