"""The rules themselves: what each watches for, whose it is, how often it is wrong, and its threshold to set."""

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from core.symptoms import RULES, read_thresholds, write_thresholds
from core.text import Text
from core.ui import state


def chosen_thresholds() -> dict[str, float]:
    """The visitor's, as the link has them, where they differ from the usual ones."""
    return _read()[0]


def _read() -> tuple[dict[str, float], bool]:
    return read_thresholds(st.session_state["labs"].get("thresholds", ""))


def panel(languages: Sequence[Text], thresholds: Mapping[str, float]) -> None:
    """Every rule with its threshold, folded away."""
    text, trouble = languages[0], st.empty()
    if not _read()[1]:
        trouble.warning(text("symptoms.thresholds.ignored"), icon=":material/info:")
    with st.expander(text("symptoms.thresholds.open"), icon=":material/tune:"):
        _rules(languages, thresholds)


def _rules(languages: Sequence[Text], thresholds: Mapping[str, float]) -> None:
    text = languages[0]
    for each in languages:
        st.markdown(each("symptoms.thresholds.note"))
    st.button(
        text("symptoms.thresholds.reset"),
        key="thresholds-reset",
        icon=":material/restart_alt:",
        disabled=not thresholds,
        on_click=state.remember,
        args=("thresholds", None),
    )
    for name, rule in RULES.items():
        watched, chosen = st.columns([5, 2], gap="medium", vertical_alignment="center")
        value = thresholds.get(name, rule.threshold)
        with watched.container(key=f"rule-{name}"):
            _about(name, value, languages)
        if rule.adjustable:
            with chosen:
                _threshold(name, value, text)


def _about(name: str, threshold: float, languages: Sequence[Text]) -> None:
    """What a rule watches for, where it comes from, and in how many presets it speaks."""
    rule, text = RULES[name], languages[0]
    exploding, learning = rule.heard
    st.markdown(f"**{text(f'symptoms.rules.{name}.name')}**")
    for each in languages:
        words = each(f"symptoms.rules.{name}.watches", threshold=threshold, window=rule.window)
        st.markdown(words)
    heard = text("symptoms.thresholds.heard", exploding=exploding, learning=learning)
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
    thresholds, chosen = chosen_thresholds(), st.session_state[f"threshold-{name}"]
    value = RULES[name].threshold if chosen is None else chosen
    state.remember("thresholds", write_thresholds(thresholds | {name: value}))
