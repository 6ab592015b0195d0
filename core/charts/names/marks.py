"""What happened, written into a chart: the end and its sentence, the threshold, float32's last number, names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.charts.base.picture import Tell
from core.charts.base.plots import FONT, MODELS, Plot
from core.charts.base.rows import NEVER, Rows, Window
from core.charts.names.labels import Written, put_level, put_name, put_sentence
from core.charts.names.placing import Board, Box
from core.experiment import Experiment
from core.places import of_lost
from core.steps import Step
from core.text import Text
from core.theory.number_formats import FORMATS

FLOAT32_MOST = FORMATS["float32"].largest


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal rule and its name."""

    series: str
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """A line with a name: its unbroken strokes as (x, y). area: whether what is under it is coloured."""

    series: str
    text: str
    strokes: tuple[tuple[tuple[float, float], ...], ...]
    area: bool = False


def end_sentence(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being finite at this step, and where, in one sentence; "" if nothing did."""
    if step.lost is None:
        return ""
    where = of_lost(step.lost, experiment, text)
    return text(f"charts.lost.{step.lost.quantity}", step=step.index, where=where)


def warning_sentence(step: int, text: Text) -> str:
    """That the first warning came at this step."""
    return text("charts.mark.warning", step=step)


def tell_warning(tell: Tell, warning: int) -> Tell:
    """That the first warning came at this step, and the words of a picture."""

    def told(steps: Sequence[Step], experiment: Experiment, text: Text) -> str:
        return f"{text('charts.alt.warning', step=warning)} {tell(steps, experiment, text)}"

    return told


def draw_warning(rows: Rows, place: tuple[float, str], frame: int, settled: int) -> None:
    """Add the first warning's rule at its frame, and its sentence until all texts have their places."""
    x, said = place
    rows.add("warning", series="warning", x=x, frame=frame)
    rows.add("warned", series="warning", x=x, text=said, frame=frame, until=settled)


def draw_levels(
    rows: Rows, windows: Sequence[Window], levels: Sequence[Level], text: Text
) -> list[Level]:
    """Add the levels' rules, float32's end among them where the axis comes near; returns all of them."""
    everything = list(levels)
    if any(window.y0 < FLOAT32_MOST < window.y1 for window in windows):
        everything.append(Level("float32", FLOAT32_MOST, text("charts.mark.float32")))
    for level in everything:
        frame = next((i for i, w in enumerate(windows) if w.y0 <= level.y <= w.y1), NEVER)
        rows.add("level", series=level.series, y=level.y, frame=frame)
    return everything


def write_all(
    rows: Rows,
    named: Sequence[Named],
    window: Window,
    levels: Sequence[Level],
    end: tuple[float, str],
    frame: int,
    bottom: float = 0.0,
    margins: Mapping[int, float] | None = None,
    foot: bool = False,
    warning: tuple[float, str] = (0, ""),
) -> None:
    """Every text of the resting picture, for narrow and wide plots, those with the fewest places to go to first.

    end, warning: where on the x axis, and the sentence ("" for none).
    bottom, margins: pixels kept free of data under the plot and, by size, right of it.
    foot: whether the pixels under the data hold texts already.
    """
    for size, plot in MODELS:
        width = plot.width - (margins[size] if margins else 0.0)
        model = replace(plot, bottom=bottom, width=width)
        _write_model(rows, named, window, levels, end, warning, frame, size, model, foot)


def _write_model(
    rows: Rows,
    named: Sequence[Named],
    window: Window,
    levels: Sequence[Level],
    end: tuple[float, str],
    warning: tuple[float, str],
    frame: int,
    size: int,
    plot: Plot,
    foot: bool,
) -> None:
    strokes = {
        f"{n.series} {n.text}": [s for s in (plot.stroke(window, x) for x in n.strokes) if len(s)]
        for n in named
    }
    heights = [float(plot.pixels(window, [0], [level.y])[0, 1]) for level in levels]
    rules = [plot.pixels(window, [window.x0, window.x1], [level.y] * 2) for level in levels]
    board = Board(plot, [s for each in strokes.values() for s in each] + rules)
    for n in (n for n in named if n.area):
        board.fill_under(strokes[f"{n.series} {n.text}"])
    if foot:
        board.block(Box(0, plot.height - plot.bottom, plot.width, plot.height))
    told = (("end", end), ("warning", warning))
    places = [(series, said, plot.across(window, x)) for series, (x, said) in told if said]
    for _, _, across in places:
        board.block(Box(across - 2, 0, across + 2, plot.height))
    written = [
        (level.series, put_level(board, down, level.text))
        for level, down in zip(levels, heights, strict=True)
    ]
    written += [(series, put_sentence(board, across, said)) for series, said, across in places]
    lines = {name: np.concatenate(each) for name, each in strokes.items() if each}
    for n in (n for n in named if n.text and f"{n.series} {n.text}" in lines):
        key = f"{n.series} {n.text}"
        others = [line for name, line in lines.items() if name != key]
        up = all(lines[key][:, 1].mean() <= other[:, 1].mean() + 0.5 for other in others)
        written.append((n.series, put_name(board, strokes[key], others, n.text, up=up)))
    for series, placed in written:
        write(rows, window, plot, placed, series, size=size, frame=frame)


def write(
    rows: Rows, window: Window, plot: Plot, text: Written, series: str, *, size: int, frame: int
) -> None:
    """A placed text as a row, held to its point in data coordinates, the rest of the way in pixels."""
    box, (across, down) = text.box, text.held
    side = {"left": box.left, "center": (box.left + box.right) / 2, "right": box.right}[text.align]
    rows.add(
        "label",
        series=series,
        x=plot.at(window, across),
        y=plot.value(window, down),
        dx=side - across,
        dy=box.top + FONT * 0.15 - down,
        text=text.text,
        size=size,
        align=text.align,
        frame=frame,
    )
