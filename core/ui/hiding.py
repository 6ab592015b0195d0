"""What a lecturer hides: any control, in every mode, remembered by the link (`hide=presets,verdict`)."""

from collections.abc import Sequence

import streamlit as st

from core.text import Text
from core.ui import style
from core.ui.lab_setting import LabSetting
from core.words.problems import as_code

PARTS = {
    "presets": ".st-key-presets",
    "sentence": ".st-key-sentence",
    "run": ".st-key-run, .st-key-reset",
    "player": ".st-key-player",
    "verdict": ".st-key-ending-verdict",
    "next": ".st-key-ending-next",
    "same_but": ".st-key-ending-but",
    "labs": ".st-key-invitations",
    "language": ".st-key-lang",
}
"""What can be hidden, by its name in the link, and where it is on a page."""
HIDE = LabSetting("hide", "")
_MENU = "hide-chosen"


def hidden() -> tuple[str, ...]:
    """What is hidden now."""
    return _known(HIDE.chosen)


def apply(languages: Sequence[Text]) -> None:
    """Hide it; a name that the link says and nothing has is told once, and left out of the link."""
    said = HIDE.chosen
    known = _known(said)
    unknown = [name for name in said.split(",") if name and name not in PARTS]
    for text in languages if unknown else ():
        choices = ", ".join(map(as_code, PARTS))
        style.warn(text("ui.lecture.hide_unknown", value=as_code(unknown[0]), choices=choices))
    if HIDE.said is not None and said != ",".join(known):
        HIDE.keep(",".join(known))
    if known:
        style.hide([PARTS[name] for name in known])


def menu(text: Text) -> None:
    """The choice of what to hide."""
    st.session_state[_MENU] = list(hidden())
    names = {hideable: text(f"ui.lecture.parts.{hideable}") for hideable in PARTS}
    st.pills(
        text("ui.lecture.hide_label"),
        list(PARTS),
        selection_mode="multi",
        format_func=names.__getitem__,
        key=_MENU,
        on_change=_take,
    )


def _take() -> None:
    HIDE.keep(",".join(_known(",".join(st.session_state.get(_MENU) or ()))))


def _known(said: str) -> tuple[str, ...]:
    names = said.split(",")
    return tuple(name for name in PARTS if name in names)
