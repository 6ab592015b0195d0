"""Many experiments at once, cell by cell as they are known: phase diagrams and fix grids.

Experiments that can share a stack are trained in one. A stack is a job for any executor of
`concurrent.futures`: threads of this process, a process pool, or a Dask cluster. Torch is imported
by the jobs only.
"""

import logging
import math
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice, pairwise, product
from typing import Any, TypeVar

from core.computing.executors import default_executor, threads
from core.computing.stacking import (
    SHAPE,
    SHARED,
    check_cost,
    engine_bytes,
    group,
    seconds_together,
    stack_size,
    start_bytes,
)
from core.diagnosis.cell import Cell
from core.experiment import FIELDS, MOST_SECONDS, Experiment
from core.problems import ExperimentError, Problem
from core.runs.cells import STRIDES, StartCell, start_cells, train_cells

LOG = logging.getLogger(__name__)
QUICK_SECONDS = 2.0
"""Of one core. A diagram that takes less goes without the middle round: who would see it?"""
LEAST_PART = 8
"""Fewer cells than this are not divided among the cores."""
PATIENCE_SECONDS = 5.0
"""After so long without a result it is asked whether a cluster is still there."""
POLL_SECONDS = 0.05
STACKS_AHEAD = 2
"""For each core of this machine, so many stacks are computed or wait for it."""

Axis = tuple[str, Sequence[Any]]
Stack = list[tuple[int, Experiment]]
Result = TypeVar("Result")


def sweep(
    base: Experiment,
    x: Axis,
    y: Axis,
    executor: Executor | None = None,
    most_seconds: float | None = None,
) -> Generator[Cell, None, None]:
    """Train every combination of two settings' values, coarse first and then fine.

    Args:
        base: what all cells share.
        x: a setting of an Experiment and its values, such as ("gain", [0.5, 1.0, 1.5]).
        y: another one.
        executor: who trains; `default_executor()` if None. Any of `concurrent.futures`, also a Dask
            client's `get_executor()`.
        most_seconds: as in `run_many`.

    Returns:
        The cells, a round of STRIDES after the other, each as soon as it is known. Closing the
        iterator cancels what has not begun.

    Raises:
        ExperimentError: at once: two axes that are none or the same, a combination that cannot be
            trained, or more work than `most_seconds`.
    """
    experiments, rounds = _grid(base, x, y)
    cells = run_many(experiments, executor, most_seconds, rounds)
    return _values(cells)


def start_sweep(
    base: Experiment, x: Axis, y: Axis, executor: Executor | None = None
) -> Generator[StartCell, None, None]:
    """The same diagram at initialization only: one forward and one backward pass a cell.

    Raises:
        ExperimentError: as in `sweep`.
    """
    experiments, rounds = _grid(base, x, y)
    check_cost([e if e.steps == 1 else replace(e, steps=1) for e in experiments], MOST_SECONDS)
    stacks = _stacks(experiments, rounds, SHAPE, start_bytes)
    return _values(_run(start_cells, stacks, executor))


def run_many(
    experiments: Sequence[Experiment],
    executor: Executor | None = None,
    most_seconds: float | None = None,
    rounds: Sequence[Sequence[int]] | None = None,
    idle: Callable[[], None] | None = None,
) -> Generator[tuple[int, Cell], None, None]:
    """Train any experiments, those that can share a stack together.

    Args:
        experiments: in any order.
        executor: as in `sweep`.
        most_seconds: what all may cost, in seconds of one core. None: MOST_SECONDS for
            `default_executor()`, and no bound for one that the caller brings.
        rounds: indices of the experiments to begin with, of those that come then, and so on.
        idle: called every POLL_SECONDS while no result comes; what it raises ends the waiting.

    Returns:
        (index, cell) as soon as it is known.

    Raises:
        ExperimentError: at once: more work than `most_seconds`.
    """
    if most_seconds is None:
        most_seconds = MOST_SECONDS if executor is None else math.inf
    check_cost(experiments, most_seconds)
    stacks = _stacks(experiments, rounds or [range(len(experiments))], SHARED, engine_bytes)
    return _run(train_cells, stacks, executor, idle)


def _run(
    job: Callable[[Sequence[Experiment]], list[Result]],
    rounds: Sequence[Sequence[Stack]],
    executor: Executor | None,
    idle: Callable[[], None] | None = None,
) -> Generator[tuple[int, Result], None, None]:
    """(index, what the job makes of it) as it is known; what has not begun is cancelled at the end.

    This process's own threads get few stacks ahead: a sweep that nobody takes from comes to rest, and two
    sweeps take turns. A coarse picture that is one stack they get alone: beside another it takes twice as long.
    Where a cluster that was not the caller's choice fails they go on, from what is known.
    """
    named, executor = executor is not None, executor or default_executor()
    waiting = chain.from_iterable(rounds)
    running: dict[Future[list[Result]], Stack] = {}
    alone = len(rounds[0]) == 1
    try:
        while True:
            own = executor is threads()
            ahead = STACKS_AHEAD * (os.cpu_count() or 1) if own else sum(map(len, rounds))
            for stack in islice(waiting, (1 if own and alone else ahead) - len(running)):
                running[executor.submit(job, [e for _, e in stack])] = stack
            if not running:
                return
            alone = False
            patience = None if own or named else PATIENCE_SECONDS
            done = _first(running, patience, idle)
            error = next(filter(None, map(_error, done)), None)
            gone = not done and default_executor() is threads()
            if patience and (error or gone):
                LOG.warning(
                    "Without the cluster (%s) a sweep goes on on this machine.",
                    error or "it is gone",
                )
                _cancel(running)
                waiting = chain([*running.values()], waiting)
                executor, running = threads(), {}
            for future in [f for f in running if f in done]:
                indices = (i for i, _ in running.pop(future))
                yield from zip(indices, future.result(), strict=True)
    finally:
        _cancel(running)


def _first(
    running: Iterable[Future[Any]], patience: float | None, idle: Callable[[], None] | None
) -> set[Future[Any]]:
    """Those that are done as soon as one is; none where patience, in seconds, runs out before that."""
    if idle is None:
        return wait(running, patience, FIRST_COMPLETED).done
    due = time.monotonic() + (math.inf if patience is None else patience)
    while not (done := wait(running, POLL_SECONDS, FIRST_COMPLETED).done):
        idle()
        if time.monotonic() > due:
            break
    return done


def _error(done: Future[Any]) -> BaseException | None:
    return CancelledError() if done.cancelled() else done.exception()


def _cancel(futures: Iterable[Future[Any]]) -> None:
    for future in futures:
        future.cancel()


def _values(pairs: Generator[tuple[int, Result], None, None]) -> Generator[Result, None, None]:
    with closing(pairs):
        for _, value in pairs:
            yield value


def _grid(base: Experiment, x: Axis, y: Axis) -> tuple[list[Experiment], list[list[int]]]:
    """Every combination, and the rounds in which they come."""
    free = list(FIELDS)
    for name, _ in (x, y):
        if name not in free:
            raise ExperimentError(Problem("choice", "axis", name, tuple(free)))
        free.remove(name)
    places = list(product(range(len(x[1])), range(len(y[1]))))
    values: list[dict[str, Any]] = [{x[0]: x[1][i], y[0]: y[1][j]} for i, j in places]
    experiments = [replace(base, **pair) for pair in values]
    quick = seconds_together(experiments) < QUICK_SECONDS
    strides = (STRIDES[0], STRIDES[-1]) if quick else STRIDES
    rounds: dict[int, list[int]] = {stride: [] for stride in strides}
    for index, (i, j) in enumerate(places):
        rounds[next(s for s in strides if i % s == j % s == 0)].append(index)
    return experiments, list(rounds.values())


def _stacks(
    experiments: Sequence[Experiment],
    rounds: Sequence[Sequence[int]],
    alike: Sequence[str],
    held: Callable[[Experiment], int],
) -> list[list[Stack]]:
    """Each round's experiments that agree in what stacks share, cut to size, those of like depth together.

    A coarse picture is not divided among the cores: two small stacks that take turns with Python's lock take longer
    than one.
    """
    found = []
    for number, chosen in enumerate(rounds):
        coarse = number == 0 and len(rounds) > 1
        stacks: list[Stack] = []
        groups: dict[tuple[Any, ...], list[int]] = {}
        for index in chosen:
            groups.setdefault(group(experiments[index], alike), []).append(index)
        for own in groups.values():
            own.sort(key=lambda index: -experiments[index].depth)
            size = stack_size(experiments[own[0]], held)
            parts = _parts(len(own), size, 1 if coarse else os.cpu_count() or 1)
            stacks += [[(i, experiments[i]) for i in part] for part in _cut(own, parts)]
        found.append(stacks)
    return found


def _parts(cells: int, size: int, cores: int) -> int:
    """How many stacks: as many as cells ask for, and equally many for every core."""
    parts = math.ceil(cells / size)
    return parts if cells < LEAST_PART * cores else math.ceil(parts / cores) * cores


def _cut(cells: list[int], parts: int) -> Iterator[list[int]]:
    """Consecutive parts of about equal size."""
    ends = [len(cells) * part // parts for part in range(parts + 1)]
    return (cells[start:stop] for start, stop in pairwise(ends))
