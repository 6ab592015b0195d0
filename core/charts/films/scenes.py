"""Scenes: what is seen over the layers while the playhead is at one step, as rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.charts.base.measure import wrapped
from core.charts.base.rows import DOTS_UP_TO, NEVER, Rows, Window, blocks, drawable
from core.charts.films.packed import SLOT, pack
from core.charts.names import marks
from core.experiment import Experiment
from core.steps import Step
from core.text import Text

MOST_BYTES = 32_000
SCENE_BYTES, POINT_BYTES = 360, 8
"""About what a scene weighs on the wire, and what each point of its two lines adds."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One series at one step: a value for each x; `name` is written at its right end."""

    series: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen while the playhead is at this step, and until the next scene."""

    step: int
    profiles: tuple[Profile, ...]

    @property
    def empty(self) -> bool:
        """Whether its first profile, which it is about, has nothing to draw, or a point where a line should be."""
        values = self.profiles[0].y
        return sum(map(drawable, values)) < min(2, max(len(values), 1))


def kept(steps: Sequence[Step]) -> list[Step]:
    """As many steps as MOST_BYTES allow, evenly spaced, the first and the last among them."""
    if not steps:
        return []
    most = MOST_BYTES // (SCENE_BYTES + POINT_BYTES * len(steps[0].signal_norms))
    return [steps[i] for i in sorted({round(i) for i in np.linspace(0, len(steps) - 1, most)})]


def drawn(
    scenes: Sequence[Scene],
    steps: Sequence[Step],
    experiment: Experiment,
    text: Text,
    done: bool,
    level: float | None = None,
    nothing: str = "",
) -> pd.DataFrame:
    """Rows of scenes, each seen until the next that is not empty, and of the end.

    nothing: why there are none, if it is not that no signal came through.
    """
    rows = Rows(words="category", least="float32", step="float32")
    if not steps:
        return rows.frame()
    full = [scene for scene in scenes if not scene.empty]
    windows = _windows(scenes, full[-1:] if done else [], steps, experiment, level)
    rows.limits(windows)
    if level is not None:
        rows.add("one", y=level)
    unit = experiment.kind.unit
    rows.add("title", text=text(f"charts.axis.{unit}"))
    settled = steps[-1].index if done else NEVER
    untils = [*(scene.step for scene in full[1:]), NEVER]
    for scene, after in zip(full, untils, strict=False):
        _add_profiles(rows, scene, after, done and after == NEVER, settled, text, unit)
        over = min((s.step for s in scenes if s.empty and s.step > scene.step), default=after)
        _add_foot(rows, scene, min(over, after), after, steps, text)
    if not full:
        alone = experiment.depth == 1 and level is not None
        said = text(f"charts.part.alone_{unit}" if alone else "charts.part.empty")
        rows.add("note", text=nothing or said)
    if done:
        _add_end(rows, full[-1:], steps[-1], experiment, windows[-1], text)
    return rows.frame()


def _windows(
    scenes: Sequence[Scene],
    last: Sequence[Scene],
    steps: Sequence[Step],
    experiment: Experiment,
    level: float | None,
) -> list[Window]:
    """What the axes cover at each frame: all that was seen so far; at the last scene, if it is known, that alone."""
    frames = steps[-1].index + 1
    most = max(experiment.depth - (0 if level is None else 1), 1)
    pad = 0.0 if level is None and most > 1 else 0.6
    levels = [] if level is None else [(0, level)]
    limits = blocks(levels + [(s.step, y) for s in scenes for p in s.profiles for y in p.y], frames)
    for scene in last:
        own = blocks(levels + [(0, y) for p in scene.profiles for y in p.y], 1)
        limits[scene.step :] = own * (frames - scene.step)
    return [Window(1 - pad, most + pad, y0, y1) for y0, y1 in limits]


def _add_foot(
    rows: Rows, scene: Scene, over: int, until: int, steps: Sequence[Step], text: Text
) -> None:
    """The step that is shown; from `over` on it is an older one, since the later have nothing to show."""
    rows.add("foot", text=_step(steps[scene.step], text), frame=scene.step, until=over)
    if over < until:
        later = [step.signal_norms for step in steps if over <= step.index < until]
        zero = 0.0 in later[0] and all(0.0 in n or not all(map(math.isfinite, n)) for n in later)
        said = text(f"charts.part.latest{'_zero' * zero}", step=scene.step, after=over)
        rows.add("foot", text=said, frame=over, until=until)


def _step(step: Step, text: Text) -> str:
    """Which step is shown, and how many of its signals have no place on a logarithmic axis."""
    norms = step.signal_norms
    counts = {"zero": norms.count(0.0), "lost": sum(not math.isfinite(norm) for norm in norms)}
    missing = [
        text(f"charts.part.signals_{kind}", count=count, all=len(norms))
        for kind, count in counts.items()
        if count
    ]
    return "\n".join([text("charts.part.step", step=step.index), *missing])


def _add_profiles(
    rows: Rows, scene: Scene, until: int, last: bool, settled: int, text: Text, unit: str
) -> None:
    """The scene's lines, packed. last: they stay, and are touched: exact, and each point with its place."""
    at = text("charts.part.step", step=scene.step)
    where = at + ", " + text(f"charts.part.{unit}", layer=SLOT)
    for profile in scene.profiles:
        packed = pack(profile.y, decimals=2 * last)
        if packed is None:
            continue
        rows.add(
            "profile",
            series=profile.series,
            text=profile.name,
            place=where * last,
            words=packed.words,
            least=packed.least,
            step=packed.step,
            dot=int(profile.series != "first" and len(profile.y) <= DOTS_UP_TO),
            frame=scene.step,
            until=until,
            settled=settled,
        )
        x, y = [(x, y) for x, y in zip(profile.x, profile.y, strict=True) if drawable(y)][-1]
        seen = {"frame": scene.step, "until": until}
        rows.add("name", series=profile.series, x=x, y=y, **seen, **wrapped(profile.name))


def _add_end(
    rows: Rows,
    scene: Sequence[Scene],
    last: Step,
    experiment: Experiment,
    window: Window,
    text: Text,
) -> None:
    """The end's sentence, and a rule at the layer where it was."""
    sentence = marks.end_sentence(last, experiment, text)
    if not sentence or last.lost is None:
        return
    along = not experiment.kind.recurrent or last.lost.quantity in ("activation", "signal")
    layer = last.lost.layer if along else None
    there = bool(scene) and scene[0].step == last.index
    if there and layer is not None and layer <= window.x1:
        rows.add("rule", series="end", x=layer, frame=last.index)
    at = float(layer if layer is not None and layer <= window.x1 else window.x1)
    marks.say(rows, "end", at, sentence, last.index)
