"""The gate: so many at a time, the more urgent first, then by arrival; who leaves frees the place at once."""

import threading
import time

import pytest

from core.computing import gate as gates
from core.computing.gate import Gate, Turn, Urgency


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(gates, "LOOK_SECONDS", 0.01)


def until(holds):
    """Wait for other threads."""
    for _ in range(10_000):
        if holds():
            return
        time.sleep(0.001)
    raise AssertionError("it never came")


class Visitor(threading.Thread):
    """Comes to the gate, says that it is in, and stays until it is sent away."""

    def __init__(self, gate, turn, entered):
        super().__init__(daemon=True)
        self.gate, self.turn, self.entered = gate, turn, entered
        self.go, self.error = threading.Event(), None

    def run(self):
        try:
            with self.gate.place(self.turn):
                self.entered.append(self.turn)
                assert self.go.wait(20)
        except RuntimeError as error:
            self.error = error

    def come(self):
        """Begin, and wait until it is in or waits."""
        before = len(self.gate._queue), len(self.entered)
        self.start()
        until(lambda: (len(self.gate._queue), len(self.entered)) != before)
        return self

    def leave(self):
        self.go.set()
        self.join(20)


def test_the_more_urgent_come_first_and_then_who_came_first():
    gate, entered = Gate(1), []
    turns = [
        Turn(Urgency.RUN, 1),
        Turn(Urgency.TRIAL, 2),
        Turn(Urgency.RUN, 5),
        Turn(Urgency.RUN, 3),
        Turn(Urgency.TEXT, 9),
    ]
    visitors = [Visitor(gate, turn, entered).come() for turn in turns]
    assert gate.crowded
    for number in range(1, len(turns) + 1):
        until(lambda count=number: len(entered) == count)
        visitors[turns.index(entered[-1])].leave()
    assert [turn.ticket for turn in entered] == [1, 9, 3, 5, 2]
    assert not gate.crowded


def test_as_many_are_in_as_there_are_places():
    gate, entered = Gate(2), []
    visitors = [Visitor(gate, Turn(Urgency.RUN, k), entered).come() for k in range(4)]
    assert [turn.ticket for turn in entered] == [0, 1]
    for visitor in visitors:
        visitor.leave()
    assert len(entered) == 4


def test_who_waits_is_told_how_many_are_before_it_and_may_leave():
    gate, entered, told = Gate(1), [], []

    def waiting(ahead):
        told.append(ahead)
        raise RuntimeError("the browser is gone")

    first = Visitor(gate, Turn(Urgency.RUN, 1), entered).come()
    second = Visitor(gate, Turn(Urgency.RUN, 2), entered).come()
    third = Visitor(gate, Turn(Urgency.RUN, 3, waiting), entered)
    third.start()
    third.join(20)
    assert told == [1]
    assert str(third.error) == "the browser is gone"
    first.leave()
    second.leave()
    assert [turn.ticket for turn in entered] == [1, 2]
    with gate.place(Turn()):
        assert not gate.crowded


def test_what_is_raised_inside_frees_the_place():
    gate = Gate(1)
    with pytest.raises(ZeroDivisionError), gate.place(Turn()):
        raise ZeroDivisionError
    with gate.place(Turn()):
        pass
