"""Runs, each trained once: as the page has them, and as raw as the engine gives them."""

from collections.abc import Sequence
from functools import cache

from core.diagnosis.cell import Cell
from core.engine.training import train, train_stack
from core.experiment import Experiment
from core.runs.cells import train_cells
from core.steps import Step
from tests.words.claims.facts import Case, Course, Run


@cache
def steps(e: Experiment) -> Sequence[Step]:
    return tuple(train(e))


def compute(e: Experiment) -> Sequence[Step]:
    return steps(e)


@cache
def _cell(e: Experiment) -> Cell:
    return train_cells([e])[0]


def glance(experiments: Sequence[Experiment]) -> dict[Experiment, Cell]:
    """What the page is told of runs of which only the end counts."""
    return {e: _cell(e) for e in experiments}


@cache
def run(e: Experiment) -> Run:
    return Run(*_told(e, steps(e)))


def case(e: Experiment, others: dict[str, Experiment], twin: Experiment | None, twins) -> Case:
    """The experiment's run, beside the runs of these."""
    tried = {name: run(other) for name, other in others.items()}
    return Case(*_told(e, steps(e)), tried, course(twin) if twin else None, twins)


def _told(e: Experiment, known: Sequence[Step]) -> tuple:
    last, norms = known[-1], [step.grad_norm for step in known]
    if last.final_grad_norm is not None:
        norms.append(last.final_grad_norm)
    end = last.loss if last.end_loss is None else last.end_loss
    losses = [step.loss for step in known]
    return e, known[0].start_loss, end, losses, norms, last.index, last.lost is not None, known


@cache
def course(e: Experiment) -> Course:
    """A run of which the outcome alone was recorded, from the engine's own records."""
    known = list(train_stack([e], record="outcome"))
    last, ends = known[-1], known[-1].ends
    losses, norms = ([float(getattr(s, name)[0]) for s in known] for name in ("loss", "grad_norm"))
    lost = 0 in last.lost
    if ends is not None and not lost:
        norms.append(float(ends.final_grad_norm[0]))
    end = losses[-1] if lost or ends is None else float(ends.end_loss[0])
    return Course(e, float(known[0].start_loss[0]), end, losses, norms, last.index, lost)


def forget() -> None:
    for each in (steps, _cell, run, course):
        each.cache_clear()
