"""The experiment as a sentence whose words are its controls."""

import string

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment import CHOICES
from core.kinds import KINDS
from core.presets import EXPLOSIONS, RESCUES
from core.text import Text
from core.ui import state
from core.words.settings import WORDS, label

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


def stories(text: Text) -> DeltaGenerator:
    """The button behind which the presets are; another after each press, or its list would stay open."""
    return st.popover(text("ui.presets.label"), key=f"stories-{st.session_state['presses']}")


def presets(text: Text) -> None:
    """Stories, each with what it shows: one press sets every word and runs."""
    with st.container(key="presets"):
        for group, presets in (("explosions", EXPLOSIONS), ("rescues", RESCUES)):
            with st.container(key=f"presets-{group}"):
                st.markdown(text(f"ui.presets.{group}"))
                for name, experiment in presets.items():
                    said = (text(f"ui.presets.{name}.{part}") for part in ("name", "help"))
                    st.button(
                        "**{}** {}".format(*said),
                        key=f"preset-{name}",
                        on_click=state.run,
                        args=(experiment.to_query(),),
                        width="stretch",
                    )


def sentence(text: Text) -> None:
    """The sentence, each word a popover with its widgets.

    A popover that stays closed does not keep its widgets' values in the browser. So every widget is always
    drawn, and all but the touched word's are written back at every run. (A popover with a callback of its
    own would be known by its label, and close whenever that changes.)
    """
    touched = st.session_state.pop("touched", None)
    for untouched in WORDS.keys() - {touched}:
        state.keep(*WORDS[untouched])
    said = {name: st.session_state[name] for word in WORDS.values() for name in word}
    with st.container(horizontal=True, key="sentence", vertical_alignment="center"):
        for literal, word, _, _ in string.Formatter().parse(text.get("ui.sentence.whole")):
            if literal.strip():
                st.markdown(literal.strip(), width="content")
            if word:
                names = WORDS[word]
                shown = label(word, said, text)
                with st.popover(shown, key=f"word-{word}"):
                    st.caption(text(f"ui.help.{word}"))
                    for name in names:
                        _widget(name, text)


def _widget(name: str, text: Text) -> None:
    label = text(f"ui.fields.{name}")
    if name in CHOICES:
        _choice(name, label, text)
        return
    options = sorted({*GRIDS[name], st.session_state["given"][name]})
    unused = name == "clip" and st.session_state["clipping"] == "none"
    st.select_slider(
        label,
        options,
        key=name,
        format_func=text.exact,
        disabled=unused,
        on_change=_touch,
        args=(name,),
    )


def _choice(name: str, label: str, text: Text) -> None:
    options = KINDS[st.session_state["network"]].tasks if name == "task" else CHOICES[name]

    def shown(value: str) -> str:
        return text(f"ui.choices.{name}.{value}")

    st.selectbox(label, options, key=name, format_func=shown, on_change=_touch, args=(name,))


def _touch(name: str) -> None:
    """Note the word that the visitor has changed; the other network has other tasks."""
    st.session_state["touched"] = next(word for word, names in WORDS.items() if name in names)
    if name == "network":
        st.session_state["task"] = state.first_task(st.session_state["network"])
