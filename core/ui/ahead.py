"""The presets, run and judged once in the background after the start: in class each is there at once.

Any visitor comes first: it goes on, a slice of a few milliseconds at a time, while nobody waits for anything.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from streamlit import runtime

from core.computing.shared import Sliced
from core.diagnosis.advice import candidates
from core.diagnosis.cell import Cell
from core.diagnosis.verdict import judge, with_twin
from core.experiment import Experiment
from core.presets import PRESETS
from core.runs.cell_store import STORE as CELLS
from core.runs.store import STORE as RUNS
from core.steps import Step
from core.ui import endings
from core.ui.warm import ENGINE, wait_for_rest


def prepare(experiment: Experiment) -> None:
    """All that a page with this experiment computes: the run, what its verdict and its suggestions need."""
    verdict = with_twin(judge(experiment, _steps(experiment), _steps, _glance), _glance)
    if verdict.outcome in endings.TRIED:
        endings.trials(verdict, candidates(experiment, verdict.situation), _glance)


def _steps(experiment: Experiment) -> Sequence[Step]:
    _follow(RUNS, experiment)
    return RUNS.there([experiment])[experiment].steps


def _glance(experiments: Sequence[Experiment]) -> Mapping[Experiment, Cell]:
    for experiment in experiments:
        _follow(CELLS, experiment)
    return CELLS.known(experiments)


def _follow(store: Sliced[Experiment, Any], experiment: Experiment) -> None:
    for _ in store.follow(experiment):
        wait_for_rest()


def _prepare_presets() -> None:
    ENGINE.join()
    for experiment in PRESETS.values():
        wait_for_rest()
        prepare(experiment)


_presets = threading.Thread(target=_prepare_presets, daemon=True)
_starting = threading.Lock()


def begin() -> None:
    """Once per process, where it is a server's."""
    with _starting:
        if _presets.ident is None and runtime.exists():
            _presets.start()
