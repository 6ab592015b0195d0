"""What happened, written into a chart: the end and its sentence, the first warning, levels and their names."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.base.measure import SENTENCE, wrapped
from core.charts.base.rows import NEVER, Rows, Window
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


def end_sentence(step: Step, experiment: Experiment, text: Text) -> str:
    """What stopped being finite at this step, and where, in one sentence; "" if nothing did."""
    if step.lost is None:
        return ""
    where = of_lost(step.lost, experiment, text)
    return text(f"charts.lost.{step.lost.quantity}", step=step.index, where=where)


def warning_sentence(step: int, text: Text) -> str:
    """That the first warning came at this step."""
    return text("charts.mark.warning", step=step)


def say(rows: Rows, series: str, x: float, sentence: str, frame: int = 0) -> None:
    """Add a sentence about what is at x, if there is one: of the "end", or of the first "warning"."""
    if sentence:
        rows.add("said", series=series, x=x, frame=frame, **wrapped(sentence, SENTENCE))


def draw_end(rows: Rows, x: float, sentence: str, frame: int) -> None:
    """Add a rule where the run ended, and its sentence, if there is one."""
    if sentence:
        rows.add("rule", series="end", x=x, frame=frame)
        say(rows, "end", x, sentence, frame)


def draw_warning(rows: Rows, x: float, step: int, text: Text, frame: int) -> None:
    """Add a dotted rule where the first warning came, and its sentence."""
    rows.add("warning", series="warning", x=x, frame=frame)
    say(rows, "warning", x, warning_sentence(step, text), frame)


def draw_levels(rows: Rows, windows: Sequence[Window], levels: Sequence[Level], text: Text) -> None:
    """Add the levels' rules and names, float32's end among them where the axis comes near."""
    everything = list(levels)
    if any(window.y0 < FLOAT32_MOST < window.y1 for window in windows):
        everything.append(Level("float32", FLOAT32_MOST, text("charts.mark.float32")))
    for level in everything:
        frame = next((i for i, w in enumerate(windows) if w.y0 <= level.y <= w.y1), NEVER)
        rows.add("level", series=level.series, y=level.y, frame=frame, **wrapped(level.text))
