"""Claims of the autopsy: how a run that was lost came to its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.steps import Step
from tests.words.claims.facts import Case, Run, Spot
from tests.words.claims.judging import (
    ANY,
    SAYS_NOTHING,
    Claim,
    Part,
    Word,
    claim,
    is_shown,
    read_number,
)
from tests.words.claims.lost import (
    activation_first,
    at_the_end,
    forward,
    gradient_lost,
    loss_lost,
    lost_at,
    lost_is,
    memory_lost,
    signal_first,
    to_gradient,
    to_loss,
    to_signal,
)
from tests.words.claims.predicates import last
from tests.words.claims.recording import Note

TAIL = 5
HARDLY = 1.1


def since(run: Run) -> int:
    """Where the look back begins."""
    return max(run.last - TAIL + 1, 0)


def factors(run: Run) -> list[float]:
    """By weight matrix, how much longer it had become."""
    then, now = run.steps[since(run)].weight_norms, run.end.weight_norms
    return [b / a if a > 0 else 1.0 for a, b in zip(then, now, strict=True)]


def most(run: Run) -> float:
    return max(factors(run))


def grown(run: Run) -> bool:
    """a weight matrix has grown by a tenth or more"""
    return most(run) >= HARDLY


def steady(run: Run) -> bool:
    """no weight matrix has grown by a tenth"""
    return most(run) < HARDLY


def one_step(run: Run) -> bool:
    """the first step was the last"""
    return len(run.steps) == 1


def later(run: Run) -> bool:
    """there were updates before"""
    return len(run.steps) > 1


def normalized(run: Run) -> bool:
    """there is a normalization"""
    return run.experiment.normalization != "none"


def biases(run: Run) -> dict[int, tuple[float, float, float]]:
    """By weight matrix, its bias then and now, and what the weights make there at most."""
    e, then, now = run.experiment, run.steps[since(run)], run.end
    start = 1 if e.network == "mlp" else 2
    found = {}
    for matrix, (was, value) in enumerate(
        zip(then.bias_norms, now.bias_norms, strict=True), start=start
    ):
        found[matrix] = was, value, _made(run, now, matrix)
    return found


def _made(run: Run, step: Step, matrix: int) -> float:
    """‖W‖ ‖h‖ / √batch, which no ‖W h‖ passes in the root mean square over the batch."""
    readout = matrix == len(step.weight_norms)
    if not readout and (matrix == 1 or run.experiment.network == "rnn"):
        return math.inf
    enters = step.activation_norms[-1] if readout else step.activation_norms[matrix - 2]
    return step.weight_norms[matrix - 1] * enters / math.sqrt(run.experiment.batch_size)


@dataclass(frozen=True)
class Happened:
    """An event of the autopsy: the run, and the matrix or layer that it names."""

    run: Case
    layer: int | None

    @property
    def outcome(self) -> str:
        return self.run.outcome


def bias(it: Happened) -> tuple[float, float, float]:
    return biases(it.run)[it.layer]


def bias_grown(it: Happened) -> bool:
    """that bias has grown by a tenth or more"""
    was, value, _ = bias(it)
    return value > was and value >= HARDLY * was


def outgrown(it: Happened) -> bool:
    """that bias is larger than anything its weights make"""
    return bias(it)[1] > bias(it)[2]


def event(*holds, **slots) -> Claim:
    """Of the run alone."""
    return claim(*holds, **slots, of=lambda _, it: it.run)


def largest_signal(run: Run) -> float:
    return max(run.end.signal_norms)


def entry_is_enough(note: Note) -> bool:
    """an entry of that size has a square that, by its share in the mean, is more than float32 holds"""
    share = 0.001 if note.slots["optimizer"] == "Adam" else 0.01
    least = math.sqrt(3.4028235e38 / share)
    return least <= read_number(note.shown("entry")) < 1.05 * least


def matrices(run: Run) -> int:
    return run.experiment.depth + 1 if run.experiment.network == "mlp" else 3


def broken(run: Run) -> int:
    return sum(not math.isfinite(norm) for norm in run.end.update_norms)


def moved(run: Run) -> int:
    return sum(norm != 0 for norm in run.end.update_norms)


def followed(run: Run) -> bool:
    """what was lost spread into the updates"""
    return broken(run) > 0


def stayed(run: Run) -> bool:
    """no update was lost"""
    return broken(run) == 0


def gradient_whole(run: Run) -> bool:
    """the gradient norm is a number"""
    return math.isfinite(run.end.grad_norm)


def below(run: Run) -> float:
    return run.end.activation_norms[run.end.lost.layer - 2]


def behind(run: Run) -> float:
    return run.end.signal_norms[run.end.lost.layer]


def nearest_lost(run: Run) -> int:
    """The first layer on the way back whose signal is not a number."""
    norms = run.end.signal_norms
    return max(layer for layer, norm in enumerate(norms, start=1) if not math.isfinite(norm))


def began_as_number(run: Run) -> bool:
    """at the output the signal was a number"""
    return math.isfinite(run.end.signal_norms[-1])


def names_right(it: Happened) -> bool:
    """it names the layer at which the signal was lost"""
    return it.layer == nearest_lost(it.run)


def largest_factor(it: Happened) -> bool:
    """it names the matrix that grew most"""
    return factors(it.run)[it.layer - 1] == most(it.run)


def deepest(run: Run) -> bool:
    """it was the layer at the output"""
    return run.end.lost.layer == len(run.end.signal_norms)


def grad(run: Run) -> float:
    return run.end.grad_norm


def loss(run: Run) -> float:
    return run.end.loss


def loss_before(run: Run) -> float:
    return run.steps[-2].loss


where, whole = Part(lost_at, "charts.where.*"), lambda run: max(run.end.activation_norms)
mine = Part(lambda it: Spot(it.run.experiment, it.layer), "charts.where.*")
EVENTS: dict[str, Claim] = {
    "first_step": event(one_step),
    "weights_grew": claim(
        lambda it: grown(it.run), largest_factor, since=lambda it: since(it.run),
        step=lambda it: it.run.last, where=mine, value=lambda it: most(it.run),
    ),
    "weights_steady": event(later, steady, since=since, step=last, value=most),
    "weights_steady_normalized": event(
        later, steady, normalized, since=since, step=last, value=most
    ),
    "bias_drives": claim(
        bias_grown, outgrown, where=mine, since=lambda it: since(it.run), step=lambda it: it.run.last,
        was=lambda it: bias(it)[0], value=lambda it: bias(it)[1], bound=lambda it: bias(it)[2],
    ),
    "bias_grew": claim(
        bias_grown, where=mine, since=lambda it: since(it.run), step=lambda it: it.run.last,
        was=lambda it: bias(it)[0], value=lambda it: bias(it)[1],
    ),
    "forward_whole": event(forward, value=whole),
    "lost_activation": event(
        lost_is("activation"), activation_first, step=last, where=where, value=below
    ),
    "lost_activation_first": event(
        lost_is("activation"), lambda run: run.end.lost.layer == 1, step=last, where=where
    ),
    "lost_loss": event(lost_is("loss"), forward, loss_lost, step=last, value=loss_before),
    "lost_loss_first": event(lost_is("loss"), forward, loss_lost, one_step, step=last),
    "lost_signal": event(
        lost_is("signal"), to_loss, signal_first, step=last, where=where, value=behind
    ),
    "lost_signal_first": event(
        lost_is("signal"), to_loss, signal_first, deepest, step=last, where=where
    ),
    "lost_weight_gradient": event(
        lost_is("weight_gradient"), to_signal, gradient_lost, step=last, where=where,
        value=largest_signal,
    ),
    "lost_weight": event(lost_is("weight"), to_gradient, step=last, where=where, value=grad),
    "lost_memory": event(
        lost_is("memory"), to_gradient, memory_lost, step=last, where=where, shown=[entry_is_enough],
        optimizer=Word(lambda run: f"ui.choices.optimizer.{run.experiment.optimizer}"),
        value=lambda run: run.end.clipped_norm, entry=ANY,
    ),
    "lost_start_loss": event(
        lost_is("start_loss"), lambda run: not math.isfinite(run.S), one_step, value=loss
    ),
    "lost_final_gradient": event(lost_is("final_gradient"), to_gradient, at_the_end, step=last, value=grad),
    "lost_final_loss": event(lost_is("final_loss"), to_gradient, at_the_end, step=last, value=loss),
    "loss_followed": event(lost_is("activation"), loss_lost, value=loss),
    "signal_too": claim(
        lambda it: began_as_number(it.run), names_right,
        where=Part(lambda it: Spot(it.run.experiment, nearest_lost(it.run), layer=True), "charts.where.*"),
        value=lambda it: it.run.end.signal_norms[nearest_lost(it.run)],
    ),
    "gradient_followed": event(lambda run: not gradient_whole(run), value=grad),
    "gradient_whole": event(gradient_whole, value=grad),
    "weights_followed": event(followed, value=broken, all=matrices),
    "weights_whole": event(stayed),
    "nothing_moved": event(lost_is("memory"), lambda run: moved(run) == 0),
    "some_moved": event(lost_is("memory"), lambda run: moved(run) > 0, value=moved, all=matrices),
}  # fmt: skip
COLUMNS = ("step", "loss", "gradient", "weights", "activation")


@dataclass(frozen=True)
class Moment:
    """A row of the table, as it is shown, and the step that it tells."""

    run: Run
    step: Step
    cells: tuple[str, ...]

    @property
    def told(self) -> tuple[float, ...]:
        """The row's truth: of weights and activations the largest, or the first that is not finite."""
        s = self.step
        return s.index, s.loss, s.grad_norm, _largest(s.weight_norms), _largest(s.activation_norms)


def _largest(norms: Sequence[float]) -> float:
    return next((norm for norm in norms if not math.isfinite(norm)), max(norms))


def cells_are_so(it: Moment) -> bool:
    """the row has the step's own numbers, to two digits"""
    pairs = zip(it.told, it.cells, strict=True)
    return all(is_shown(truth, cell.strip("*"), 2) for truth, cell in pairs)


def bold_is_lost(it: Moment) -> bool:
    """bold is what is not finite, and nothing else"""
    pairs = zip(it.told, it.cells, strict=True)
    return all(cell.startswith("**") != math.isfinite(truth) for truth, cell in pairs)


CLAIMS: dict[str, Claim] = {
    f"symptoms.autopsy.events.{kind}": each for kind, each in EVENTS.items()
} | {
    "symptoms.autopsy.lead": claim(cells_are_so, bold_is_lost),
    "symptoms.autopsy.table.*": SAYS_NOTHING,
}
