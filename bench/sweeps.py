"""Diagrams against the same trainings in a loop, and against JAX.

All of a round run one after the other, so that what else the machine does hits all of them. A
diagram is computed by the app's own threads, which take turns with Python's lock, and by a pool of
processes, which do not. The loop's time is that of CELLS cells, spread over the diagram, times
their share: it costs as much for one cell as for any other of its depth.
"""

import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from statistics import median

import numpy as np
import torch

from bench.rivals import tutorial
from core.computing.stacking import stack_size
from core.experiment import Experiment
from core.runs.sweeps import Axis, start_sweep, sweep

ROUNDS = 3
CELLS = 20
COARSE = 25
BASE = Experiment(activation="tanh", init="lecun_normal", gain=1.0, depth=10, lr=0.01, steps=100)
GAIN: Axis = ("gain", np.linspace(0.5, 3.0, 20).tolist())
LR: Axis = ("lr", np.logspace(-4, -1, 20).tolist())
DEPTH: Axis = ("depth", range(1, 21))
START = (("gain", np.linspace(0.5, 3.0, 40).tolist()), ("depth", range(11, 51)))


@dataclass(frozen=True)
class Diagram:
    """A diagram of 20 x 20; times: how many times as fast as the loop it is to be, and as JAX."""

    width: int
    y: Axis
    times: float
    times_jax: float | None = None

    @property
    def base(self) -> Experiment:
        return replace(BASE, width=self.width, batch_size=self.width)

    def cells(self) -> list[Experiment]:
        return [replace(self.base, gain=g, **{self.y[0]: v}) for g in GAIN[1] for v in self.y[1]]


DIAGRAMS_RACED = (
    Diagram(16, LR, 60, times_jax=2),
    Diagram(16, DEPTH, 40),
    Diagram(32, LR, 20),
    Diagram(64, LR, 8),
)


def ours(diagram: Diagram, executor: Executor | None = None) -> tuple[float, float]:
    """Seconds until the first coarse picture, and until the whole one."""
    start = time.perf_counter()
    cells = sweep(diagram.base, GAIN, diagram.y, executor)
    list(islice(cells, COARSE))
    coarse = time.perf_counter() - start
    assert sum(1 for _ in cells) == 400 - COARSE
    return coarse, time.perf_counter() - start


def loop(diagram: Diagram) -> float:
    """Seconds of the tutorial's training, one cell after the other, by a sample."""
    torch.set_num_threads(1)
    cells = diagram.cells()
    sample = [cells[k] for k in np.linspace(0, len(cells) - 1, CELLS).round().astype(int)]
    start = time.perf_counter()
    for cell in sample:
        tutorial(cell)
    layers = sum(cell.depth for cell in cells) / sum(cell.depth for cell in sample)
    return (time.perf_counter() - start) * layers


def ready(_: int) -> None:
    """Load the engine, as a pool that is kept has long done, and be busy until the others have work."""
    import core.engine.training  # noqa: F401

    time.sleep(0.2)


def products_alone(diagram: Diagram) -> float:
    """Seconds that one core needs for the diagram's matrix products and nothing else."""
    torch.set_num_threads(1)
    base = diagram.base
    members = stack_size(base)
    a, b = torch.randn(2, members, base.width, base.width)
    out, calls = torch.empty_like(a), 3 * base.depth * base.steps // 10
    start = time.perf_counter()
    for _ in range(calls):
        torch.bmm(a, b, out=out)
    return (time.perf_counter() - start) * 10 * len(diagram.cells()) / members


def race(diagram: Diagram, pool: Executor) -> None:
    rounds = []
    for _ in range(ROUNDS):
        coarse, whole = ours(diagram)
        _, pooled = ours(diagram, pool)
        others = loop(diagram), jax_seconds(diagram), products_alone(diagram)
        rounds.append((coarse, whole, pooled, *others))
    coarse, whole, pooled, theirs, jax, least = map(median, zip(*rounds, strict=True))
    least /= os.cpu_count() or 1
    size = f"width {diagram.width}, batch {diagram.width}"
    print(f"\nDiagram of gain x {diagram.y[0]}, 20 x 20, {BASE.steps} steps, SGD, {size}")
    print(
        f"  coarse after {coarse:.2f} s, complete after {whole:.2f} s; by processes {pooled:.2f} s"
    )
    print(
        f"  tutorial loop {theirs:.1f} s: {theirs / whole:.0f}x, by processes "
        f"{theirs / pooled:.1f}x (target {diagram.times:g}x)"
    )
    print(
        f"  the matrix products alone, on all cores {least:.2f} s: none exceeds {theirs / least:.0f}x"
    )
    if diagram.times_jax:
        print(
            f"  JAX, with compilation {jax:.2f} s: {jax / whole:.1f}x (target {diagram.times_jax:g}x)"
        )


def jax_seconds(diagram: Diagram) -> float:
    """Seconds of vmap and jit over all cells at once, compilation included; NaN where not asked for."""
    if diagram.times_jax is None:
        return float("nan")
    from bench.rivals import jax_sweep

    cells = diagram.cells()
    start = time.perf_counter()
    jax_sweep(cells)
    return time.perf_counter() - start


def at_initialization() -> None:
    base = replace(BASE, width=32, batch_size=32)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        assert sum(1 for _ in start_sweep(base, *START)) == 1600
        times.append(time.perf_counter() - start)
    print("\nDiagram of gain x depth (11 to 50) at initialization, 40 x 40, width 32, batch 32")
    print(f"  complete after {median(times):.2f} s (target 1 s)")


def main() -> None:
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(ready, range(2 * (os.cpu_count() or 1))))
        for diagram in DIAGRAMS_RACED:
            race(diagram, pool)
    at_initialization()


if __name__ == "__main__":
    main()
