"""What remains is told by what was measured."""

import pytest

from core.computing import pace
from core.computing.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    return now


def test_it_goes_by_what_was_measured_since_the_first_look(clock):
    measured = Pace()
    assert measured.left(50, 200) is None
    clock[0] += 10
    assert measured.left(100, 200) == 20
    clock[0] += 30
    assert measured.left(150, 200) == 20
    assert measured.left(199.99, 200) == 1


def test_of_a_moment_or_of_no_step_nothing_is_told(clock):
    measured = Pace()
    measured.left(0, 200)
    clock[0] += 0.5
    assert measured.left(100, 200) is None
    clock[0] += 60
    assert measured.left(0, 200) is None


def test_other_work_that_is_less_far_begins_anew(clock):
    measured = Pace()
    measured.left(150, 200)
    clock[0] += 10
    assert measured.left(10, 200) is None
    clock[0] += 2
    assert measured.left(20, 200) == 36
