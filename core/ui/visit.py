"""One drawing of a page: it draws when it is its turn, and lets others draw while it computes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.computing.gate import COMPUTING, DRAWING, TICKETS, Place, Turn, Urgency


class Visit:
    """It has a ticket by its arrival, for all that is drawn or computed for it."""

    def __init__(self) -> None:
        """It has just come."""
        self._ticket = next(TICKETS)
        self._drawing = DRAWING.place(self.turn(Urgency.TEXT))

    @property
    def crowded(self) -> bool:
        """Whether others wait: what is not asked for is left out then."""
        return DRAWING.crowded or COMPUTING.crowded

    @property
    def must_wait(self) -> bool:
        """Whether what it computes next is not its turn yet."""
        return self.crowded or COMPUTING.full

    def turn(self, urgency: Urgency, told: Callable[[int], None] = lambda _: None) -> Turn:
        """Its turn at a gate. told: as `Turn.waiting`; a click gets through meanwhile, too."""

        def waiting(ahead: int) -> None:
            st.session_state.get("page")
            told(ahead)

        return Turn(urgency, self._ticket, waiting)

    def draw(self, urgency: Urgency, told: Callable[[int], None] = lambda _: None) -> None:
        """Wait until it may draw; until it rests, nobody else does."""
        self.rest()
        self._drawing = DRAWING.place(self.turn(urgency, told))
        self._drawing.enter()

    def rest(self) -> None:
        """Let others draw."""
        self._drawing.leave()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Compute inside; whoever drew before draws on after it."""
        drew = self._drawing.held
        self.rest()
        yield
        if drew:
            self.draw(Urgency.PICTURES)

    def compute(self, urgency: Urgency, told: Callable[[int], None]) -> Place:
        """A place to compute at."""
        return COMPUTING.place(self.turn(urgency, told))
