"""A result is computed once, whoever asks for it and when."""

import threading

import pytest

from core.computing.gate import COMPUTING
from core.computing.shared import LEAST_BYTES, RESULTS, once


def test_many_who_ask_at_once_pay_for_one():
    entered, go = threading.Event(), threading.Event()
    calls, found = [], []

    @once
    def slow(x):
        calls.append(x)
        entered.set()
        assert go.wait(20)
        return 2 * x

    threads = [threading.Thread(target=lambda: found.append(slow(3))) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert entered.wait(20)
    go.set()
    for thread in threads:
        thread.join(20)
    assert calls == [3]
    assert found == [6] * 6
    assert slow(3) == 6
    assert calls == [3]


def test_the_least_recently_asked_for_is_forgotten(monkeypatch):
    calls = []
    monkeypatch.setattr(RESULTS, "_most_bytes", 3 * LEAST_BYTES - 1)

    @once
    def seen(x):
        calls.append(x)
        return x

    for x in (1, 2, 1, 3, 1, 2):
        assert seen(x) == x
    assert calls == [1, 2, 3, 2]


def test_an_error_is_raised_and_not_kept():
    broken = [True]

    @once
    def fails(x):
        if broken[0]:
            raise ArithmeticError("the engine broke")
        return x

    for _ in range(2):
        with pytest.raises(ArithmeticError, match="broke"):
            fails(1)
    broken[0] = False
    assert fails(1) == 1


def test_no_more_are_in_work_than_there_are_cores():
    most, now, lock = [0], [0], threading.Lock()
    cores = COMPUTING._free
    meet = threading.Barrier(cores)

    @once
    def busy(x):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        if x < cores:
            meet.wait(20)
        with lock:
            now[0] -= 1

    threads = [threading.Thread(target=busy, args=(x,)) for x in range(3 * cores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most[0] == cores
    assert COMPUTING._free == cores
