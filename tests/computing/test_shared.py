"""The store that all others are: computed once, shared, handed over, dropped where memory runs short."""

import threading
from itertools import count

import numpy as np
import pytest

from core.computing.shared import LEAST_BYTES, Shared, Work, bytes_of


class Source:
    """Counts what is computed: the numbers below each key; the first waits for `go` and may fail."""

    def __init__(self):
        self.computed, self.error = [], None
        self.entered, self.go = threading.Event(), threading.Event()
        self.go.set()

    def __call__(self, key):
        for number in range(key):
            self.entered.set()
            assert self.go.wait(20)
            if self.error is not None:
                raise self.error
            self.computed.append(number)
            yield number


def a_store(source, most_bytes=10**6):
    return Shared(source, most_bytes)


def asked_at_once(ask, source, times):
    """What each of so many threads gets, or is raised to it, all of whom come while the first computes."""
    found = []

    def one():
        try:
            found.append(ask())
        except ArithmeticError as error:
            found.append(error)

    source.go.clear()
    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    assert source.entered.wait(20)
    return found, threads


def all_there(store, key, watchers):
    """Wait until so many watch."""
    for _ in range(2000):
        work = store.there([key]).get(key)
        if work and work.watchers == watchers:
            return
        threading.Event().wait(0.01)
    raise AssertionError("they never came")


def test_who_asks_for_one_key_at_once_pays_once():
    source = Source()
    store = a_store(source)
    found, threads = asked_at_once(lambda: store.finished(3), source, 2)
    all_there(store, 3, 2)
    source.go.set()
    for thread in threads:
        thread.join(20)
    assert source.computed == [0, 1, 2]
    assert found[0] is found[1]
    assert store.finished(3).parts == [0, 1, 2] == source.computed


def test_an_error_reaches_all_who_wait_and_is_not_kept():
    source = Source()
    source.error = ArithmeticError("the engine broke")
    store = a_store(source)
    found, threads = asked_at_once(lambda: store.finished(3), source, 4)
    all_there(store, 3, 4)
    source.go.set()
    for thread in threads:
        thread.join(20)
    assert found == [source.error] * 4
    source.error = None
    assert store.finished(3).parts == [0, 1, 2] == source.computed


def test_who_leaves_hands_over():
    source = Source()
    store = Steps(source)
    first, second = store.follow(5), store.follow(5)
    next(first)
    next(second)
    first.close()
    assert source.computed == [0, 1]
    assert store.there([5])[5].watchers == 1
    second.close()
    assert store.finished(5).parts == [0, 1, 2, 3, 4] == source.computed


class Steps(Shared):
    """Whose watchers take one part at a time."""

    def _drive(self, item):
        turns = count()
        return item.advance(lambda: next(turns) < 1)


def test_what_another_computes_can_be_claimed_when_it_is_let_go():
    work = Work("key", ())
    assert work.claim()
    assert work.lock.locked()
    assert not work.claim()
    assert not work.advance()
    work.lock.release()
    assert work.claim()
    work.finish("all")
    work.lock.release()
    assert work.done
    assert work.parts == ["all"]
    assert not work.claim()
    assert not work.lock.locked()


def test_the_least_recently_asked_for_is_dropped_by_its_bytes():
    part = bytes_of(1)
    store = a_store(Source(), most_bytes=3 * LEAST_BYTES + 9 * part)
    for key in (2, 3, 4, 2):
        store.finished(key)
    assert sum(work.bytes for work in store.there([2, 3, 4]).values()) == store._most_bytes
    store.there([3, 4, 2])
    store.finished(1)
    assert set(store.there([1, 2, 3, 4])) == {1, 2, 4}


def test_what_is_watched_is_never_dropped():
    store = a_store(Source(), most_bytes=1)
    with store.watched(2, 3) as watched:
        store.finished(4)
        assert store.there([2, 3, 4]) == watched
        assert store.finished(3) is watched[3]
    assert store.there([2, 3]) == {}


@pytest.mark.parametrize(
    ("thing", "least"),
    [(1.5, 24), ((1.5, 2.5), 2 * 32), (np.zeros(1000), 8000), ({"a": np.zeros(99)[:9]}, 72)],
)
def test_bytes_are_those_of_all_that_it_refers_to(thing, least):
    assert least <= bytes_of(thing) < 2 * least + 400
