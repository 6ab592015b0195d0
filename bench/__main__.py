"""`make bench`: medians and ratios of one run side by side, one torch thread for all.

The rivals take turns in rounds, so that what else the machine does hits all of them.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch

from bench.rivals import engine, engine_unrecorded, keras_torch, products_alone, tutorial
from core.engine.propagation import propagate
from core.engine.training import Trainer
from core.experiment import Experiment
from core.tasks import Task

ROUNDS = 5
MLP = Experiment(
    activation="tanh", init="lecun_normal", gain=1.0, lr=0.001, depth=30, width=64, steps=200
)
RNN = replace(MLP, network="rnn", task="co2", depth=100, batch_size=32, steps=40)
PLAYGROUND = Experiment(
    activation="tanh", init="xavier_normal", gain=1.0, lr=0.03, depth=3, width=8, batch_size=10
)


@dataclass(frozen=True)
class Race:
    """One training and the rivals that run it; targets: least times as fast as the rival."""

    title: str
    experiment: Experiment
    targets: dict[Callable[[Experiment], int], float]


RACES = (
    Race("MLP, SGD: depth 30, width 64, batch 64", MLP, {tutorial: 4.5, keras_torch: 10}),
    Race("MLP, Adam, the same", replace(MLP, optimizer="adam"), {tutorial: 6, keras_torch: 10}),
    Race("RNN, SGD: 100 time steps, width 64, batch 32", RNN, {tutorial: 5, keras_torch: 15}),
)


def seconds(run: Callable[[Experiment], int], experiment: Experiment) -> float:
    torch.set_num_threads(1)
    start = time.perf_counter()
    run(experiment)
    return time.perf_counter() - start


def race(entry: Race) -> None:
    runners = (engine, engine_unrecorded, products_alone, *entry.targets)
    times: dict[Callable[[Experiment], int], list[float]] = {run: [] for run in runners}
    for run in runners:
        seconds(run, replace(entry.experiment, steps=3))
    for _ in range(ROUNDS):
        for run in runners:
            times[run].append(seconds(run, entry.experiment) / entry.experiment.steps)
    ours, bare = median(times[engine]), median(times[engine_unrecorded])
    print(f"\n{entry.title}: {entry.experiment.steps} steps, median of {ROUNDS} rounds")
    print(f"  {'':34}{'ms a step':>10}{'engine is':>12}{'target':>10}")
    print(f"  {'engine, everything recorded':34}{1e3 * ours:>10.2f}")
    for run, target in entry.targets.items():
        name = {tutorial: "tutorial loop", keras_torch: "Keras (torch), train_on_batch"}[run]
        ratio = median(their / our for their, our in zip(times[run], times[engine], strict=True))
        print(f"  {name:34}{1e3 * median(times[run]):>10.2f}{ratio:>11.1f}x{target:>9g}x")
    print(f"  {'engine, nothing recorded':34}{1e3 * bare:>10.2f}")
    floor = median(times[products_alone])
    most = median(times[tutorial]) / floor
    print(f"  {'the matrix products alone':34}{1e3 * floor:>10.2f}")
    print(f"  so no engine on this torch and processor exceeds {most:.1f}x the tutorial loop")
    print(f"  recording costs {ours / bare - 1:.0%} (target: under 35%)")


def circle(points: int = 500) -> Task:
    """TensorFlow Playground's first data set: a disc in a ring."""
    rng = np.random.default_rng(0)
    inner = np.arange(points) % 2 == 0
    radius = np.where(inner, rng.uniform(0, 2.5, points), rng.uniform(3.5, 5, points))
    angle = rng.uniform(0, 2 * np.pi, points)
    inputs = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return Task(inputs, np.where(inner, 1.0, -1.0)[:, None], trivial_loss=1.0)


def playground() -> None:
    """Epochs a second at the size of TensorFlow Playground's largest usual network."""
    data = circle()
    batches = len(data.targets) // PLAYGROUND.batch_size
    rates = []
    for _ in range(ROUNDS):
        trainer = Trainer([PLAYGROUND], torch.float32, "everything", data)
        start = time.perf_counter()
        for index in range(20 * batches):
            trainer.advance(index % PLAYGROUND.steps)
        rates.append(20 / (time.perf_counter() - start))
    print("\nTensorFlow Playground's size: 2 inputs, 8-8-8 tanh, batch 10, everything recorded")
    print(f"  {median(rates):.0f} epochs of {len(data.targets)} points a second")


def propagation() -> None:
    """How long the start's chart takes: there and back through eight seeds, nothing updated."""
    experiment = Experiment(depth=50, width=64)
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        propagate(experiment, seeds=8)
        times.append(time.perf_counter() - start)
    print("\nThe signal at the start: 8 seeds, depth 50, width 64, one torch thread")
    print(f"  {median(times[1:]):.3f} s (target: under 0.3 s)")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for entry in RACES:
        race(entry)
    playground()
    propagation()
