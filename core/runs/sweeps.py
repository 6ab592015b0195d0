"""Many experiments at once, cell by cell as they are known: phase diagrams and fix grids.

Experiments that can share a stack are trained in one. A stack is a job for any executor of
`concurrent.futures`: threads of this process, a process pool, or a Dask cluster. Torch is imported
by the jobs only.
"""

import logging
import math
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import replace
from functools import partial
from itertools import chain, islice, product
from typing import Any, TypeVar

from core.computing.executors import default_executor, threads
from core.computing.gate import COMPUTING, Turn, Urgency
from core.computing.stacking import (
    SHAPE,
    SHARED,
    Stack,
    check_cost,
    engine_bytes,
    seconds_together,
    stacks,
    start_bytes,
)
from core.diagnosis.cell import Cell
from core.experiment import FIELDS, MOST_SECONDS, Experiment
from core.problems import ExperimentError, Problem
from core.runs.cells import STRIDES, StartCell, start_cells, train_cells

LOG = logging.getLogger(__name__)
QUICK_SECONDS = 2.0
"""Of one core. A diagram that takes less goes without the middle round: who would see it?"""
PATIENCE_SECONDS = 5.0
"""After so long without a result it is asked whether a cluster is still there."""
POLL_SECONDS = 0.05
STACKS_AHEAD = 2
"""For each core of this machine, so many stacks are computed or wait for it."""

Axis = tuple[str, Sequence[Any]]
Result = TypeVar("Result")
Left = Callable[[Stack, Future[list[Result]]], None]


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
    return run_many(experiments, executor, most_seconds, rounds)


def start_sweep(
    base: Experiment, x: Axis, y: Axis, executor: Executor | None = None
) -> Generator[StartCell, None, None]:
    """The same diagram at initialization only: one forward and one backward pass a cell.

    Raises:
        ExperimentError: as in `sweep`.
    """
    experiments, rounds = _grid(base, x, y)
    check_cost([e if e.steps == 1 else replace(e, steps=1) for e in experiments], MOST_SECONDS)
    return _run(start_cells, stacks(rounds, SHAPE, start_bytes), executor)


def run_many(
    experiments: Sequence[Experiment],
    executor: Executor | None = None,
    most_seconds: float | None = None,
    rounds: Sequence[Sequence[Experiment]] | None = None,
    idle: Callable[[], None] = lambda: None,
    left: Left[Cell] = lambda _, __: None,
) -> Generator[Cell, None, None]:
    """Train any experiments, those that can share a stack together.

    Args:
        experiments: in any order.
        executor: as in `sweep`.
        most_seconds: what all may cost, in seconds of one core. None: MOST_SECONDS for
            `default_executor()`, and no bound for one that the caller brings.
        rounds: the experiments to begin with, those that come then, and so on.
        idle: called every POLL_SECONDS while no result comes; what it raises ends the waiting.
        left: gets each stack that is being trained when the iterator is closed: it will be known all the same.

    Returns:
        The cells, each as soon as it is known.

    Raises:
        ExperimentError: at once: more work than `most_seconds`.
    """
    if most_seconds is None:
        most_seconds = MOST_SECONDS if executor is None else math.inf
    check_cost(experiments, most_seconds)
    return _run(
        train_cells, stacks(rounds or [experiments], SHARED, engine_bytes), executor, idle, left
    )


def _run(
    job: Callable[[Stack], list[Result]],
    rounds: Sequence[Sequence[Stack]],
    executor: Executor | None,
    idle: Callable[[], None] = lambda: None,
    left: Left[Result] = lambda _, __: None,
) -> Generator[Result, None, None]:
    """What the job makes of each experiment, as it is known; what has not begun is cancelled at the end.

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
                work = partial(_in_turn, job) if own else job
                running[executor.submit(work, stack)] = stack
            if not running:
                return
            alone = False
            trusted = own or named
            done = _first(running, math.inf if trusted else PATIENCE_SECONDS, idle)
            if not trusted and (lost := _lost(done)):
                LOG.warning("Without the cluster (%s) a sweep goes on on this machine.", lost)
                _leave(running)
                waiting = chain(running.values(), waiting)
                executor, running = threads(), {}
            for future in [f for f in running if f in done]:
                yield from future.result()
                del running[future]
    finally:
        _leave(running, left)


def _in_turn(job: Callable[[Stack], list[Result]], stack: Stack) -> list[Result]:
    """On this machine whoever waits for a single run comes first."""
    with COMPUTING.place(Turn(Urgency.TRIAL)):
        return job(stack)


def _first(
    running: Iterable[Future[Any]], patience: float, idle: Callable[[], None]
) -> set[Future[Any]]:
    """Those that are done as soon as one is; none where patience, in seconds, runs out before that."""
    due = time.monotonic() + patience
    while (
        not (done := wait(running, POLL_SECONDS, FIRST_COMPLETED).done) and time.monotonic() < due
    ):
        idle()
    return done


def _leave(
    running: dict[Future[list[Result]], Stack], left: Left[Result] = lambda _, __: None
) -> None:
    for future, stack in running.items():
        if not future.cancel():
            left(stack, future)


def _lost(done: Iterable[Future[Any]]) -> BaseException | str | None:
    """Why a cluster that has brought this, or nothing for long, is given up; None if it is not."""
    for future in done:
        if error := CancelledError() if future.cancelled() else future.exception():
            return error
    return "it is gone" if not done and default_executor() is threads() else None


def _grid(base: Experiment, x: Axis, y: Axis) -> tuple[list[Experiment], list[list[Experiment]]]:
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
    rounds: dict[int, list[Experiment]] = {stride: [] for stride in strides}
    for (i, j), experiment in zip(places, experiments, strict=True):
        rounds[next(s for s in strides if i % s == j % s == 0)].append(experiment)
    return experiments, list(rounds.values())
