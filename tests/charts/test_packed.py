"""Packed series: what they weigh, and that nothing but digits is lost on the way."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from core.charts.base.rows import NEVER
from core.charts.films.by_layer import factors, signal_by_layer
from core.charts.films.packed import LEVELS, pack
from core.charts.films.scenes import MOST_BYTES, kept
from core.experiment import Experiment
from core.steps import Step
from core.text import load
from tests.factories import BROKEN, EXPERIMENT, EXPLODES, LANGUAGES, RNN, step


def unpacked(words: str, least: float, step: float) -> list[float]:
    """What the browser makes of them."""
    levels = [abs(float(word)) - 1 if word else math.nan for word in words.split(" ")]
    return [10 ** (least + step * level) for level in levels]


def drawn(rows, series: str, frame: int) -> list[float]:
    """The values of a series that a picture's rows hold at a frame."""
    seen = (rows["kind"] == "profile") & (rows["series"] == series)
    (row,) = rows[seen & (rows["frame"] <= frame) & (frame < rows["until"])].itertuples()
    return unpacked(row.words, row.least, row.step)


@pytest.mark.parametrize("decimals", [0, 2])
def test_values_come_back_within_half_a_level(decimals):
    values = 10 ** np.random.default_rng(0).uniform(-290, 290, 100)
    packed = pack(values.tolist(), decimals)
    back = np.log10(unpacked(packed.words, packed.least, packed.step))
    assert np.abs(back - np.log10(values)).max() <= 0.51 * packed.step / 10**decimals
    assert packed.step == pytest.approx(np.ptp(np.log10(values)) / LEVELS)


def test_what_cannot_be_drawn_is_a_gap_and_a_point_between_two_gaps_is_marked():
    words = pack([0.0, 1.0, math.inf, 10.0, 10.0, math.nan, 5.0]).words.split(" ")
    assert [word == "" for word in words] == [True, False, True, False, False, True, False]
    assert [float(word) < 0 for word in words if word] == [True, False, False, True]
    assert pack([0.0, math.nan, math.inf]) is None
    assert unpacked(*(lambda p: (p.words, p.least, p.step))(pack([3.0, 3.0]))) == pytest.approx(
        [3.0, 3.0]
    )


@pytest.mark.parametrize("picture", [signal_by_layer, factors], ids=lambda p: p.name)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("depth", [20, 100])
def test_two_hundred_steps_are_sent_in_under_50_kb(picture, language, depth):
    rng = np.random.default_rng(0)
    sizes = 10 ** rng.normal(0, 2, (200, depth))
    steps = [
        replace(step(i, matrices=depth + 1), signal_norms=tuple(row.tolist()))
        for i, row in enumerate(sizes)
    ]
    rows = picture.frame(steps, Experiment(depth=depth, gain=1), load(language), True)
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(rows)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    assert len(sink.getvalue()) < 50_000


def test_short_runs_keep_every_step_and_long_ones_their_ends():
    short = [step(i) for i in range(40)]
    assert kept(short) == short
    long = [step(i) for i in range(2000)]
    some = kept(long)
    assert some[0] is long[0]
    assert some[-1] is long[-1]
    assert len(some) < MOST_BYTES / 360


def test_the_last_scene_is_exact_and_its_points_have_places():
    rows = signal_by_layer.frame(EXPLODES, EXPERIMENT, load("en"))
    last = rows[(rows["kind"] == "profile") & (rows["until"] == NEVER)]
    assert set(last["frame"]) == {2}
    assert set(last["place"]) == {"step 2, layer {x}"}
    assert drawn(rows, "signal", 3) == pytest.approx(EXPLODES[2].signal_norms, rel=1e-3)
    assert drawn(rows, "signal", 1) == pytest.approx(EXPLODES[1].signal_norms, rel=0.02)


def test_factors_multiply_to_the_growth_of_the_signal():
    norms = EXPLODES[1].signal_norms
    rows = factors.frame(EXPLODES[:2], EXPERIMENT, load("en"), True)
    assert drawn(rows, "product", 1)[0] == pytest.approx(norms[0] / norms[-1], rel=1e-3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_rnns_one_recurrent_matrix_is_a_level_line(language):
    text = load(language)
    steps: list[Step] = [replace(s, weight_grad_norms=(7.0, 5.0, 3.0)) for s in BROKEN[:3]]
    rows = signal_by_layer.frame(steps, RNN, text)
    assert drawn(rows, "weight_gradient", 2) == pytest.approx([5.0] * RNN.depth)
    names = rows[(rows["kind"] == "name") & (rows["series"] == "weight_gradient")]["text"]
    assert set(names) == {text("charts.line.recurrent_gradient")}
