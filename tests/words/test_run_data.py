"""A run's numbers as a table and as a CSV: nothing is lost on the way."""

import csv
import io
from itertools import pairwise

import pytest

from core.engine.training import train
from core.experiment import Experiment
from core.text import load
from core.words.run_data import CELLS, WHOLE, as_csv, columns, thinned
from tests.factories import calm

RUNS = {
    "learns": Experiment(depth=4, width=8, gain=1, steps=5),
    "explodes": Experiment(),
    "rnn": Experiment(network="rnn", depth=4, width=8, steps=3, clipping="norm"),
    "one layer": Experiment(depth=1, width=4, steps=2),
}


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("e", RUNS.values(), ids=RUNS)
def test_every_number_of_a_csv_reads_back_as_it_was(e, language):
    steps = list(train(e))
    heads, *rows = csv.reader(io.StringIO(as_csv(steps, e, load(language)).decode("utf-8-sig")))
    assert len(set(heads)) == len(heads)
    assert len(rows) == len(steps)
    for row, step in zip(rows, steps, strict=True):
        parts = step.signal_norms, step.activation_norms, step.saturated
        parts += step.weight_norms, step.weight_grad_norms, step.update_norms
        whole = step.index, step.loss, step.grad_norm, step.clipped_norm
        told = [*map(float, row)]
        assert list(map(repr, told[:4])) == list(map(repr, map(float, whole)))
        assert list(map(repr, told[len(WHOLE) :])) == [repr(n) for part in parts for n in part]


def test_a_long_runs_table_is_thinned_evenly_between_its_ends():
    steps = [calm(i) for i in range(2000)]
    few = thinned(steps)
    assert (few[0], few[-1]) == (steps[0], steps[-1])
    assert len(few) * len(columns(few, Experiment(depth=3, steps=2000), load("en"))) <= CELLS
    gaps = {b.index - a.index for a, b in pairwise(few)}
    assert max(gaps) - min(gaps) <= 1
    assert thinned(steps[:3]) == steps[:3]
