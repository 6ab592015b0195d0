"""The gate: who may work now. A few at a time, the more urgent first, among equals in the order of their arrival.

A hundred scripts under one interpreter lock go on in lockstep, and each has its first text when the last is nearly
done; let through one by one, most are done long before.
"""

import threading
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Self

from core.computing.limits import AT_ONCE

LOOK_SECONDS = 1.0
"""So often who waits looks up: it may be told how many are before it, and may leave."""


class Urgency(IntEnum):
    """What comes before what."""

    TEXT = 0
    PICTURES = 1
    BEGINNING = 2
    RUN = 3
    TRIAL = 4


@dataclass
class Turn:
    """Whose work it is: how urgent, when it came, and what is called with how many are before it while it waits.

    What `waiting` raises ends the waiting. Work that goes on may become less urgent.
    """

    urgency: Urgency = Urgency.RUN
    ticket: int = 0
    waiting: Callable[[int], None] = lambda _: None


@dataclass(order=True)
class _Waiter:
    urgency: Urgency
    ticket: int
    number: int
    called: threading.Event = field(default_factory=threading.Event, compare=False)


class Gate:
    """So many places."""

    def __init__(self, places: int) -> None:
        """All are free."""
        self._places = self._free = places
        self._queue: list[_Waiter] = []
        self._numbers = count()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def crowded(self) -> bool:
        """Whether anybody does."""
        return bool(self._queue)

    @property
    def idle(self) -> bool:
        """Whether nobody has a place."""
        return self._free == self._places

    @property
    def full(self) -> bool:
        """Whether who comes now must wait."""
        return not self._free

    def place(self, turn: Turn) -> "Place":
        """One of the places, to be entered when it is this one's turn."""
        return Place(self, turn)

    def enter(self, turn: Turn) -> None:
        """Wait for a place, and take it."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            waiter = self._waiter(turn)
            insort(self._queue, waiter)
        try:
            while not waiter.called.wait(LOOK_SECONDS):
                turn.waiting(self._before(waiter))
        except BaseException:
            self._withdraw(waiter)
            raise

    def leave(self) -> None:
        """Free a place, for who is next."""
        with self._lock:
            if self._queue:
                self._queue.pop(0).called.set()
            else:
                self._free += 1

    def has_before(self, turn: Turn) -> bool:
        """Whether anybody waits who comes before this one."""
        queue = self._queue[:1]
        return bool(queue) and queue[0] < self._waiter(turn)

    def _waiter(self, turn: Turn) -> _Waiter:
        return _Waiter(turn.urgency, turn.ticket, next(self._numbers))

    def _before(self, waiter: _Waiter) -> int:
        with self._lock:
            return sum(other < waiter for other in self._queue)

    def _withdraw(self, waiter: _Waiter) -> None:
        with self._lock:
            if not waiter.called.is_set():
                self._queue.remove(waiter)
                return
        self.leave()


class Place:
    """A turn's place at a gate: held inside a with-block, but where it is left and entered again."""

    def __init__(self, gate: Gate, turn: Turn) -> None:
        """Not entered yet."""
        self._gate, self.turn = gate, turn
        self.held = False

    def enter(self) -> None:
        """Wait for it."""
        self._gate.enter(self.turn)
        self.held = True

    def leave(self) -> None:
        """Free it, if it is held."""
        if self.held:
            self.held = False
            self._gate.leave()

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for it who is more urgent or came before."""
        return self._gate.has_before(self.turn)

    def give_way(self) -> None:
        """Let them go first."""
        if self.wanted:
            self.leave()
            self.enter()

    def __enter__(self) -> Self:
        """Wait for it."""
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        """Free it."""
        self.leave()


DRAWING = Gate(1)
"""Pages are drawn one after another."""
COMPUTING = Gate(AT_ONCE.value)
"""Runs are trained by as many as there are cores, unless the operator says otherwise."""
TICKETS = count(1)
"""Numbers in the order of arrival."""
