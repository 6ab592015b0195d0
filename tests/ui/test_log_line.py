"""The operator's line: what it tells, and how often."""

import re

from core.computing.gate import COMPUTING, Turn
from core.experiment import Experiment
from core.runs.store import STORE
from core.ui import log_line


def told(line):
    return list(map(int, re.findall(r"(?<=[a-z] )\d+|(?<=\()\d+", line)))


def test_it_counts_runs_and_memory():
    before = told(log_line.line())
    STORE.finished(Experiment(depth=2, width=3, steps=3, seed=77))
    visitors, runs, _, drawing, computing, megabytes = told(log_line.line())
    assert runs == before[1] + 1
    assert (visitors, drawing, computing) == (0, 0, 0)
    assert 50 < megabytes < 10_000


def test_it_counts_who_waits(monkeypatch):
    waiting = COMPUTING._waiter(Turn())
    monkeypatch.setattr(COMPUTING, "_queue", [waiting, waiting, waiting])
    assert "to compute 3;" in log_line.line()


def test_it_is_told_now_and_then(monkeypatch):
    lines = []
    monkeypatch.setattr(log_line.LOG, "info", lines.append)
    monkeypatch.setattr(log_line, "_due", 0.0)
    times = [1000.0, 1030.0, 1059.0, 1061.0, 1130.0]
    monkeypatch.setattr(log_line.time, "monotonic", lambda: times.pop(0))
    while times:
        log_line.tell()
    assert len(lines) == 3


def test_it_can_be_left_out(monkeypatch):
    lines = []
    monkeypatch.setattr(log_line.LOG, "info", lines.append)
    monkeypatch.setattr(log_line, "_due", 0.0)
    monkeypatch.setattr(log_line, "EVERY", 0)
    log_line.tell()
    assert not lines
