"""The store of diagrams: computed once, watched by many, at rest when nobody watches."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.computing.shared import bytes_of
from core.diagnosis.cell import Cell
from core.experiment import FIELDS, Experiment
from core.labs.map.question import AXES, CELLS, SCALES, axis, question
from core.labs.map.store import Store, seconds
from core.runs.cells import StartCell

BASE = Experiment(depth=4, width=4, batch_size=4, steps=3)


def asked(kind="start", fields=("gain", "depth"), **change):
    return question(replace(BASE, **change), kind, fields, small=True)


class Engine:
    """Counts the cells it computes; takes `pause` seconds for each."""

    def __init__(self, pause=0.0, fail=False):
        self.pause, self.fail, self.computed = pause, fail, 0

    def __call__(self, asked):
        for i in range(len(asked.x[1])):
            for j in range(len(asked.y[1])):
                time.sleep(self.pause)
                if self.fail:
                    raise ArithmeticError("the engine broke")
                self.computed += 1
                yield StartCell(asked.experiment(i, j), 1.0)


def test_two_sessions_pay_for_one_diagram():
    engine = Engine()
    store, seen = Store(engine), []
    threads = [
        threading.Thread(target=lambda: seen.append(store.finished(asked()))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert engine.computed == asked().size == len(seen[0].cells)
    assert len({id(diagram) for diagram in seen}) == 1


def test_own_values_on_the_axes_make_no_other_diagram():
    assert asked(gain=1.5, depth=7) == asked(gain=0.7, depth=9)
    assert asked(seed=1) != asked(seed=2)


def test_a_map_and_its_mirror_image_are_computed_once():
    engine = Engine()
    store = Store(engine)
    store.finished(asked())
    turned = asked(fields=("depth", "gain"))
    cells = store.known(turned)
    assert len(cells) == turned.size == engine.computed
    assert all(cell.experiment == turned.experiment(*place) for place, cell in cells.items())
    store.finished(turned)
    assert engine.computed == turned.size


def test_diagram_that_nobody_watches_comes_to_rest_and_goes_on():
    engine = Engine(pause=0.002)
    store = Store(engine)
    for diagram, _ in store.follow(asked()):
        if diagram.cells:
            break
    due = time.monotonic() + 20
    while not diagram.job.done() and time.monotonic() < due:
        time.sleep(0.01)
    left = engine.computed
    assert 0 < left < asked().size
    time.sleep(0.1)
    assert engine.computed == left
    engine.pause = 0
    assert len(store.finished(asked()).cells) == engine.computed == asked().size


def test_who_waits_is_told():
    store = Store(Engine(pause=0.001))
    store.collectors = ThreadPoolExecutor(1)
    first = store.follow(asked())
    next(first)
    time.sleep(0.05)
    _, waits = next(iter(store.follow(asked(seed=1))))
    assert waits
    first.close()


def test_engine_error_reaches_every_watcher_and_a_new_try_is_possible():
    engine = Engine(fail=True)
    store = Store(engine)
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            store.finished(asked())
    engine.fail = False
    assert len(store.finished(asked()).cells) == asked().size


def test_oldest_is_dropped_but_never_while_watched():
    most = 2 * asked().size * bytes_of(((0, 0), StartCell(asked().base, 1.0)))
    store = Store(Engine(), most)
    watching = store.follow(asked())
    next(watching)
    for seed in (1, 2, 3):
        store.finished(asked(seed=seed))
    assert store.known(asked())
    assert not store.known(asked(seed=1))
    watching.close()


def test_real_cells_are_those_of_the_engine():
    known = Store(_small).finished(asked("outcome", ("gain", "lr")))
    assert len(known.cells) == 400
    cell = known.cells[0, 19]
    assert isinstance(cell, Cell)
    assert cell.experiment == known.question.experiment(0, 19)


def _small(question):
    from core.runs.sweeps import sweep

    return sweep(question.base, question.x, question.y)


@pytest.mark.parametrize("cells", CELLS.values())
@pytest.mark.parametrize("field", SCALES)
def test_axes_hold_the_experiments_own_value(field, cells):
    from core.experiment import RANGES

    for own in (*RANGES[field], getattr(Experiment(), field)):
        name, values = axis(field, own, cells)
        assert name == field in FIELDS
        assert values[0] <= own <= values[-1]
        assert list(values) == sorted(set(values))
        assert cells // 2 <= len(values) <= cells
        assert RANGES[field][0] <= values[0] < values[-1] <= RANGES[field][1]


def test_default_experiment_is_a_cell_of_its_map():
    shown = question(Experiment(), "outcome", ("gain", "lr"), small=True)
    assert 1.25 in shown.x[1]
    assert 0.001 in shown.y[1]
    assert len(shown.x[1]) == len(shown.y[1]) == 20


def test_small_copies_are_never_larger_and_own_size_is():
    tiny = Experiment(depth=3, width=5, batch_size=2, steps=7)
    for kind in AXES:
        fields = AXES[kind][:2]
        assert question(tiny, kind, fields, small=True) == question(tiny, kind, fields, small=False)
    large = Experiment(depth=100, width=200)
    assert seconds(question(large, "outcome", ("gain", "lr"), small=True)) < 60
    assert seconds(question(large, "outcome", ("gain", "lr"), small=False)) > 60


def test_threshold_as_an_axis_makes_the_networks_clip():
    fields = ("gain", "clip")
    assert question(Experiment(), "outcome", fields, small=True).base.clipping == "global_norm"
    clipped = Experiment(clipping="value")
    assert question(clipped, "outcome", fields, small=True).base.clipping == "value"
