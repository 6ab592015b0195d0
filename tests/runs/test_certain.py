"""How many of a run's losses rounding does not decide: known for what is soon trained again, and only there."""

from core.engine.training import train
from core.experiment import Experiment
from core.presets import PRESETS
from core.runs.certain import certain_steps

CALM = Experiment(depth=3, width=8, gain=1, steps=6)


def test_what_is_soon_trained_again_is_known():
    assert certain_steps(CALM, tuple(step.loss for step in train(CALM))) == CALM.steps


def test_a_run_that_amplifies_rounding_has_few():
    losses = [step.loss for step, _ in zip(train(PRESETS["overshoot"]), range(10), strict=False)]
    assert certain_steps(PRESETS["overshoot"], tuple(losses)) < 10


def test_what_takes_long_is_not_asked():
    large = Experiment(depth=100, width=256, batch_size=512, steps=10)
    assert certain_steps(large, (1.0,) * 10) is None
