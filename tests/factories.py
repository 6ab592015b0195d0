"""Steps that are made, not trained: for a test that needs one certain course, however runs are rounded."""

import math

from core.charts.base.look import Look
from core.charts.base.palette import PALETTES
from core.charts.base.picture import FONT, HEIGHT, specification
from core.experiment import Experiment
from core.steps import Lost, Step


def calm(index, **changes):
    """A step of three layers in which everything is 1, or 0.01, or as it is given."""
    values = {
        "index": index,
        "loss": 1.0,
        "grad_norm": 1.0,
        "clipped_norm": 1.0,
        "activation_norms": (1.0, 1.0, 1.0),
        "signal_norms": (1.0, 1.0, 1.0),
        "weight_norms": (2.0, 2.0, 2.0, 2.0),
        "weight_grad_norms": (1.0, 1.0, 1.0, 1.0),
        "update_norms": (0.01, 0.01, 0.01, 0.01),
        "saturated": (0.0, 0.0, 0.0),
        "clipped_fraction": 0.0,
        "clip_cosine": 1.0,
    }
    return Step(**(values | changes))


LANGUAGES = ("en", "bn")

DEPTH = 4

EXPERIMENT = Experiment(depth=DEPTH, steps=50)

RNN = Experiment(network="rnn", depth=DEPTH, steps=50)


def step(index: int, size: float = 1.0, *, lost: Lost | None = None, matrices: int = DEPTH + 1):
    """A step whose norms grow by `size` a layer; from where it was lost on nothing is a number."""
    late = math.nan if lost else 1.0
    ahead = [size ** (n + 1) for n in range(DEPTH)]
    if lost and lost.quantity == "activation":
        ahead = ahead[: lost.layer - 1] + [math.inf] * (DEPTH - lost.layer + 1)
    return Step(
        index=index,
        loss=size * late,
        grad_norm=10 * size * late,
        clipped_norm=min(10 * size, 2.0) * late,
        activation_norms=tuple(ahead),
        signal_norms=tuple(late * size ** (DEPTH - n) for n in range(DEPTH)),
        weight_norms=(8.0,) * matrices,
        weight_grad_norms=(size * late,) * matrices,
        update_norms=(size * late,) * matrices,
        saturated=(0.0,) * DEPTH,
        clipped_fraction=1.0,
        clip_cosine=1.0,
        lost=lost,
    )


EXPLODES = [step(0), step(1, 50.0), step(2, 1e5), step(3, 1e6, lost=Lost("activation", 3))]

SURVIVES = [step(i, 1.0 + 1.0 / (i + 1)) for i in range(50)]

DIES_AT_ONCE = [step(0, 1e5, lost=Lost("activation", 2))]

BROKEN = [
    step(0),
    step(1, 0.0),
    step(2, 1.5),
    step(3, math.inf),
    step(4, math.nan),
    step(5, 1.2),
]

RUNS = {"explodes": EXPLODES, "survives": SURVIVES, "at_once": DIES_AT_ONCE, "broken": BROKEN}


def spec_of(build, text, theme="light", height=HEIGHT, font=FONT, unit="still"):
    """The specification that a lab's `build` makes."""
    return specification(build, Look(text, PALETTES[theme], height, font, unit))
