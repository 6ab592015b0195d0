"""A trace: what a run logged, and what of a log the rules can read."""

import math

import numpy as np
import pandas as pd
import pytest

from core.diagnosis.symptoms import RULES, diagnose, found_in
from core.experiment import Experiment
from core.presets import PRESETS
from core.steps import Lost
from core.trace import Trace
from tests.factories import calm
from tests.roundings import AS_IS

E = Experiment(depth=3, width=4, steps=3)


def log(**series):
    """A log as another tool would write it; None where it wrote nothing."""
    logged = pd.DataFrame({name: [v is not None for v in each] for name, each in series.items()})
    frame = pd.DataFrame({name: np.array(each, dtype=float) for name, each in series.items()})
    return Trace(frame=frame, logged=logged)


def test_a_runs_numbers_are_its_steps():
    steps = [calm(0), calm(1, loss=math.nan, grad_norm=5.0, lost=Lost("loss"))]
    trace = Trace.of(steps, E)
    assert list(trace.frame["step"]) == [0, 1]
    assert (trace.frame.dtypes == np.float64).all()
    assert trace.logged.shape == trace.frame.shape
    assert trace.logged["loss"].all(), "a NaN that was logged is data"
    (norm,) = trace.series("grad_norm")
    assert (norm.values.tolist(), norm.layer) == ([1.0, 5.0], None)
    assert [series.layer for series in trace.series("weight_norms")] == [1, 2, 3, 4]
    (lost,) = trace.series("lost")
    assert (lost.steps.tolist(), lost.layer) == ([1], None)


def test_entries_of_each_matrix_count():
    """The diabetes data have ten features: matrices of 4 x 10, 4 x 4, 4 x 4 and 1 x 4."""
    rms = [series.values[0] for series in Trace.of([calm(0)], E).series("gradient_rms")]
    assert rms == pytest.approx([1 / math.sqrt(n) for n in (40, 16, 16, 4)])


def test_every_rule_finds_its_series_in_a_run():
    e = PRESETS["chain"]
    trace = Trace.of(AS_IS.train(e), e)
    assert [rule for rule, r in RULES.items() for name in r.series if not trace.series(name)] == []


def test_a_log_with_a_loss_alone_is_heard_by_the_rules_of_the_loss():
    losses = [1, 1.2, None, 1.4, 1.6, None, 1.8, 2.1, 30]
    found = found_in(log(step=range(0, 90, 10), loss=losses), {})
    assert [(f.rule, f.step) for f in found] == [("loss_rising", 70), ("loss_jump", 80)]


def test_a_logs_gaps_are_no_numbers_and_its_nans_are():
    rises = [1, None, 2, 4, 8, 16]
    assert [f.rule for f in found_in(log(step=range(6), grad_norm=rises), {})] == [
        "gradient_doubling"
    ]
    assert found_in(log(step=range(6), grad_norm=[1, math.nan, *rises[2:]]), {}) == []


def test_a_run_and_a_log_of_the_same_numbers_are_judged_alike():
    e = PRESETS["overshoot"]
    steps = AS_IS.train(e)
    own = {f for f in diagnose(steps, e) if RULES[f.rule].series in (("loss",), ("grad_norm",))}
    told = log(
        step=[s.index for s in steps],
        loss=[s.loss for s in steps],
        grad_norm=[s.grad_norm for s in steps],
    )
    assert own
    assert own <= set(found_in(told, {}))
