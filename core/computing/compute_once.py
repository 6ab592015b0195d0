"""Results that are computed once, however many threads ask for them at the same time."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import wraps
from typing import TypeVar

R = TypeVar("R")
CORES = threading.BoundedSemaphore(os.cpu_count() or 1)
"""One for each result in work, of all functions together: so many of them take memory at once."""


def once(most: int) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Keep the last `most` results of a function; whoever asks for one that is in work waits for it.

    Its arguments are hashable and given by position. What it raises is raised to all who wait, and not kept. A
    function of `once` must not call another one: both would need a core.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        results: OrderedDict[tuple[Hashable, ...], Future[R]] = OrderedDict()
        lock = threading.Lock()

        @wraps(function)
        def answer(*args: Hashable) -> R:
            with lock:
                mine = args not in results
                result = results.setdefault(args, Future())
                results.move_to_end(args)
                if len(results) > most:
                    results.popitem(last=False)
            if mine:
                try:
                    with CORES:
                        result.set_result(function(*args))
                except BaseException as error:
                    with lock:
                        results.pop(args, None)
                    result.set_exception(error)
            return result.result()

        return answer

    return decorate
