"""The visitor guesses before the app tells: does the signal explode, vanish or stay on its way back?

Guesses live in the session, one for each start that a network can have: settings that only matter once
training begins change no guess, and neither does the seed.
"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.engine.start import at_start
from core.experiment import Experiment
from core.text import Text

FATES = ("explodes", "vanishes", "stays")
SHOWN = "shown"
"""Instead of a guess: the visitor asked to be shown."""
MOST_KEPT = 100


def made(experiment: Experiment) -> str | None:
    """One of FATES as guessed, SHOWN, or None: not guessed yet."""
    guess = st.session_state.get("guesses", {}).get(_key(experiment))
    return guess or (SHOWN if st.session_state.get("guess_never") else None)


def ask(experiment: Experiment, text: Text, place: str) -> None:
    """A button for each fate, and two quiet ones. place: begins the widgets' keys."""
    with st.container(horizontal=True, key=f"{place}-guess", vertical_alignment="center"):
        for fate in FATES:
            _button(f"{place}-{fate}", text(f"why.travel.guess.{fate}"), _guess, experiment, fate)
        shown, always = text("why.travel.guess.show"), text("why.travel.guess.always")
        _button(f"{place}-show", shown, _guess, experiment, SHOWN, quiet=True)
        _button(f"{place}-always", always, _never, True, quiet=True)


def again(text: Text, place: str) -> None:
    """For who wanted to be shown always: the way back to guessing."""
    if st.session_state.get("guess_never"):
        _button(f"{place}-again", text("why.travel.guess.again"), _never, False, quiet=True)


def verdict(guess: str, fate: str | None, text: Text) -> str:
    """Whether the guess was right, kindly; nothing if there was none, or nothing to be right about."""
    if guess == SHOWN or fate is None:
        return ""
    return text("why.travel.right" if guess == fate else f"why.travel.wrong.{fate}")


def _button(
    key: str, label: str, act: Callable[..., None], *values: object, quiet: bool = False
) -> None:
    st.button(label, key=key, type="tertiary" if quiet else "secondary", on_click=act, args=values)


def _guess(experiment: Experiment, guess: str) -> None:
    guesses = st.session_state.get("guesses", {}) | {_key(experiment): guess}
    st.session_state["guesses"] = dict(list(guesses.items())[-MOST_KEPT:])


def _never(never: bool) -> None:
    st.session_state["guess_never"] = never


def _key(experiment: Experiment) -> str:
    return str(replace(at_start(experiment), seed=0).to_query())
