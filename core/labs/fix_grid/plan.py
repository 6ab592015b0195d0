"""The fix grid: every combination of the fixes, over several seeds, counted."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, combinations

from core.diagnosis.cell import Cell
from core.diagnosis.changes import WAYS, each_alone
from core.diagnosis.outcomes import survived
from core.experiment import Experiment
from core.problems import ExperimentError

Combination = tuple[str, ...]
"""Fixes, in the order of WAYS; () is the experiment as it is."""
ROWS = ("clipping", "initialization")
COLUMNS = ("lower_rate", "normalization")


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one combination's runs, as far as they are known."""

    known: int
    survived: int
    learned: int


def subsets(fixes: Iterable[str]) -> list[Combination]:
    """Every combination of some fixes, the fewest first."""
    names = tuple(fixes)
    return list(chain.from_iterable(combinations(names, n) for n in range(len(names) + 1)))


def joined(rows: Combination, columns: Combination) -> Combination:
    """The combination of a row's fixes and a column's."""
    return tuple(fix for fix in WAYS if fix in rows + columns)


def plan(
    base: Experiment, ways: Mapping[str, str], seeds: int
) -> dict[Combination, list[Experiment]]:
    """The runs of each combination: the experiment's own seed and those that follow it.

    ways: for each fix, a key of WAYS[fix]. Left out are fixes that the experiment has already, and
        combinations that cannot be trained.
    """
    planned = {}
    alone = each_alone(base, ways)[0]
    for combination in subsets(fix for fix in alone if fix in ways):
        with suppress(ExperimentError):
            changed = _changed(base, combination, ways)
            planned[combination] = changed.seeds(seeds)
    return planned


def _changed(base: Experiment, fixes: Combination, ways: Mapping[str, str]) -> Experiment:
    for fix in fixes:
        base = WAYS[fix][ways[fix]](base)
    return base


def count(runs: Iterable[Experiment], known: Mapping[Experiment, Cell]) -> Tally:
    """What became of these runs, of which some may not be known yet."""
    ends = [known[run].outcome for run in runs if run in known]
    return Tally(len(ends), sum(map(survived, ends)), ends.count("learned"))


def most_saving(tallies: Mapping[Combination, Tally]) -> list[Combination]:
    """The single fixes that survived most often, and of those the ones that learned most often."""
    counts = {c: (t.survived, t.learned) for c, t in tallies.items() if len(c) == 1}
    best = max(counts.values(), default=None)
    return [c for c, count in counts.items() if count == best]


def smallest(tallies: Mapping[Combination, Tally]) -> list[Combination]:
    """Of the combinations that learned most often, those of the fewest fixes."""
    most = max(tally.learned for tally in tallies.values())
    often = [c for c, tally in tallies.items() if tally.learned == most]
    fewest = min(map(len, often))
    return [c for c in often if len(c) == fewest]
