"""The fix grid: which runs it has, how they are counted and read, and that a visitor gets it when asked."""

import itertools
import threading
from dataclasses import replace

import pytest

from core.charts.base.colour import contrast, mix, shade
from core.charts.base.palette import PALETTES
from core.computing.shared import LEAST_BYTES, bytes_of
from core.diagnosis.cell import Cell
from core.diagnosis.changes import USUAL, WAYS
from core.experiment import Experiment
from core.labs.fix_grid.plan import (
    COLUMNS,
    ROWS,
    Tally,
    count,
    joined,
    most_saving,
    plan,
    smallest,
    subsets,
)
from core.labs.fix_grid.view import SEEDS, offered, too_large
from core.labs.fix_grid.words import names, reading
from core.runs import cell_store
from core.runs.cell_store import CellStore
from core.text import load
from tests.visitor import opened

SMALL = Experiment(depth=6, width=8, batch_size=8, steps=10, gain=3)


def cell(experiment, what):
    return Cell(experiment, what, 1.0, 1.0, 1)


def test_sixteen_combinations_of_each_seed_from_the_sentences_own():
    planned = plan(SMALL, USUAL, 5)
    assert len(planned) == 16
    assert planned[()] == [replace(SMALL, seed=seed) for seed in range(5)]
    every = tuple(WAYS)
    assert {run.seed for run in planned[every]} == set(range(5))
    changed = planned[every][0]
    assert (changed.clipping, changed.clip) == ("global_norm", 1)
    assert changed.gain == 1
    assert changed.lr == pytest.approx(SMALL.lr / 10)
    assert changed.normalization == "layer"


def test_rows_and_columns_are_all_combinations():
    cells = [joined(row, column) for row in subsets(ROWS) for column in subsets(COLUMNS)]
    assert set(cells) == set(subsets(WAYS))


def test_seeds_wrap_round_at_the_largest():
    assert [e.seed for e in plan(replace(SMALL, seed=9998), USUAL, 3)[()]] == [9998, 9999, 0]


def test_a_fix_that_is_there_already_is_no_choice():
    planned = plan(replace(SMALL, clipping="global_norm"), USUAL, 3)
    assert len(planned) == 8
    assert not any("clipping" in combination for combination in planned)


def test_a_fix_that_cannot_be_trained_is_no_choice():
    planned = plan(replace(SMALL, batch_size=1), USUAL | {"normalization": "batch"}, 3)
    assert len(planned) == 8
    assert not any("normalization" in combination for combination in planned)


def test_outcomes_are_counted_as_far_as_they_are_known():
    runs = [replace(SMALL, seed=seed) for seed in range(5)]
    ends = ("diverged", "exploded", "stalled", "learned")
    known = {run: cell(run, what) for run, what in zip(runs, ends, strict=False)}
    assert count(runs, known) == Tally(known=4, survived=2, learned=1)
    assert count(runs, {}) == Tally(known=0, survived=0, learned=0)


def tallies(**learned):
    """Five runs each; who learned survived. Names of fixes joined by "and"; "none" is the run as it is."""
    fixes = {name: () if name == "none" else tuple(name.split("_and_")) for name in learned}
    return {fixes[name]: Tally(5, survived, ok) for name, (survived, ok) in learned.items()}


def test_reading_names_the_single_fix_and_the_smallest_that_always_learned():
    found = tallies(
        none=(0, 0),
        clipping=(5, 1),
        initialization=(5, 4),
        clipping_and_initialization=(5, 5),
        clipping_and_lower_rate=(5, 5),
        clipping_and_initialization_and_lower_rate=(5, 5),
    )
    assert most_saving(found) == [("initialization",)]
    assert smallest(found) == [("clipping", "initialization"), ("clipping", "lower_rate")]
    said = reading(found, 5, load("en"))
    assert "The single fix with which most runs survived: **Initialization**" in said
    assert "**Clipping + Initialization; or Clipping + Lower rate**" in said


READINGS = {
    "never": tallies(none=(0, 0), clipping=(0, 0)),
    "nearest": tallies(none=(0, 0), clipping=(3, 2)),
    "always_plain": tallies(none=(5, 5), clipping=(5, 5)),
    "always": tallies(none=(5, 2), clipping=(5, 5)),
}


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("key", READINGS)
def test_every_reading_is_said(key, language):
    text = load(language)
    said = reading(READINGS[key], 5, text)
    template = text.get(f"fixes.grid.{key}").split("{")[0]
    assert template in said
    assert "{" not in said


def test_nothing_saved_is_said():
    assert load("en")("fixes.grid.single_none") in reading(READINGS["never"], 5, load("en"))


def test_one_cell_of_a_run_that_has_every_fix():
    base = plan(SMALL, USUAL, 1)[tuple(WAYS)][0]
    planned = plan(replace(base, lr=1e-6), USUAL, 3)
    assert list(planned) == [()]
    assert reading({(): Tally(3, 3, 0)}, 3, load("en"))
    assert names((), load("en")) == load("en")("fixes.grid.unfixed")


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_text_is_readable_on_every_shade(palette):
    shades = [shade(palette, share / 10) for share in range(11)]
    assert all(contrast(colour, palette.text) >= 4.5 for colour in shades)
    assert contrast(shades[0], shades[-1]) > 1.5


def test_contrast_and_mixing_are_wcags():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # WebAIM's example
    assert mix("#FF0000", "#0000FF", 0.5) == "#800080"


def test_cells_agree_with_the_runs_alone(rounding):
    planned = plan(SMALL, USUAL, 3)
    runs = list(itertools.chain.from_iterable(planned.values()))
    store = CellStore()
    *_, found = store.find(runs)
    assert set(found) == set(runs)
    alone = {run: rounding.outcome(run) for run in planned[()]}
    assert {run: c.outcome for run, c in store.known(planned[()]).items()} == alone


def test_store_forgets_the_oldest():
    two = 2 * (LEAST_BYTES + bytes_of(cell(SMALL, "diverged")))
    store = CellStore(most_bytes=two + LEAST_BYTES)
    runs = [replace(SMALL, seed=seed, steps=1) for seed in range(3)]
    for run in runs:
        list(store.find([run]))
    assert set(store.known(runs)) == set(runs[1:])
    store.known([runs[1]])
    list(store.find([runs[0]]))
    assert set(store.known(runs)) == {runs[0], runs[1]}


def test_a_class_that_asks_together_pays_once(monkeypatch):
    trained, entered, go = [], threading.Event(), threading.Event()

    def slow(experiments, **_):
        for experiment in experiments:
            trained.append(experiment)
            entered.set()
            assert go.wait(20)
            yield Cell(experiment, "learned", 0.1, 1.0, 1)

    monkeypatch.setattr(cell_store, "run_many", slow)
    store, found = CellStore(), []
    runs = [replace(SMALL, seed=seed) for seed in range(4)]
    threads = [
        threading.Thread(target=lambda: found.append(list(store.find(runs))[-1])) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    assert entered.wait(20)
    go.set()
    for thread in threads:
        thread.join(20)
    assert trained == runs
    assert [set(each) for each in found] == [set(runs)] * 5


def test_who_waits_takes_over_what_another_left(monkeypatch):
    monkeypatch.setattr(cell_store, "run_many", trained_at_once)
    store, runs = CellStore(), [replace(SMALL, seed=seed) for seed in range(3)]
    first, second = store.find(runs), store.find(runs)
    assert set(next(first)) == {runs[0]}
    assert set(next(second)) == {runs[0]}
    first.close()
    *_, found = second
    assert set(found) == set(runs)


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_left_while_it_is_trained_is_kept(fails, monkeypatch):
    """As where a visitor clicks anything meanwhile; who asks next waits for it, and trains it only if it failed."""
    trained, go = [], threading.Event()

    def slow(experiments):
        trained.extend(experiments)
        assert go.wait(20)
        if fails and len(trained) == 1:
            raise ArithmeticError("the engine broke")
        return [cell(e, "learned") for e in experiments]

    def leave():
        if trained:
            raise InterruptedError

    monkeypatch.setattr("core.runs.sweeps.train_cells", slow)
    store = CellStore()
    with pytest.raises(InterruptedError):
        list(store.find([SMALL], leave))
    asked = store.find([SMALL])
    assert next(asked) == {}
    go.set()
    *_, found = asked
    assert set(found) == {SMALL}
    assert trained == [SMALL] * (1 + fails)


def test_of_a_stack_that_is_known_all_is_kept(monkeypatch):
    trained = []

    def at_once(experiments):
        trained.extend(experiments)
        return [cell(e, "learned") for e in experiments]

    monkeypatch.setattr("core.runs.sweeps.train_cells", at_once)
    store, runs = CellStore(), [replace(SMALL, seed=seed) for seed in range(4)]
    watching = store.find(runs)
    assert len(next(watching)) == 1
    watching.close()
    assert set(store.known(runs)) == set(runs) == set(trained)


def trained_at_once(experiments, **_):
    for experiment in experiments:
        yield Cell(experiment, "learned", 0.1, 1.0, 1)


HUGE = Experiment(depth=100, width=128, steps=500)


def test_too_much_work_names_what_to_lower():
    assert list(SEEDS) == offered(SMALL, USUAL)
    assert offered(HUGE, USUAL) == []
    problem = too_large(HUGE, USUAL, SEEDS[0])
    assert problem.field == "steps"
    assert too_large(replace(HUGE, steps=problem.allowed[0]), USUAL, SEEDS[0]) is None


QUERY = {"depth": "6", "width": "8", "batch_size": "8", "steps": "10", "gain": "3"}


@pytest.mark.parametrize(("language", "seed"), [("en", "1"), ("bn", "11")])
def test_the_grid_is_tried_when_asked_and_a_cell_opens_its_run(language, seed):
    app = opened("fixes", lab="grid", lang=language, seed=seed, **QUERY)
    assert not any(b.key.startswith("open-") for b in app.button)
    app.segmented_control(key="grid-seeds").set_value(3).run()
    assert app.query_params["grid"] == "3"
    app.button(key="grid-try").click().run(timeout=120)
    assert not app.exception
    assert len([b for b in app.button if b.key.startswith("open-")]) == 16
    assert app.button(key="grid-try").disabled
    app.button(key="open-grid-cell-clipping-normalization").click().run()
    assert not app.exception
    assert app.query_params["clipping"] == "global_norm"
    assert app.query_params["normalization"] == "layer"
    assert "lr" not in app.query_params


def test_a_grid_that_is_too_large_says_what_to_lower():
    app = opened("fixes", lab="grid", **QUERY)
    for name in ("depth", "width", "steps"):
        app.select_slider(key=name).set_value(getattr(HUGE, name))
    app.run()
    assert any("**steps to" in warning.value for warning in app.warning)
    assert not any(b.key == "grid-try" for b in app.button)


def test_a_number_of_seeds_that_there_is_not_is_told():
    app = opened("fixes", lab="grid", grid="7", **QUERY)
    assert any(
        "`grid` must be one of `3`; `5`; `10`; the link says `7`" in w.value for w in app.warning
    )
    app.segmented_control(key="grid-seeds").set_value(10).run()
    assert not app.warning
    assert not app.exception
