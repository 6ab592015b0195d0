"""Runs on pages: so many advance at once as there are places, and who came first is done first."""

import threading
import time
from functools import partial
from types import SimpleNamespace

import pyarrow as pa
import pytest

from core.charts.films import film
from core.computing.gate import Gate
from core.engine.training import train
from core.experiment import Experiment
from core.runs.store import Store
from core.text import load
from core.ui import live, state, visit
from core.ui.stage import Stage
from core.ui.visit import Visit
from tests.factories import calm

STEPS = 30


class Engine:
    """A millisecond a step; knows how many steps were in work at once, and the order in which runs ended."""

    def __init__(self):
        self.at_once = self.most_at_once = 0
        self.ended = []

    def __call__(self, experiment):
        for index in range(experiment.steps):
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            time.sleep(0.001)
            self.at_once -= 1
            if index == experiment.steps - 1:
                self.ended.append(experiment.seed)
            yield calm(index)


@pytest.fixture
def engine(monkeypatch):
    """One that all pages share; two compute at once, one draws."""
    made = Engine()
    monkeypatch.setattr(live, "STORE", Store(made))
    monkeypatch.setattr(live.st, "session_state", {})
    monkeypatch.setattr(visit, "COMPUTING", Gate(2))
    monkeypatch.setattr(visit, "DRAWING", Gate(1))
    monkeypatch.setattr("core.computing.shared.SLICE_SECONDS", 0.003)
    return made


def status():
    return SimpleNamespace(
        visit=Visit(), wait_for_engine=lambda: None, progress=lambda *_: None, ahead=lambda _: None
    )


def followed(experiments):
    """Each by a visitor of its own, all at once; how long each picture was that anybody saw."""
    seen, places = [], [status() for _ in experiments]

    def follow(experiment, place):
        live.follow(experiment, place, lambda known: seen.append((experiment.seed, len(known))))

    threads = [
        threading.Thread(target=follow, args=each, daemon=True)
        for each in zip(experiments, places, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return seen


def test_no_more_runs_advance_at_once_than_the_gate_has_places(engine):
    followed([Experiment(steps=STEPS, seed=seed) for seed in range(6)])
    assert sorted(engine.ended) == list(range(6))
    assert engine.most_at_once <= 2


def test_who_came_first_is_done_first(engine):
    followed([Experiment(steps=STEPS, seed=seed) for seed in range(12)])
    places = [engine.ended.index(seed) for seed in range(12)]
    assert sum(places[:4]) < sum(places[8:])


@pytest.mark.usefixtures("engine")
def test_everybody_sees_a_beginning_while_others_compute():
    seen = followed([Experiment(steps=STEPS, seed=seed) for seed in range(12)])
    begun = {seed for seed, length in seen if length < STEPS}
    assert len(begun) >= 6


def test_a_sudden_end_waits_for_nobody(engine):
    """Over in its first slice, while others go on; of them the first are not done yet."""
    followed([Experiment(steps=STEPS if seed < 8 else 1, seed=seed) for seed in range(12)])
    assert {engine.ended.index(seed) for seed in range(8, 12)} <= set(range(6))


@pytest.mark.usefixtures("engine")
def test_a_run_that_is_known_needs_no_place(monkeypatch):
    known = Experiment(steps=STEPS)
    steps = live.STORE.finished(known).steps
    monkeypatch.setattr(visit, "COMPUTING", Gate(0))
    assert live.follow(known, status(), lambda _: None) is steps


@pytest.mark.usefixtures("engine")
def test_a_stopped_run_stays_as_it_is_until_the_next_run():
    run = Experiment(steps=STEPS)
    watching = live.STORE.follow(run)
    next(watching)
    state.stop()
    left = len(live.follow(run, status(), lambda _: None))
    assert 0 < left < STEPS
    for _ in range(3):
        assert len(live.follow(run, status(), lambda _: None)) == left
    list(watching)  # somebody else lets it go on to its end
    assert len(live.follow(run, status(), lambda _: None)) == left
    live.STORE._items.clear()
    assert len(live.follow(run, status(), lambda _: None)) == left, "and where it was dropped"
    state.go_on()
    assert len(live.follow(run, status(), lambda _: None)) == STEPS


@pytest.mark.usefixtures("engine")
def test_after_stop_nothing_new_is_begun():
    state.stop()
    assert list(live.follow(Experiment(steps=STEPS, seed=5), status(), lambda _: None)) == []


def test_only_the_whole_pictures_rows_are_kept():
    """A run may be over while it is still drawn as one that goes on: then they are not the last."""
    run = Experiment(depth=3, width=4, steps=3, seed=4321)
    steps = list(train(run))
    lesson = SimpleNamespace(text=load("en"))
    stage = Stage(lesson)

    def rows(*, done):
        frame = partial(film.film.frame, steps, run, load("en"), done)
        return stage.rows((film.film.name, run), [steps], frame, done=done)

    begun, whole = rows(done=False), rows(done=True)
    assert not begun.equals(whole)
    assert rows(done=True) is whole
    assert whole.equals(pa.Table.from_pandas(film.film.frame(steps, run, load("en"), True)))
