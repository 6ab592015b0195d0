"""A lecture's head: one line from which everything else opens. Outside a lecture only the keys."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.text import Text
from core.ui import hiding, link_code, state, style
from core.ui.keys import keys


def place() -> DeltaGenerator:
    """Where it stands, before what is known of the page."""
    return st.container(horizontal=True, key="lecture-bar" if style.enlarged() else "keys-only")


def fill(place: DeltaGenerator, slug: str, languages: Sequence[Text]) -> None:
    """The keys; in a lecture with the bar, what can be hidden, and the link's code, made when it is opened."""
    text, lecture = languages[0], style.enlarged()
    with place:
        hiding.apply(languages)
        title = text(f"{slug}.title")
        token = f"{slug} {state.token()}"
        keys(text, title, lecture=lecture, token=token, hidden=hiding.hidden())
        if lecture:
            with st.popover(text("ui.lecture.hide"), key="hide"):
                hiding.menu(text)
            with (opened := st.popover(text("ui.lecture.qr"), key="qr", on_change="rerun")):
                if opened.open:
                    link_code.show(text)
