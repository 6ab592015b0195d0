"""The work inside the steps, moment by moment: forward through the layers, back again, then the weights.

A moment is a frame of the seismograph. Every step has one for each layer on the way forward, one for each on
the way back, and a few for the update. An RNN's layers are its time steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.base.rows import Point
from core.experiment import Experiment
from core.kinds import Kind
from core.steps import Lost, Step
from core.text import Text

MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Score:
    """How `count` steps of a network `depth` layers deep follow one another, in frames and along the x axis."""

    depth: int
    count: int

    @property
    def updates(self) -> int:
        """Frames of one update."""
        return max(round(self.depth / 3), 1)

    @property
    def frames(self) -> int:
        """Frames of one whole step."""
        return 2 * self.depth + self.updates

    @property
    def width(self) -> float:
        """Width of one whole step on the x axis: as many units as frames, and a little air."""
        return self.frames + max(self.depth * 0.08, 0.5)

    def start(self, step: int) -> float:
        """Where the step (counted from the first shown) begins on the x axis."""
        return step * self.width

    def forward(self, step: int, layer: int) -> tuple[float, int]:
        """X and frame of a layer's activation, layers from 1."""
        return self.start(step) + layer - 0.5, step * self.frames + layer - 1

    def backward(self, step: int, layer: int) -> tuple[float, int]:
        """X and frame of a layer's signal."""
        after = 2 * self.depth - layer
        return self.start(step) + after + 0.5, step * self.frames + after

    def update(self, step: int, matrix: int, matrices: int) -> tuple[float, int]:
        """X and frame of a matrix's update, matrices from 1."""
        x = self.start(step) + 2 * self.depth + (matrix - 0.5) / matrices * self.updates
        within = (matrix - 1) * self.updates // matrices
        return x, step * self.frames + 2 * self.depth + within

    def end(self, step: int, lost: Lost | None, matrices: int, kind: Kind) -> tuple[float, int]:
        """X and frame of what was lost in the last step; of its last moment if nothing was."""
        layer = lost.layer if lost else None
        match (lost.quantity if lost else "", layer):
            case ("start_loss", _):
                return self.start(step), step * self.frames
            case ("activation", int(at)):
                return self.forward(step, at)
            case ("loss", _):
                return self.start(step) + self.depth, step * self.frames + self.depth - 1
            case ("signal", int(at)):
                return self.backward(step, at)
            case ("weight_gradient", int(at)):
                return self.backward(step, 1 if kind.recurrent else min(at, self.depth))
            case ("memory" | "weight", int(at)):
                return self.update(step, at, matrices)
        return self.start(step + 1), (step + 1) * self.frames - 1


@dataclass(frozen=True, slots=True)
class Wave:
    """One part of one step as points, and its series."""

    series: str
    points: tuple[Point, ...]


def shown(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps that the seismograph has room for: the last ones."""
    return steps[-MOST_STEPS:]


def score(steps: Sequence[Step], experiment: Experiment) -> Score:
    """The score of the steps that are shown."""
    return Score(experiment.depth, len(shown(steps)))


def ending(steps: Sequence[Step], experiment: Experiment) -> tuple[float, int]:
    """Where the run ends on the x axis, and its number of frames."""
    plan, matrices = score(steps, experiment), max(len(steps[-1].weight_norms), 1)
    x, frame = plan.end(plan.count - 1, steps[-1].lost, matrices, experiment.kind)
    return x, frame + 1


def waves(steps: Sequence[Step], experiment: Experiment, text: Text) -> list[Wave]:
    """Forward, backward and update of every step that is shown, in the order of computing, up to the run's end."""
    seen, plan, frames = shown(steps), score(steps, experiment), ending(steps, experiment)[1]
    unit, layers = f"charts.part.{experiment.kind.unit}", range(1, experiment.depth + 1)
    out = []
    for i, (step, after) in enumerate(zip(seen, [*seen[1:], None], strict=True)):
        name = text("charts.part.step", step=step.index)
        places = [f"{name}, {text(unit, layer=layer)}" for layer in layers]
        ahead = [plan.forward(i, layer) for layer in layers]
        back = [plan.backward(i, layer) for layer in layers]
        out += [
            Wave("activation", _points(ahead, step.activation_norms, places, frames)),
            Wave("signal", _points(back, step.signal_norms, places, frames)),
        ]
        if after is not None:  # its weights before its own update are those after this one
            count = len(after.weight_norms)
            moves = [plan.update(i, matrix, count) for matrix in range(1, count + 1)]
            norms, said = after.weight_norms, [name] * count
            out.append(Wave("weights", _points(moves, norms, said, frames)))
    return out


def _points(
    at: Sequence[tuple[float, int]], norms: Sequence[float], places: Sequence[str], frames: int
) -> tuple[Point, ...]:
    """The norms at their x and frames, as far as the run got, in the order of computing."""
    placed = zip(at, norms, places, strict=True)
    points = [Point(x, y, frame, place) for (x, frame), y, place in placed if frame < frames]
    return tuple(sorted(points, key=lambda point: point.frame))
