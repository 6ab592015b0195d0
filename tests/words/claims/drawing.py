"""Experiments of all kinds, drawn: above all those of which an app is likely to say something that is not so."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.activations import ACTIVATIONS
from core.experiment import Experiment
from core.initializations import INITS
from core.presets import NEGATIVES, PRESETS
from core.problems import ExperimentError

MOST_SECONDS = 0.08
"""Of one run, by the app's own estimate: each experiment is trained some ten times."""
CLIPPING = ("value", "norm", "global_norm", "adaptive")
NAMED = (
    "optimizer=adam&gain=2",
    "gain=1&lr=1&steps=1",
    "depth=3&width=16&gain=1&batch_size=1&lr=0.003&steps=100&seed=53",
    "depth=2&width=32&activation=linear&gain=2&optimizer=rmsprop&lr=0.0674&clipping=adaptive&steps=50&seed=8395",
    "depth=60&gain=2&optimizer=adam",
    "depth=18&init=normal&gain=1&optimizer=adam",
    "depth=1&gain=2&lr=0.03&steps=50",
    "depth=3&width=4&gain=1&lr=1.5&steps=100",
    "normalization=batch&steps=1&lr=1e-5",
    "normalization=layer&width=1&lr=10&steps=30",
    "normalization=batch&width=2&batch_size=8&lr=10&steps=30",
    "width=16&activation=sigmoid&optimizer=adam&lr=0.00613&batch_size=1&steps=50&seed=7274",
    "task=sine&width=8&lr=0.1&batch_size=32&seed=4",
)
"""Of which something that is not so was said once."""

Rng = random.Random
Kind = Callable[[Rng], dict[str, object]]


def _log(rng: Rng, least: float, most: float) -> float:
    """Between two powers of ten."""
    return float(f"{10 ** rng.uniform(least, most):.3g}")


def _small(rng: Rng) -> dict[str, object]:
    """Any network, neither large nor long."""
    return {
        "depth": rng.choice((2, 3, 5, 8, 12, 20)),
        "width": rng.choice((4, 8, 16, 32)),
        "activation": rng.choice(tuple(ACTIVATIONS)),
        "init": rng.choice(tuple(INITS)),
        "gain": rng.choice((0.5, 1, 1, 1.25, 1.5, 2)),
        "lr": _log(rng, -3.5, 0),
        "task": rng.choice(("diabetes", "sine")),
        "batch_size": rng.choice((8, 16, 32, 64)),
        "steps": rng.choice((10, 20, 40, 80, 150)),
        "seed": rng.randrange(10_000),
    }


def _recurrent(rng: Rng) -> dict[str, object]:
    return _small(rng) | {
        "network": "rnn",
        "task": rng.choice(("co2", "adding")),
        "depth": rng.choice((2, 3, 6, 12, 24)),
        "width": rng.choice((2, 8, 16)),
        "steps": rng.choice((1, 10, 30, 60)),
    }


KINDS: dict[str, Kind] = {
    "any": _small,
    "chain": lambda r: _small(r) | {
        "depth": r.choice((12, 20, 30)), "activation": r.choice(("relu", "linear", "gelu")),
        "init": "he_normal", "gain": r.choice((1.1, 1.25, 1.5)), "lr": _log(r, -3.5, -2),
    },
    "overshoot": lambda r: _small(r) | {
        "activation": "tanh", "init": r.choice(("lecun_normal", "orthogonal", "xavier_normal")),
        "gain": r.choice((1, 1.5, 2)), "lr": _log(r, -1.3, 0.3), "steps": 60, "width": 32,
    },
    "before": lambda r: _small(r) | {
        "depth": r.choice((12, 20, 40)), "init": r.choice(("normal", "he_normal")),
        "gain": r.choice((2, 3, 5)), "lr": _log(r, -6, -3), "steps": r.choice((2, 20)),
        "optimizer": r.choice(("sgd", "adam", "rmsprop", "momentum")),
    },
    "one_step": lambda r: _small(r) | {
        "steps": 1, "lr": _log(r, -3, 1), "optimizer": r.choice(("sgd", "adam", "rmsprop")),
    },
    "batch_of_one": lambda r: _small(r) | {
        "batch_size": 1, "optimizer": r.choice(("sgd", "adam", "momentum")), "lr": _log(r, -3, -1),
    },
    "dead": lambda r: _small(r) | {
        "activation": r.choice(("relu", "relu", "tanh", "sigmoid")), "width": r.choice((1, 2, 4)),
        "depth": r.choice((8, 20, 40)), "lr": _log(r, -2, 0.5), "optimizer": r.choice(("sgd", "momentum", "adam")),
        "clipping": r.choice(("none", "value", "global_norm")),
    },
    "vanishing": lambda r: _small(r) | {
        "init": r.choice(("torch_default", "xavier_uniform")), "gain": r.choice((0.1, 0.3, 1)),
        "depth": r.choice((12, 40, 80)), "width": 8, "activation": r.choice(("relu", "sigmoid", "tanh")),
        "optimizer": r.choice(("sgd", "rmsprop")),
    },
    "adaptive": lambda r: _small(r) | {
        "clipping": "adaptive", "clip": _log(r, -3, 0.5), "optimizer": r.choice(("sgd", "adam", "rmsprop")),
        "gain": r.choice((1, 1.5, 2)), "lr": _log(r, -3, 0),
    },
    "clipped": lambda r: _small(r) | {
        "clipping": r.choice(CLIPPING), "clip": _log(r, -4, 4), "gain": r.choice((1, 1.25, 2)),
        "optimizer": r.choice(("sgd", "momentum", "adam", "rmsprop")), "lr": _log(r, -2, 0.5),
    },
    "recurrent": _recurrent,
    "recurrent_far": lambda r: _recurrent(r) | {
        "gain": r.choice((1.5, 2, 3)), "lr": _log(r, -2, 0), "init": r.choice(("orthogonal", "normal")),
        "activation": r.choice(("tanh", "relu")), "steps": 60,
    },
    "one_time_step": lambda r: _recurrent(r) | {"depth": 1, "task": "co2", "lr": _log(r, -2, 1)},
    "tiny": lambda r: _small(r) | {"width": r.choice((1, 2)), "depth": r.choice((1, 2, 6)), "lr": _log(r, -2, 1)},
    "wide": lambda r: _small(r) | {
        "width": r.choice((128, 256)), "depth": r.choice((2, 4)), "steps": 10, "batch_size": 16,
    },
    "batch_norm": lambda r: _small(r) | {
        "normalization": "batch", "depth": r.choice((1, 3, 12, 30)), "batch_size": r.choice((2, 8, 32)),
        "lr": _log(r, -3, 1), "steps": r.choice((1, 5, 30, 60)), "optimizer": r.choice(("sgd", "adam")),
        "init": "he_normal",
    },
    "layer_norm": lambda r: _small(r) | {
        "normalization": "layer", "lr": _log(r, -2, 1), "width": r.choice((2, 16)),
        "depth": r.choice((1, 3, 12, 30)), "network": "mlp",
    },
    "memory": lambda r: _small(r) | {
        "optimizer": r.choice(("adam", "rmsprop")), "depth": r.choice((20, 40, 60)), "width": 16,
        "activation": r.choice(("relu", "linear", "tanh")), "init": r.choice(("normal", "he_normal")),
        "gain": r.choice((1, 1.7, 2.5, 3)), "lr": _log(r, -5, -2), "batch_size": 16, "steps": 20,
    },
    "beyond": lambda r: _small(r) | {
        "activation": r.choice(("tanh", "relu", "linear", "tanh")), "init": "normal",
        "gain": r.choice((1, 2, 5)), "depth": r.choice((30, 60, 100)), "width": 32, "batch_size": 8,
        "clipping": r.choice(("none", "global_norm")), "steps": 20, "lr": _log(r, -6, -1),
    },
    "edge": lambda r: _small(r) | {
        "depth": 20, "width": 16, "init": "normal", "gain": round(r.uniform(2.1, 3.6), 2),
        "activation": r.choice(("linear", "relu")), "lr": r.choice((1e-6, 10, 10)),
        "batch_size": r.choice((1, 2)), "optimizer": r.choice(("sgd", "momentum")), "steps": r.choice((1, 2)),
    },
    "last_update": lambda r: _small(r) | {
        "depth": r.choice((1, 2, 3)), "width": 16, "init": "he_normal", "gain": 1, "lr": 10, "task": "diabetes",
        "activation": r.choice(("linear", "relu")), "steps": r.choice((1, 2, 3, 4)), "batch_size": 8,
    },
    "far_back": lambda r: _small(r) | {
        "depth": 100, "width": 128, "init": "normal", "activation": r.choice(("tanh", "linear")),
        "gain": r.choice((0.1, 3, 5)), "batch_size": 2, "lr": _log(r, -6, -1), "steps": 1,
    },
    "batch_far": lambda r: (_recurrent(r) if r.random() < 0.4 else _small(r) | {"depth": 20}) | {
        "normalization": "batch", "activation": r.choice(("relu", "linear", "sigmoid")), "batch_size": 8,
        "lr": _log(r, -0.5, 1), "steps": 60, "width": 8,
    },
    "one_layer": lambda r: _small(r) | {"depth": 1, "lr": _log(r, -2, 1), "gain": r.choice((1, 2, 5))},
    "huge_rate": lambda r: _small(r) | {
        "lr": r.choice((1.0, 3.0, 10.0)), "optimizer": r.choice(("sgd", "momentum", "adam", "rmsprop")),
        "normalization": r.choice(("none", "layer")), "depth": r.choice((1, 3, 8)),
    },
    "tiny_rate": lambda r: _small(r) | {
        "lr": r.choice((1e-6, 3e-6, 1e-5)), "gain": r.choice((1, 1.5, 2.5, 3)), "depth": r.choice((3, 20, 30)),
        "optimizer": r.choice(("sgd", "adam", "momentum")),
    },
    "spike": lambda r: _small(r) | {
        "activation": r.choice(("linear", "relu")), "optimizer": r.choice(("rmsprop", "adam", "momentum")),
        "lr": _log(r, -1.5, -0.3), "depth": r.choice((1, 2, 3)), "width": 32, "gain": r.choice((1, 2)),
        "init": "he_normal", "steps": r.choice((50, 100)), "clipping": r.choice(("none", "adaptive", "value")),
    },
    "learns": lambda r: _small(r) | {
        "depth": r.choice((2, 3, 4)), "width": 32, "init": "he_normal", "gain": 1, "lr": _log(r, -2, -1),
        "activation": r.choice(("relu", "tanh")), "steps": r.choice((60, 100)), "task": "diabetes",
    },
    "idle": lambda r: _small(r) | {
        "init": r.choice(("lecun_normal", "he_normal")), "gain": 1, "lr": _log(r, -6, -3), "depth": 20,
        "steps": r.choice((2, 30)), "clipping": r.choice(("none", "adaptive")), "clip": 0.01,
    },
    "raw": lambda r: (_recurrent(r) if r.random() < 0.3 else _small(r)) | {
        "scaling": "raw", "depth": r.choice((1, 2, 3, 8)), "gain": r.choice((0.5, 1, 1, 1.5)),
        "lr": _log(r, -6, 0), "optimizer": r.choice(("sgd", "sgd", "adam", "momentum")),
        "clipping": r.choice(("none", "none", "global_norm")), "normalization": r.choice(("none", "none", "layer")),
    },
    "preset": lambda r: _few(r.choice((*PRESETS.values(), *NEGATIVES.values()))),
    "named": lambda r: _query(r.choice(NAMED)),
}  # fmt: skip


def _few(e: Experiment) -> dict[str, object]:
    """A story, narrower and over fewer steps where it would take long."""
    while e.seconds > MOST_SECONDS and (e.steps > 20 or e.width > 8):
        longer = e.steps > 20
        e = replace(e, steps=max(20, e.steps // 2)) if longer else replace(e, width=e.width // 2)
    return e.to_query()


def _query(written: str) -> dict[str, object]:
    return dict(each.split("=") for each in written.split("&"))


def draw(seed: str, count: int) -> Iterator[tuple[str, Experiment]]:
    """So many different experiments, every kind as often as the others, each with its kind's name."""
    found: set[Experiment] = set()
    number = 0
    while len(found) < count:
        kind = tuple(KINDS)[number % len(KINDS)]
        experiment = _drawn(KINDS[kind], random.Random(f"{seed}:{number}"))
        number += 1
        if experiment is not None and experiment not in found:
            found.add(experiment)
            yield kind, experiment


def _drawn(kind: Kind, rng: Rng) -> Experiment | None:
    """One of a kind that can be trained and does not take long; None if ten tries found none."""
    for _ in range(10):
        fields = kind(rng)
        if fields.get("network") == "rnn" and fields.get("task") not in (None, "co2", "adding"):
            del fields["task"]
        try:
            e = _made(fields)
        except ExperimentError:
            continue
        if e.seconds <= MOST_SECONDS or kind is KINDS["named"]:
            return e
    return None


def _made(fields: dict[str, object]) -> Experiment:
    if all(isinstance(value, str) for value in fields.values()):
        return Experiment.from_query(fields)[0]
    return Experiment(**fields)  # type: ignore[arg-type]
