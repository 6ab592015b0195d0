"""The verdict's headline says what the loss did, whatever the outcome is called."""

from dataclasses import replace

import pytest

from core.experiment import Experiment
from core.text import load
from core.training import train
from core.ui.verdict import judge, sentences

SMALL = Experiment(depth=3, width=16, steps=40, batch_size=32, gain=1.0, lr=0.05)
IDLE = Experiment(gain=1, clipping="adaptive", clip=0.01)
"""Steps so short that nothing moves; its first loss is below the trivial guess already."""


def said(experiment, language="en"):
    def compute(e):
        return list(train(e))

    verdict = judge(experiment, compute(experiment), compute)
    return verdict, sentences(verdict, load(language))


def test_a_loss_that_fell_has_learned():
    verdict, words = said(SMALL)
    assert verdict.outcome == "learned"
    assert words.startswith("**Learned.**")


@pytest.mark.parametrize(("language", "start"), [("en", "**Counts as"), ("bn", "**হিসাবে")])
def test_a_loss_that_hardly_moved_is_not_said_to_have_learned(language, start):
    verdict, words = said(IDLE, language)
    assert verdict.outcome == "learned"
    assert verdict.steps[-1].final_loss > 0.95 * verdict.steps[0].loss
    assert words.startswith(start)


def test_a_loss_that_rose_in_a_short_run_is_said_to_have_risen():
    verdict, words = said(replace(Experiment(), steps=1))
    assert verdict.outcome == "stalled"
    assert "The loss rose from" in words
