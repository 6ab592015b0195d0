"""Fit to this machine the two tables of costs by which the app tells beforehand what a run and what a sweep take.

    python -m bench.fit_costs [experiments of each kind]

Random experiments are trained for some steps, alone for core/experiment.py, in stacks for core/computing/stacking.py.
How often each cost counts in one is asked of the app's own estimate, which gives that number where this cost is 1 and
the others are 0; so the formula stands in one place. The costs are those, none negative, that are the least off in
proportion. Both tables are printed as they stand in the code.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.optimize import nnls

from core.computing import stacking
from core.engine.training import train, train_stack
from core.experiment import COSTS, Experiment

TIMED = 8
"""Updates of which the median is taken."""
SLOWEST = 0.2
"""Seconds an update, by the estimate, above which an experiment is not tried."""
SIZES = {"depth": (2, 60), "width": (2, 200), "batch_size": (2, 300)}


@dataclass(frozen=True)
class Sample:
    """An experiment, how many like it shared a stack, and the seconds of one core that an update of it took."""

    experiment: Experiment
    members: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Table:
    """Costs by kind: which experiments are of a kind, what an update takes by the estimate, and really."""

    costs: dict[str, tuple[float, ...]]
    choices: dict[str, list[dict[str, Any]]]
    estimate: Callable[[Sample], float]
    measure: Callable[[Sample], float]


def update_alone(sample: Sample) -> float:
    return sample.experiment.seconds / sample.experiment.steps


def update_together(sample: Sample) -> float:
    e, count = sample.experiment, stacking.PARTS * sample.members
    return stacking.seconds_together([e] * count) / (count * e.steps)


def timed(updates: Iterator[Any]) -> float:
    """Median seconds of one core for an update, without the first, which allocates, and the last, which evaluates."""
    moments = [time.process_time() for _ in islice(updates, TIMED + 1)]
    return median(np.diff(moments)) if len(moments) > 1 else float("nan")


def measure_alone(sample: Sample) -> float:
    return timed(train(sample.experiment))


def measure_together(sample: Sample) -> float:
    members = sample.experiment.seeds(sample.members)
    return timed(train_stack(members, record="outcome")) / sample.members


PLAIN = [{"optimizer": "sgd"}, {"optimizer": "momentum"}, {"clipping": "global_norm"}]
HEAVY = [{"optimizer": "adam"}, {"clipping": "adaptive"}]
NORMALIZED = [{"normalization": kind} for kind in ("batch", "layer")]
ALONE = Table(COSTS, {"light": PLAIN, "heavy": HEAVY + NORMALIZED}, update_alone, measure_alone)
TOGETHER = Table(
    stacking.COSTS,
    {kind: [{"normalization": kind, **how} for how in PLAIN + HEAVY] for kind in stacking.COSTS},
    update_together,
    measure_together,
)


def draw(choices: Sequence[dict[str, Any]], rng: np.random.Generator) -> Sample:
    """An experiment that keeps finite, its sizes drawn on a logarithmic scale."""
    while True:
        sizes = {name: int(np.exp(rng.uniform(*np.log(ends)))) for name, ends in SIZES.items()}
        kind = {
            "network": str(rng.choice(["mlp", "rnn"])),
            "activation": str(rng.choice(["tanh", "relu", "gelu"])),
        }
        e = Experiment(
            **sizes,
            **kind,
            **choices[rng.integers(len(choices))],
            init="lecun_normal",
            gain=1.0,
            lr=1e-6,
            steps=TIMED + 2,
        )
        most = min(stacking.stack_size(e), stacking.LARGEST_STACK // 4)
        sample = Sample(e, int(np.exp(rng.uniform(0, np.log(most + 1)))))
        if update_alone(sample) * max(1, sample.members / 4) < SLOWEST:
            return sample


def counts(table: Table, kind: str, samples: Sequence[Sample]) -> np.ndarray:
    """How often each cost counts in an update of each sample: (samples, costs)."""
    columns = []
    for unit in np.eye(len(table.costs[kind])):
        with patch.dict(table.costs, {kind: tuple(unit)}):
            columns.append([table.estimate(sample) for sample in samples])
    return np.array(columns).T


def fit(table: Table, kind: str, samples: Sequence[Sample]) -> np.ndarray:
    """The costs whose estimates of these samples are the least off, in proportion to what was measured."""
    proportions = counts(table, kind, samples) / [[sample.seconds] for sample in samples]
    scale = proportions.max(axis=0)
    return nnls(proportions / scale, np.ones(len(samples)))[0] / scale


def factor_off(table: Table, kind: str, samples: Sequence[Sample], costs: Sequence[float]) -> float:
    """The factor within which nine in ten of the samples are told."""
    told = counts(table, kind, samples) @ np.array(costs)
    return float(np.exp(np.quantile(np.abs(np.log(told / [s.seconds for s in samples])), 0.9)))


def main(each: int) -> None:
    rng = np.random.default_rng(0)
    for title, table in (("core/experiment.py", ALONE), ("core/computing/stacking.py", TOGETHER)):
        print(f"\n# {title}\nCOSTS = {{")
        for kind, choices in table.choices.items():
            drawn = [draw(choices, rng) for _ in range(each)]
            timings = [Sample(s.experiment, s.members, table.measure(s)) for s in drawn]
            samples = [s for s in timings if s.seconds > 0]
            costs = fit(table, kind, samples)
            written = [np.format_float_scientific(c, 1, unique=False, exp_digits=1) for c in costs]
            now, before = (factor_off(table, kind, samples, c) for c in (costs, table.costs[kind]))
            told = (
                f"nine in ten within a factor of {now:.1f}; by the table as it is, of {before:.1f}"
            )
            print(f'    "{kind}": ({", ".join(written)}),  # {told}', flush=True)
        print("}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
