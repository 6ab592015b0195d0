"""Results that are computed once, however many threads ask for them at the same time."""

import os
import threading
from collections.abc import Callable, Hashable, Iterator
from functools import wraps
from typing import Any, TypeVar

from core.computing.shared import Shared, Work

R = TypeVar("R")
Call = tuple[Callable[..., Any], tuple[Hashable, ...]]
MOST_BYTES = 16 * 2**20
CORES = threading.BoundedSemaphore(os.cpu_count() or 1)
"""One for each result in work, of all functions together: so many of them take memory at once."""


def once(function: Callable[..., R]) -> Callable[..., R]:
    """Keep a function's last results; whoever asks for one that is in work waits for it.

    Its arguments are hashable and given by position. What it raises is raised to all who wait, and not kept. A
    function of `once` must not call another one: both would need a core.
    """

    @wraps(function)
    def answer(*args: Hashable) -> R:
        (result,) = RESULTS.finished((function, args)).parts
        return result  # type: ignore[no-any-return]

    return answer


def _compute(call: Call) -> Iterator[Any]:
    function, args = call
    with CORES:
        result = function(*args)
    yield result


RESULTS: Shared[Call, Work[Any]] = Shared(lambda call: Work(_compute(call)), MOST_BYTES)
"""The process's own, of all functions."""
