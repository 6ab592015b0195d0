"""The loss of several runs in one picture, each in its fix's colour, its name at its line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.charts import film
from core.charts.film import Series
from core.charts.palette import Palette
from core.charts.picture import FONT, HEIGHT
from core.charts.rows import drawable
from core.steps import Step
from core.text import Text


@dataclass(frozen=True, slots=True)
class Runner:
    """One run of a race: its name, its colour's key (core/charts/layers.py COLOURS), its steps so far."""

    label: str
    series: str
    steps: Sequence[Step]


def spec(
    text: Text,
    palette: Palette,
    *,
    height: float = HEIGHT,
    font: float = FONT,
) -> dict[str, Any]:
    """The specification without data; like `Picture.spec`."""
    return film.film.spec(text, palette, height=height, font=font)


def frame(runners: Sequence[Runner], planned: int, text: Text, done: bool = True) -> pd.DataFrame:
    """The rows of the race. A run that was lost simply ends."""
    series = [Series(r.series, r.label, tuple(step.loss for step in r.steps)) for r in runners]
    return film.drawn(series, planned, text, done=done)


def alt(runners: Sequence[Runner], text: Text) -> str:
    """Each run's end in words."""
    ends = []
    for runner in runners:
        losses = [step.loss for step in runner.steps if drawable(step.loss)]
        lost = bool(runner.steps) and runner.steps[-1].lost is not None
        key = "run_lost" if lost else "run_end"
        step = runner.steps[-1].index if runner.steps else 0
        ends.append(
            text(
                f"charts.alt.{key}",
                label=runner.label,
                loss=losses[-1] if losses else math.nan,
                step=step,
            )
        )
    return text("charts.alt.race", runs=len(runners), ends=", ".join(ends))
