"""A page's labs, closed: a card for each, which invites into it. One is open at a time, and the URL says which."""

from collections.abc import Callable
from inspect import getfile, unwrap
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.text import Text
from core.ui import style
from core.ui.lab_setting import OPEN, PRESSED
from core.ui.lesson import Lesson
from core.words.problems import as_code

PICTURE = "card.svg"
"""Beside the module that shows a lab; it may use the palette's colours, as `var(--accent)`."""
INTO_SIGHT = """<script>setTimeout(() => {{
  document.querySelector('.st-key-{key}')?.scrollIntoView({{block: 'nearest'}});
}}, 300)</script>"""
HEAD = "opened-head"


class Cards:
    """The cards in a row, under them the place for the open lab. A lab that is closed is its card and no more."""

    def __init__(self, lesson: Lesson) -> None:
        """Where it is created, a link's lab that is not there is told."""
        self._lesson = lesson
        self._wrong = st.empty()
        self._titles: dict[str, str] = {}
        self._row: DeltaGenerator | None = None
        self._under: DeltaGenerator | None = None

    def add(self, name: str, title: str, invite: str, picture: Path) -> DeltaGenerator | None:
        """Draw a lab's card; of the open lab the heading as well, and returned is the place for what it shows.

        title, invite: keys of content.
        """
        if self._row is None:
            self._lesson.heading("cards.heading")
            self._row, self._under = st.container(key="invitations"), st.container()
        assert self._under is not None
        self._titles[name], here = title, OPEN.said == name
        with self._row:
            self._card(name, title, invite, picture, here=here)
        with self._under:
            if here:
                return self._opened(name, title)
            st.empty()  # what was open here is gone at once, and not when all else is drawn
        return None

    def check(self) -> None:
        """When all have their cards: a link's lab that is not among them is told."""
        if OPEN.said is None or OPEN.said in self._titles:
            return
        with self._wrong.container():
            self._lesson.tell(self._unknown, style.warn)
        OPEN.keep(None)

    def _unknown(self, text: Text) -> str:
        labs = "; ".join(f"**{text(title)}** ({as_code(n)})" for n, title in self._titles.items())
        key = "cards.unknown" if labs else "cards.none"
        return text(key, value=as_code(str(OPEN.said)), labs=labs)

    def _card(self, name: str, title: str, invite: str, picture: Path, *, here: bool) -> None:
        """The picture, a button with the title, and the inviting line; the button fills the card (labs.css)."""
        with st.container(key=f"{'invited' if here else 'invite'}-{name}"):
            style.picture(picture, self._lesson.palette)
            st.button(
                " · ".join(each(title) for each in self._lesson.languages),
                key=f"enter-{name}",
                type="tertiary",
                icon=f":material/{'expand_less' if here else 'expand_more'}:",
                icon_position="right",
                on_click=_turn,
                args=(None if here else name,),
            )
            with st.container(key=f"inviting-{name}"):
                self._lesson.say(invite)

    def _opened(self, name: str, title: str) -> DeltaGenerator:
        with st.container(key=f"lab-{name}"):
            with st.container(horizontal=True, key=HEAD, vertical_alignment="center"):
                self._lesson.heading(title)
                st.button(
                    self._lesson.text("cards.close"),
                    key="leave-lab",
                    icon=":material/close:",
                    on_click=_turn,
                    args=(None,),
                )
            place = st.empty()
            if st.session_state.pop(PRESSED, None) == name:
                place.html(INTO_SIGHT.format(key=HEAD), unsafe_allow_javascript=True)
            return st.container()


def picture_of(show: Callable[..., Any]) -> Path:
    """The picture in the folder of the function that shows a lab."""
    return Path(getfile(unwrap(show))).with_name(PICTURE)


def _turn(name: str | None) -> None:
    """Open a lab, or close it."""
    OPEN.keep(name)
    st.session_state[PRESSED] = name
