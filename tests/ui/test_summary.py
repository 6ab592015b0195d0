"""What the summary's last column says of a visitor's run."""

import math
from dataclasses import replace

import pytest

from core.diagnosis.verdict import Verdict
from core.engine.training import train
from core.experiment import Experiment
from core.text import load
from core.ui.summary import fixes, problem, when
from core.words.course import ending
from tests.factories import calm

E = Experiment(depth=3, width=4, steps=3)
TEXTS = [load(language) for language in ("en", "bn")]


def course(start, end, **changes):
    """Three steps whose first batch's loss is 1, whatever the loss on all the data."""
    steps = [calm(i, grad_norm=(5.0, 70.0, 2.0)[i], **changes) for i in range(3)]
    ends = {"end_loss": end, "final_loss": end, "final_grad_norm": 3.0}
    return [replace(steps[0], start_loss=start), steps[1], replace(steps[2], **ends)]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
def test_problem_is_told_by_the_loss_on_all_data(text):
    verdict = Verdict(E, course(7.25, 0.375), "learned")
    told = problem(verdict, text)
    for number in (7.25, 0.375, 5.0, 70.0):
        assert text.number(number) in told
    assert ending(verdict.steps, E, text) in told


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
def test_a_gradient_that_never_was_a_number_has_no_largest(text):
    e = Experiment(depth=100, gain=5)
    steps = list(train(e))
    assert not any(math.isfinite(step.grad_norm) for step in steps)
    told = problem(Verdict(e, steps, "diverged"), text)
    assert told == text(
        "verdict.yours.problem_none", start=steps[0].start_loss, ending=ending(steps, e, text)
    )


def test_one_layer_has_no_way_back_to_tell():
    e = Experiment(depth=1, gain=2, lr=0.03, steps=50)
    steps = list(train(e))
    assert when(Verdict(e, steps, "diverged"), TEXTS[0]) == "1 ReLU layer of 64."


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
def test_each_fix_is_told_with_what_came_of_the_run_with_it_and_without(text):
    chosen = replace(E, gain=1.0, lr=0.0001, clipping="value", normalization="layer")
    seen = []

    def compute(e):
        seen.append(e)
        return course(1.0, 0.1 * len(seen))

    verdict = Verdict(chosen, course(2.0, 0.9), "learned")
    told = fixes(compute, verdict, text).split("\n\n")
    assert len(told) == len(seen) == 4
    for number, (line, other) in enumerate(zip(told, seen, strict=True), start=1):
        assert ending(verdict.steps, chosen, text) in line
        assert ending(course(1.0, 0.1 * number), other, text) in line


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.language)
@pytest.mark.parametrize("change", [{}, {"lr": 1.5}, {"gain": 3.0}], ids=str)
def test_a_larger_start_or_rate_is_no_fix(change, text):
    """Nor is it compared with anything."""
    verdict = Verdict(replace(E, **change), course(2.0, 0.9), "learned")
    assert fixes(lambda _: pytest.fail("compared"), verdict, text) == text("verdict.yours.no_fix")
