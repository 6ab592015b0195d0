"""What a map shows: which settings can be its axes, their values, and the small copies that it is made of."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.experiment import INTEGERS, Experiment

Axis = tuple[str, tuple[float, ...]]
"""A setting and its values."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where an axis begins, and the step (on a logarithmic one the factor) to each next value of COARSE."""

    first: float
    step: float
    log: bool = False


COARSE = 20
SCALES = {
    "gain": Scale(0.5, 0.125),
    "lr": Scale(1e-4, 10**0.25, log=True),
    "depth": Scale(2, 3),
    "width": Scale(4, 2**0.25, log=True),
    "clip": Scale(1e-3, 10 ** (1 / 3), log=True),
}
AXES = {"outcome": tuple(SCALES), "start": ("gain", "depth", "width")}
"""By kind of diagram, what can be an axis: before training nothing else matters."""
CELLS = {"outcome": COARSE, "start": 2 * COARSE}
SMALL = {"width": 32, "batch_size": 32, "steps": 100}
"""The most that the networks of a map of small copies have."""
SMALLER = {"width": 16, "batch_size": 16}
"""The same for networks deeper than DEEP. A copy is as deep as its model: depth is what multiplies."""
DEEP = 60
CLIPPED = "global_norm"
"""How a network is clipped whose threshold is an axis and that was not clipped."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a diagram shows. kind: "outcome", after training, or "start", growth at initialization."""

    kind: str
    base: Experiment
    x: Axis
    y: Axis

    def __post_init__(self) -> None:
        """The base's own values on the axes do not matter: questions that differ in them only are the same."""
        first = {name: values[0] for name, values in self.axes}
        object.__setattr__(self, "base", replace(self.base, **first))  # type: ignore[arg-type]

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Across and up."""
        return self.x, self.y

    @property
    def fields(self) -> tuple[str, str]:
        """The settings of both axes."""
        return self.x[0], self.y[0]

    @property
    def other(self) -> int:
        """Which axis is not the gain's: 0 for x, 1 for y, as in a cell's place."""
        return 1 if self.x[0] == "gain" else 0

    @property
    def upright(self) -> "Question":
        """The same networks with the axes in SCALES' order: a map and its mirror image are computed once."""
        x, y = sorted(self.axes, key=lambda axis: list(SCALES).index(axis[0]))
        return self if x is self.x else Question(self.kind, self.base, x, y)

    @property
    def size(self) -> int:
        """How many cells."""
        return len(self.x[1]) * len(self.y[1])

    def experiment(self, i: int, j: int) -> Experiment:
        """What the cell at a place is about."""
        values: dict[str, Any] = {self.x[0]: self.x[1][i], self.y[0]: self.y[1][j]}
        return replace(self.base, **values)


def axis(field: str, own: float, cells: int) -> Axis:
    """About `cells` values of a setting; the range is stretched to where the experiment's own value is."""
    scale = SCALES[field]
    onto, back = (math.log, np.exp) if scale.log else (float, np.asarray)
    first, step = onto(scale.first), onto(scale.step) * COARSE / cells
    last = first + step * (cells - 1)
    least, most = min(first, onto(own)), max(last, onto(own))
    values = back(np.linspace(least, most, cells))
    rounded = np.round(values) if field in INTEGERS else [float(f"{v:.4g}") for v in values]
    return field, tuple(dict.fromkeys(map(float, rounded)))


def question(
    experiment: Experiment, kind: str, fields: tuple[str, str], *, small: bool
) -> Question:
    """The diagram around an experiment, of networks of its own size or of small copies."""
    across, up = (axis(name, getattr(experiment, name), CELLS[kind]) for name in fields)
    return Question(kind, base(experiment, kind, fields, small=small), across, up)


def base(experiment: Experiment, kind: str, fields: tuple[str, str], *, small: bool) -> Experiment:
    """What all cells share: the experiment, without what does not matter to this kind of diagram."""
    change: dict[str, Any] = {}
    if small:
        most = SMALL | (SMALLER if experiment.depth > DEEP and "depth" not in fields else {})
        change = {k: min(getattr(experiment, k), v) for k, v in most.items()}
    if "clip" in fields and experiment.clipping == "none":
        change["clipping"] = CLIPPED
    if kind == "start":
        change["steps"] = 1
        plain = Experiment()
        change |= {k: getattr(plain, k) for k in ("optimizer", "lr", "clipping", "clip")}
    return replace(experiment, **change)
