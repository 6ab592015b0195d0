"""The gate: who may work now. A few at a time, the more urgent first, among equals in the order of their arrival.

A hundred scripts under one interpreter lock go on in lockstep, and each has its first text when the last is nearly
done; let through one by one, most are done long before.
"""

import os
import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

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
        self._free = places
        self._queue: list[_Waiter] = []
        self._numbers = count()
        self._lock = threading.Lock()

    @property
    def crowded(self) -> bool:
        """Whether anybody waits."""
        return bool(self._queue)

    @contextmanager
    def place(self, turn: Turn) -> Iterator[None]:
        """One of the places, as soon as it is this one's turn."""
        self._enter(turn)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, turn: Turn) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            waiter = _Waiter(turn.urgency, turn.ticket, next(self._numbers))
            insort(self._queue, waiter)
        try:
            while not waiter.called.wait(LOOK_SECONDS):
                turn.waiting(self._before(waiter))
        except BaseException:
            self._withdraw(waiter)
            raise

    def _before(self, waiter: _Waiter) -> int:
        with self._lock:
            return sum(other < waiter for other in self._queue)

    def _withdraw(self, waiter: _Waiter) -> None:
        with self._lock:
            if not waiter.called.is_set():
                self._queue.remove(waiter)
                return
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.pop(0).called.set()
            else:
                self._free += 1


DRAWING = Gate(1)
"""Pages are drawn one after another."""
COMPUTING = Gate(os.cpu_count() or 1)
"""Runs are trained by as many as there are cores."""
TICKETS = count(1)
"""Numbers in the order of arrival."""
