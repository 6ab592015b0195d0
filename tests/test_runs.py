"""The store: computed once, watched by many, driven by whoever is there."""

import threading
import time

import pytest

from core.experiment import Experiment
from core.runs import Store
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


def test_no_more_runs_advance_at_once_than_there_are_slots():
    engine = Engine(seconds=0.003)
    store = Store(engine, slots=2)
    threads = [
        threading.Thread(target=store.finished, args=(Experiment(steps=15, seed=seed),))
        for seed in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert engine.computed == 6 * 15
    assert engine.most_at_once <= 2


def test_who_waits_is_told():
    store = Store(Engine(seconds=0.3), slots=1)
    thread = threading.Thread(target=store.finished, args=(Experiment(steps=2, seed=1),))
    thread.start()
    time.sleep(0.1)
    waited = [waiting for _, waiting in store.follow(Experiment(steps=1, seed=2))]
    thread.join(20)
    assert waited[0] is True
    assert waited[-1] is False


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
