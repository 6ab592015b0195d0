"""A training as it was logged, moment by moment: a run of ours, or somebody's log. Diagnosis reads nothing else.

pandas comes with the first trace: a sweep's worker, which needs none, does not wait for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.experiment import Experiment
from core.steps import Float64s, Lost, Step, growth
from core.tasks import task_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers as they were logged in turn, and their steps; of a layer or matrix (from 1), or of all together."""

    steps: Float64s
    values: Float64s
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What else is to be said of a log: a key of content, and what fills the sentence's slots."""

    key: str
    slots: Mapping[str, float | str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """What was logged of a training. Every series is optional.

    frame: a row a moment, a column a series of the whole network: step, loss, grad_norm, lr, ...; float64, NaN where
        nothing was logged.
    logged: booleans of the same shape, whether something was: a NaN that was logged is data.
    by_layer: series with a value for each layer, or each weight matrix, input side first: (moments, layers).
    lost: what stopped being finite at the last moment, where that is known.
    format, columns, notes: of a log, what it was taken for, its name of each series, and what else is to be said.
    choices, runs, layers: of a log, all names that a series can be taken from, the runs in it, and the layers of
        `by_layer`, as it calls them.
    """

    frame: "pd.DataFrame"
    logged: "pd.DataFrame"
    by_layer: Mapping[str, Float64s] = field(default_factory=dict)
    lost: Lost | None = None
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    choices: Sequence[str] = ()
    runs: Sequence[str] = ()
    layers: Sequence[str] = ()

    @classmethod
    def of(cls, steps: Sequence[Step], experiment: Experiment) -> "Trace":
        """Of a run, one step at least; `growth` is the signal's at its start."""
        import pandas as pd

        start = [growth(steps[0].signal_norms)] + [np.nan] * (len(steps) - 1)
        frame = pd.DataFrame(
            {
                "step": [float(step.index) for step in steps],
                "loss": [step.loss for step in steps],
                "grad_norm": [step.grad_norm for step in steps],
                "lr": experiment.lr,
                "growth": start,
            },
            dtype=np.float64,
        )
        logged = pd.DataFrame(True, frame.index, frame.columns)
        logged["growth"] = frame.index == 0
        return cls(
            frame=frame, logged=logged, by_layer=_by_layer(steps, experiment), lost=steps[-1].lost
        )

    def series(self, *names: str) -> list[Series]:
        """All that were logged of these names; "lost" is the loss when something stopped being finite."""
        return [series for name in names for series in self._series(name)]

    def _series(self, name: str) -> Iterator[Series]:
        steps = self.frame["step"].to_numpy()
        if name in self.by_layer:
            for number, values in enumerate(self.by_layer[name].T, start=1):
                yield Series(steps, values, number)
        elif name == "lost" and self.lost is not None:
            yield Series(steps[-1:], self.frame["loss"].to_numpy()[-1:], self.lost.layer)
        elif name in self.frame:
            there = self.logged[name].to_numpy()
            yield Series(steps[there], self.frame[name].to_numpy()[there])


def _by_layer(steps: Sequence[Step], experiment: Experiment) -> dict[str, Float64s]:
    """By layer or matrix: NaN where nothing can be told.

    saturated: of activations that are no longer numbers no slope can be told.
    gradient_rms: root mean square of a gradient's entries; never below the mean of their absolute values.
    update_ratios: length of the update, as it was really made, over that of the weights.
    """

    def of(name: str) -> Float64s:
        return np.array([getattr(step, name) for step in steps], dtype=np.float64)

    weights, gradients, activations = map(
        of, ("weight_norms", "weight_grad_norms", "activation_norms")
    )
    entries = _entries(experiment, weights.shape[1])
    used = (weights > 0) & np.isfinite(entries)
    with np.errstate(all="ignore"):
        return {
            "weight_norms": weights,
            "weight_grad_norms": gradients,
            "gradient_rms": gradients / np.sqrt(entries),
            "update_ratios": of("update_norms") / np.where(used, weights, np.nan),
            "saturated": np.where(np.isfinite(activations), of("saturated"), np.nan),
        }


def _entries(experiment: Experiment, matrices: int) -> Float64s:
    """Of each weight matrix; NaN where it takes no part: an RNN of one time step never uses its recurrent one."""
    features, width = (
        task_of(experiment).inputs.shape[-1],
        experiment.width,
    )
    between = np.nan if experiment.kind.recurrent and experiment.depth == 1 else width**2
    return np.array([features * width, *[between] * (matrices - 2), width])
