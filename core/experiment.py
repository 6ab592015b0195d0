"""An experiment: every choice a visitor can make, as one frozen, validated value.

It is the key of everything: the URL, the store of runs, the charts and the generated code. The tables
below and those of kinds and activations beside load without torch; everything else reads them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from numbers import Real
from typing import Any

from core.activations import ACTIVATIONS
from core.initializations import INITS
from core.kinds import KINDS, Kind
from core.problems import ExperimentError, Problem

NORMALIZATION_EPS = 1e-5
"""What a normalization adds to a variance before it takes the root: torch's default."""
NORMALIZATIONS = ("none", "batch", "layer")
OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
CLIPPINGS = ("none", "value", "norm", "global_norm", "adaptive")
SCALINGS = ("standardized", "raw")

CHOICES: dict[str, tuple[str, ...]] = {
    "network": tuple(KINDS),
    "task": tuple(task for kind in KINDS.values() for task in kind.tasks),
    "activation": tuple(ACTIVATIONS),
    "init": tuple(INITS),
    "normalization": NORMALIZATIONS,
    "optimizer": OPTIMIZERS,
    "clipping": CLIPPINGS,
    "scaling": SCALINGS,
}
RANGES: dict[str, tuple[float, float]] = {
    "depth": (1, 100),
    "width": (1, 256),
    "gain": (0.1, 5.0),
    "lr": (1e-6, 10.0),
    "clip": (1e-4, 1e4),
    "batch_size": (1, 512),
    "steps": (1, 2000),
    "seed": (0, 9999),
}
INTEGERS = ("depth", "width", "batch_size", "steps", "seed")
SIZES = ("depth", "width", "batch_size", "steps")
MOST_SECONDS = 60.0
"""What one run may cost, in seconds of one core, by the estimate of `Experiment.seconds`."""
COSTS = {
    "light": (1.6e-4, 1.6e-5, 2.8e-9, 5.6e-11, 1.0e-8),
    "heavy": (4.3e-4, 7.7e-5, 9.2e-9, 6.2e-11, 2.4e-8),
}
"""Seconds a step, a layer in it, an entry of its activations, a product for it, a weight in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One network and how it is trained.

    Raises:
        ExperimentError: a value out of its range, or a combination that cannot be trained.
    """

    network: str = "mlp"
    task: str = None  # type: ignore[assignment]  # None becomes the network's first task
    depth: int = 20
    width: int = 64
    activation: str = "relu"
    init: str = "he_normal"
    gain: float = 1.25
    normalization: str = "none"
    optimizer: str = "sgd"
    lr: float = 0.001
    clipping: str = "none"
    clip: float = 1.0
    scaling: str = "standardized"
    batch_size: int = 64
    steps: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Check each field, then what they are together."""
        if self.task is None and self.network in CHOICES["network"]:
            object.__setattr__(self, "task", self.kind.tasks[0])
        for name in CHOICES:
            _check_choice(name, getattr(self, name))
        for name in RANGES:
            object.__setattr__(self, name, _checked_number(name, getattr(self, name)))
        _check_together(self)

    @property
    def kind(self) -> Kind:
        """What is known of its kind of network."""
        return KINDS[self.network]

    @property
    def sigma_w(self) -> float:
        """Standard deviation of a square hidden (recurrent) weight times sqrt(fan_in), gain included."""
        return self.gain * INITS[self.init].std(self.width, self.width) * math.sqrt(self.width)

    @property
    def seconds(self) -> float:
        """About how long this run takes on one core, by COSTS, which bench/fit_costs.py fits to timings."""
        heavy = (
            self.normalization != "none" or self.optimizer == "adam" or self.clipping == "adaptive"
        )
        once, layer, entry, product, weight = COSTS["heavy" if heavy else "light"]
        entries = self.batch_size * self.width
        each = layer + entries * (entry + product * self.width) + weight * self.width**2
        return self.steps * (once + self.depth * each)

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> tuple["Experiment", list[Problem]]:
        """Read a URL's query. Never raises: what cannot be read takes its default and is told."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, raw in query.items():
            try:
                values[name] = _parsed(str(name), str(raw))
            except ExperimentError as error:
                problems.append(error.problem)
        while True:
            try:
                return cls(**values), problems
            except ExperimentError as error:
                problems.append(error.problem)
                for name in SIZES if error.problem.kind == "cost" else (error.problem.field,):
                    values.pop(name, None)

    def seeds(self, count: int) -> list["Experiment"]:
        """The same from this seed and from those that follow it, after the last that is allowed from 0 on."""
        allowed = int(RANGES["seed"][1]) + 1
        return [replace(self, seed=(self.seed + k) % allowed) for k in range(count)]

    def to_query(self) -> dict[str, str]:
        """The query that `from_query` reads back; only what differs from the default."""
        plain = _plain(self.network)
        query = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {k: _written(v) for k, v in query.items() if v != getattr(plain, k)}
        return ({} if self.network == _plain().network else {"network": self.network}) | kept


@cache
def _plain(network: str = "mlp") -> Experiment:
    """The default experiment of a kind of network."""
    return Experiment(network=network)


FIELDS = tuple(f.name for f in fields(Experiment))


def growth_one(experiment: Experiment) -> Experiment:
    """The same experiment with its activation's critical gain: deep in a wide network the signal keeps its size.

    Where this scheme's gain would leave the range, the scheme becomes one whose gain does not: "lecun_normal",
    whose gain is sigma_w, or "normal", whose gain is sigma_w / sqrt(width).
    """
    critical = ACTIVATIONS[experiment.activation].critical_sigma_w
    least, most = RANGES["gain"]
    for init in (experiment.init, "lecun_normal", "normal"):
        unit = replace(experiment, init=init, gain=1.0)
        gain = round(critical / unit.sigma_w, 4)
        if least <= gain <= most:
            return replace(unit, gain=gain)
    return replace(experiment, init="lecun_normal", gain=most)


def _check_choice(name: str, value: object) -> None:
    if not isinstance(value, str) or value not in CHOICES[name]:
        raise ExperimentError(Problem("choice", name, _shown(value), CHOICES[name]))


def _checked_number(name: str, value: object) -> float:
    least, most = RANGES[name]
    number = _as_float(value) if isinstance(value, Real) else math.nan
    if math.isnan(number) or isinstance(value, bool):
        raise ExperimentError(Problem("number", name, _shown(value), (least, most)))
    if not least <= number <= most:
        raise ExperimentError(Problem("range", name, _shown(value), (least, most)))
    if name not in INTEGERS:
        return number
    if not number.is_integer():
        raise ExperimentError(Problem("integer", name, _shown(value), (least, most)))
    return int(number)


def _as_float(value: Real) -> float:
    """Infinity for a number that is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _check_together(e: Experiment) -> None:
    if e.task not in e.kind.tasks:
        raise ExperimentError(Problem("task", "task", e.task, e.kind.tasks))
    if e.normalization == "batch" and e.batch_size < 2:
        raise ExperimentError(Problem("batch_of_one", "batch_size", "1"))
    if e.task == "adding" and e.depth < 2:
        raise ExperimentError(Problem("adding_depth", "depth", str(e.depth)))
    if e.seconds > MOST_SECONDS:
        fits = min(e.steps - 1, int(e.steps * MOST_SECONDS / e.seconds))
        raise ExperimentError(Problem("cost", "steps", f"{e.seconds:.0f}", (fits,)))


def _parsed(name: str, raw: str) -> Any:
    """A field's value from a URL; digits of any script are digits."""
    if name not in FIELDS:
        raise ExperimentError(Problem("unknown", _shown(name), _shown(raw)))
    if name in CHOICES:
        _check_choice(name, raw)
        return raw
    try:
        number = float(raw)  # reads Bangla digits too
    except ValueError:
        number = math.nan
    try:
        return _checked_number(name, number)
    except ExperimentError as error:
        raise ExperimentError(replace(error.problem, value=_shown(raw))) from None


def _written(value: object) -> str:
    """A value as a link carries it: 2, not 2.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(value: object) -> str:
    """At most 40 characters of whatever came; its type where it cannot be said."""
    try:
        text = str(value)
    except Exception:  # an integer of too many digits, or whatever an object raises
        text = type(value).__name__
    return text if len(text) <= 40 else text[:39] + "…"
