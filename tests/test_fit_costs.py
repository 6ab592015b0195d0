"""The script that fits the tables of costs: timings that a table itself tells lead back to it."""

from dataclasses import replace

import numpy as np
import pytest

from bench.fit_costs import ALONE, TOGETHER, draw, fit, timed


@pytest.mark.parametrize(
    ("table", "kind"), [(table, kind) for table in (ALONE, TOGETHER) for kind in table.costs]
)
def test_what_a_table_tells_leads_back_to_it(table, kind):
    rng = np.random.default_rng(1)
    drawn = [draw(table.choices[kind], rng) for _ in range(40)]
    samples = [replace(sample, seconds=table.estimate(sample)) for sample in drawn]
    assert fit(table, kind, samples) == pytest.approx(table.costs[kind], rel=1e-6)


def test_what_is_measured_is_an_update():
    rng = np.random.default_rng(2)
    for table in (ALONE, TOGETHER):
        sample = draw(next(iter(table.choices.values())), rng)
        assert 0 < table.measure(sample) < 10


def test_a_run_that_ends_at_once_has_no_measure():
    assert np.isnan(timed(iter(["one"])))
