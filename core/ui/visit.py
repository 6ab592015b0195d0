"""One drawing of a page: it draws when it is its turn, and lets others draw while it computes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import streamlit as st

from core.computing.gate import COMPUTING, DRAWING, TICKETS, Turn, Urgency


class Visit:
    """It has a ticket by its arrival, for all that is drawn or computed for it."""

    def __init__(self) -> None:
        """It has just come."""
        self._ticket = next(TICKETS)
        self._place = ExitStack()
        self._drawing = False

    @property
    def crowded(self) -> bool:
        """Whether others wait: what is not asked for is left out then."""
        return DRAWING.crowded or COMPUTING.crowded

    def turn(self, urgency: Urgency, told: Callable[[int], None] = lambda _: None) -> Turn:
        """Its turn at a gate. told: as `Turn.waiting`; a click gets through meanwhile, too."""

        def waiting(ahead: int) -> None:
            st.session_state.get("page")
            told(ahead)

        return Turn(urgency, self._ticket, waiting)

    def draw(self, urgency: Urgency, told: Callable[[int], None] = lambda _: None) -> None:
        """Wait until it may draw; until it rests, nobody else does."""
        self.rest()
        self._place.enter_context(DRAWING.place(self.turn(urgency, told)))
        self._drawing = True

    def rest(self) -> None:
        """Let others draw."""
        self._drawing = False
        self._place.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Compute inside; whoever drew before draws on after it."""
        drawing = self._drawing
        self.rest()
        yield
        if drawing:
            self.draw(Urgency.PICTURES)
