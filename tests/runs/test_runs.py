"""The store: computed once, watched by many, driven by whoever is there."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from subprocess import PIPE

import pytest

from core.computing.stacking import engine_bytes
from core.experiment import Experiment
from core.runs.store import Store
from core.steps import Step


def step(index):
    one = (1.0,)
    return Step(index, 1.0, 1.0, 1.0, one, one, one, one, one, one, 0.0, 1.0)


class Engine:
    """Counts how often each step is computed; takes `seconds` a step."""

    def __init__(self, seconds=0.0, fail_at=None):
        self.computed = 0
        self.seconds, self.fail_at = seconds, fail_at
        self.at_once = self.most_at_once = 0

    def __call__(self, experiment):
        for index in range(experiment.steps):
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            time.sleep(self.seconds)
            self.at_once -= 1
            if index == self.fail_at:
                raise ArithmeticError("the engine broke")
            self.computed += 1
            yield step(index)


def test_many_watchers_pay_for_one_training():
    engine = Engine(seconds=0.001)
    store = Store(engine)
    runs = []
    threads = [
        threading.Thread(target=lambda: runs.append(store.finished(Experiment(steps=50))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert engine.computed == 50
    assert [len(run.steps) for run in runs] == [50] * 6
    assert len({id(run) for run in runs}) == 1


def test_next_watcher_goes_on_where_one_left():
    engine = Engine(seconds=0.002)
    store = Store(engine)
    for run, _ in store.follow(Experiment(steps=100)):
        if run.steps:
            break
    left = engine.computed
    assert 0 < left < 100
    assert len(store.finished(Experiment(steps=100)).steps) == 100
    assert engine.computed == 100


def test_finished_run_is_still_yielded_once():
    store = Store(Engine())
    store.finished(Experiment(steps=3))
    assert [len(run.steps) for run, _ in store.follow(Experiment(steps=3))] == [3]


def test_engine_error_reaches_every_watcher_and_a_new_try_is_possible():
    engine = Engine(fail_at=2)
    store = Store(engine)
    watching = store.follow(Experiment(steps=5))
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            store.finished(Experiment(steps=5))
    del watching
    engine.fail_at = None
    assert len(store.finished(Experiment(steps=5)).steps) == 5


class Held:
    """An engine whose every step waits until it is let go."""

    def __init__(self):
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, experiment):
        for index in range(experiment.steps):
            self.entered.set()
            assert self.go.wait(20)
            yield step(index)


def held(store, engine, experiment):
    """A thread that is in the middle of a step of this run."""
    thread = threading.Thread(target=store.finished, args=(experiment,))
    thread.start()
    assert engine.entered.wait(20)
    return thread


def test_who_follows_a_run_that_another_advances_does_not_wait_for_room():
    engine = Held()
    store = Store(engine)
    thread = held(store, engine, Experiment(steps=2))
    watching = store.follow(Experiment(steps=2))
    assert not any(next(watching)[1] for _ in range(3))
    engine.go.set()
    thread.join(20)
    assert [len(run.steps) for run, _ in watching][-1] == 2


LARGE = Experiment(depth=100, width=256, batch_size=256, steps=3, optimizer="adam", gain=1.0)
"""Two of these fit no more."""


def test_networks_in_training_must_fit_in_memory_together():
    store = Store(Engine(seconds=0.05))
    first = store.follow(replace(LARGE, seed=1))
    next(first)
    second = store.follow(replace(LARGE, seed=2))
    assert next(second)[1] is True
    assert next(store.follow(Experiment(steps=3)))[1] is False
    list(first)
    assert [waiting for _, waiting in second][-1] is False


def test_a_small_one_has_its_first_slice_where_there_is_no_room(monkeypatch):
    """Its network is given back, and made anew when there is room; no step is told twice."""
    monkeypatch.setattr("core.runs.store.MOST_ENGINE_BYTES", 0)
    store, small = Store(Engine(seconds=0.03)), Experiment(steps=20)
    large = store.follow(replace(LARGE, seed=1))
    next(large)
    watching = store.follow(small)
    run, waiting = next(watching)
    known = len(run.steps)
    assert not waiting
    assert 0 < known < 20
    assert next(watching)[1] is True
    assert len(run.steps) == known
    list(large)
    assert [waiting for _, waiting in watching][-1] is False
    assert [step.index for step in run.steps] == list(range(20))


def test_one_that_nobody_watches_makes_room():
    store = Store(Engine(seconds=0.05))
    left = store.follow(replace(LARGE, seed=1))
    next(left)
    left.close()
    assert next(store.follow(replace(LARGE, seed=2)))[1] is False


def test_one_that_nobody_watches_for_long_gives_its_network_back(monkeypatch):
    store = Store(Engine(seconds=0.05))
    for seed, (seconds, kept) in enumerate(((60.0, True), (0.0, False))):
        monkeypatch.setattr("core.runs.store.IDLE_SECONDS", seconds)
        watching = store.follow(replace(LARGE, seed=seed))
        run, _ = next(watching)
        watching.close()
        store.finished(Experiment(steps=1, seed=seed))
        assert (store.finished(replace(LARGE, seed=seed)) is run) is kept


def test_what_a_run_holds_is_about_what_is_said():
    """By the kernel's own count of the memory of a process that trains it."""
    code = "; ".join(
        (
            "from tests.runs.test_runs import LARGE",
            "from tests.measures import resident",
            "from core.engine.training import train",
            "from core.experiment import Experiment",
            "list(train(Experiment(steps=2)))",
            "before = resident()",
            "run = train(LARGE)",
            "next(run)",
            "print(resident() - before)",
        )
    )
    held = int(subprocess.run([sys.executable, "-c", code], stdout=PIPE, check=True).stdout)
    assert engine_bytes(LARGE) == pytest.approx(held, rel=0.3)


def test_oldest_is_dropped_but_never_while_watched():
    engine = Engine()
    first = Experiment(steps=200, seed=1)
    store = Store(engine, most_bytes=1)
    watching = store.follow(first)
    run, _ = next(watching)
    store.finished(Experiment(steps=200, seed=2))
    store.finished(Experiment(steps=200, seed=3))
    assert store.finished(first) is run
    watching.close()
    before = engine.computed
    store.finished(Experiment(steps=200, seed=4))
    store.finished(first)
    assert engine.computed == before + 400
