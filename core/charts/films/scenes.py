"""Scenes: what is seen over the layers while the playhead is at one step, as rows."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from core.charts.base.measure import wrapped
from core.charts.base.picture import Course
from core.charts.base.rows import DOTS_UP_TO, NEVER, Rows, Window, blocks, drawable
from core.charts.films.packed import SLOT, pack
from core.charts.names import marks
from core.steps import Step
from core.text import Text

MOST_BYTES = 32_000
SCENE_BYTES, POINT_BYTES = 360, 8
"""About what a scene weighs on the wire, and what each point of its two lines adds."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One series at one step: a value for each x from 1; `name` is written at its right end."""

    series: str
    name: str
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

    @property
    def values(self) -> list[float]:
        """All that it shows."""
        return [y for profile in self.profiles for y in profile.y]


def kept(steps: Sequence[Step]) -> list[Step]:
    """As many steps as MOST_BYTES allow, evenly spaced, the first and the last among them."""
    most = MOST_BYTES // (SCENE_BYTES + POINT_BYTES * len(steps[0].signal_norms))
    return [steps[i] for i in sorted({round(i) for i in np.linspace(0, len(steps) - 1, most)})]


def draw(
    rows: Rows,
    course: Course,
    scenes: Sequence[Scene],
    level: float | None = None,
    nothing: str = "",
) -> None:
    """Add the rows of scenes, each seen until the next that is not empty, and of the end.

    nothing: why there are none, if it is not that no signal came through.
    """
    text, last = course.text, course.steps[-1].index
    unit = course.experiment.kind.unit
    empty = [scene.step for scene in scenes if scene.empty]
    full = [scene for scene in scenes if scene.step not in empty]
    windows = _windows(course, scenes, full[-1:], level)
    rows.limits(windows)
    rows.settled = course.rests(last)
    if level is not None:
        rows.add("one", y=level)
    rows.add("title", text=text(f"charts.axis.{unit}"))
    untils = [*(scene.step for scene in full[1:]), NEVER]
    for scene, after in zip(full, untils, strict=False):
        _add_profiles(rows, course, scene, after)
        over = min((step for step in empty if step > scene.step), default=after)
        _add_foot(rows, course, scene.step, min(over, after), after)
    if not full:
        alone = course.experiment.depth == 1 and level is not None
        said = text(f"charts.part.alone_{unit}" if alone else "charts.part.empty")
        rows.add("note", text=nothing or said)
    if course.done:
        shown = full[-1].step if full else None
        _add_end(rows, course, windows[-1].x1, there=shown == last)


def _windows(
    course: Course, scenes: Sequence[Scene], last: Sequence[Scene], level: float | None
) -> list[Window]:
    """What the axes cover at each frame: all that was seen so far; at the last scene, if it is known, that alone."""
    frames = course.steps[-1].index + 1
    levels = [] if level is None else [(0, level)]
    most = max(course.experiment.depth - len(levels), 1)
    pad = 0.0 if not levels and most > 1 else 0.6
    heights = blocks(levels + [(scene.step, y) for scene in scenes for y in scene.values], frames)
    for scene in last if course.done else ():
        own = blocks(levels + [(0, y) for y in scene.values], 1)
        heights[scene.step :] = own * (frames - scene.step)
    return [Window(1 - pad, most + pad, *height) for height in heights]


def _add_foot(rows: Rows, course: Course, step: int, over: int, until: int) -> None:
    """The step that is shown; from `over` on it is an older one, since the later have nothing to show."""
    rows.add("foot", text=_step(course.steps[step], course.text), frame=step, until=over)
    if over < until:
        later = [each.signal_norms for each in course.steps if over <= each.index < until]
        zero = 0.0 in later[0] and all(0.0 in n or not all(map(math.isfinite, n)) for n in later)
        said = course.text(f"charts.part.latest{'_zero' * zero}", step=step, after=over)
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


def _add_profiles(rows: Rows, course: Course, scene: Scene, until: int) -> None:
    """The scene's lines, packed; those that stay are touched: exact, and each point with its place."""
    text, stays = course.text, course.done and until == NEVER
    layer = text(f"charts.part.{course.experiment.kind.unit}", layer=SLOT)
    place = f"{text('charts.part.step', step=scene.step)}, {layer}" if stays else ""
    for profile in scene.profiles:
        packed = pack(profile.y, decimals=2 if stays else 0)
        if packed is None:
            continue
        own = {"series": profile.series, "frame": scene.step, "until": until}
        dot = int(profile.series != "first" and len(profile.y) <= DOTS_UP_TO)
        line = {"text": profile.name, "place": place, "dot": dot, "settled": rows.settled}
        rows.add("profile", **own, **line, **asdict(packed))
        x, y = [(x, y) for x, y in enumerate(profile.y, 1) if drawable(y)][-1]
        rows.add("name", x=x, y=y, **own, **wrapped(profile.name))


def _add_end(rows: Rows, course: Course, right: float, *, there: bool) -> None:
    """The end's sentence, and a rule at the layer where it was. there: whether the last step is what is shown."""
    step, lost = course.steps[-1].index, course.steps[-1].lost
    if lost is None:
        return
    along = not course.experiment.kind.recurrent or lost.quantity in ("activation", "signal")
    inside = along and lost.layer is not None and lost.layer <= right
    at = lost.layer if inside and lost.layer is not None else right
    if there and inside:
        rows.add("rule", series="end", x=at, frame=step)
    marks.say(rows, "end", at, course.end, step)
