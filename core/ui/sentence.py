"""The experiment as a sentence whose words are its controls."""

import string
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.experiment import CHOICES, FIELDS, TASKS, Experiment
from core.presets import EXPLOSIONS, RESCUES
from core.text import Text
from core.ui import state

Value = int | float


def _grid(*mantissas: float, least: int, most: int) -> list[float]:
    """Values per decade, from 10^least to 10^most."""
    grid = [float(f"{m}e{k}") for k in range(least, most) for m in mantissas]
    return [*grid, float(f"1e{most}")]


GRIDS: dict[str, list[Value]] = {
    "depth": list(range(1, 101)),
    "width": [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256],
    "gain": [round(0.05 * k, 2) for k in range(2, 101)],
    "lr": _grid(1, 1.5, 2, 3, 5, 7, least=-6, most=1),
    "clip": _grid(1, 2, 5, least=-4, most=4),
    "batch_size": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    "steps": [1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000],
    "seed": list(range(100)),
}
"""What the sliders offer; a value from a URL that is not among them is added."""

WORDS: dict[str, tuple[str, ...]] = {
    "network": ("network", "depth", "width", "activation"),
    "init": ("init", "gain"),
    "optimizer": ("optimizer", "lr", "steps", "batch_size"),
    "clipping": ("clipping", "clip"),
    "normalization": ("normalization",),
    "data": ("task", "seed"),
}
"""The words of the sentence, and the settings that each stands for."""


def presets(text: Text) -> None:
    """Stories as pills: one click sets every word and runs."""
    with st.container(key="presets"):
        for group, presets in (("explosions", EXPLOSIONS), ("rescues", RESCUES)):
            with st.container(horizontal=True, key=f"presets-{group}", vertical_alignment="center"):
                st.markdown(text(f"ui.presets.{group}"), width="content")
                for name, experiment in presets.items():
                    st.button(
                        text(f"ui.presets.{name}.name"),
                        key=f"preset-{name}",
                        help=text(f"ui.presets.{name}.help"),
                        on_click=state.run,
                        args=(experiment.to_query(),),
                    )


def sentence(text: Text) -> None:
    """The sentence, each word a popover with its widgets.

    Every widget is always drawn, disabled rather than left out: one that is not drawn loses its value.
    """
    said = {name: st.session_state[name] for word in WORDS.values() for name in word}
    with st.container(horizontal=True, key="sentence", vertical_alignment="center"):
        for literal, word, _, _ in string.Formatter().parse(text.get("ui.sentence.whole")):
            if literal.strip():
                st.markdown(literal.strip(), width="content")
            if word:
                names = WORDS[word]
                label = _label(word, said, text)
                with st.popover(label, key=f"word-{word}", on_change=state.keep, args=names):
                    st.caption(text(f"ui.help.{word}"))
                    for name in names:
                        _widget(name, text)


def _label(word: str, said: dict[str, Any], text: Text) -> str:
    """What the word says now."""
    shown = {
        name: text(f"ui.choices.{name}.{value}") if name in CHOICES else text.number(value)
        for name, value in said.items()
    }
    key = said[word] if word in ("network", "clipping") else word
    return text(f"ui.words.{key}", **shown)


def _widget(name: str, text: Text) -> None:
    label = text(f"ui.fields.{name}")
    if name in CHOICES:
        _choice(name, label, text)
        return
    options = sorted({*GRIDS[name], st.session_state["given"][name]})
    unused = name == "clip" and st.session_state["clipping"] == "none"
    st.select_slider(label, options, key=name, format_func=text.number, disabled=unused)


def _choice(name: str, label: str, text: Text) -> None:
    options = TASKS[st.session_state["network"]] if name == "task" else CHOICES[name]
    change: Callable[[], None] | None = state.follow_network if name == "network" else None

    def shown(value: str) -> str:
        return text(f"ui.choices.{name}.{value}")

    st.selectbox(label, options, key=name, format_func=shown, on_change=change)


def setting(fix: str, experiment: Experiment, text: Text) -> str:
    """One of the four fixes as this experiment has it: "the global norm at 1", "He × 1.25"."""
    word = {"lower_rate": "rate", "initialization": "init"}.get(fix, fix)
    return _label(word, {name: getattr(experiment, name) for name in FIELDS}, text)
