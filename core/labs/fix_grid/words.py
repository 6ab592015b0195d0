"""What is said of a fix grid: a combination's name, a cell, and what all of it comes to."""

from collections.abc import Iterable, Mapping

from core.labs.fix_grid.plan import Combination, Tally, most_saving, smallest
from core.text import Text

FEW = 3
"""Of equally good combinations, no more than so many are named."""


def names(fixes: Iterable[str], text: Text) -> str:
    """A combination: "Clipping + Lower rate", "as it is"."""
    said = " + ".join(text(f"fixes.fixes.{fix}.name") for fix in fixes)
    return said or text("fixes.grid.unfixed")


def cell(tally: Tally, text: Text) -> str:
    """How often it survived and learned, of the runs that are known."""
    return text(
        "fixes.grid.cell", survived=tally.survived, learned=tally.learned, known=tally.known
    )


def reading(tallies: Mapping[Combination, Tally], seeds: int, text: Text) -> str:
    """The run as it is, the single fix that saved most, and the smallest combination that always learned."""
    plain = tallies[()]
    counted = {"survived": plain.survived, "learned": plain.learned}
    parts = [text("fixes.grid.as_it_is", seeds=seeds, **counted)]
    if plain.survived < seeds:
        parts.append(_single(tallies, seeds, text))
    return " ".join([*parts, _smallest(tallies, seeds, text)]).strip()


def _single(tallies: Mapping[Combination, Tally], seeds: int, text: Text) -> str:
    best = most_saving(tallies)
    if not best:
        return ""
    tally = tallies[best[0]]
    if not tally.survived:
        return text("fixes.grid.single_none")
    return text(
        f"fixes.grid.{'single' if len(best) == 1 else 'single_many'}",
        names=_any(best, text),
        survived=tally.survived,
        learned=tally.learned,
        seeds=seeds,
    )


def _smallest(tallies: Mapping[Combination, Tally], seeds: int, text: Text) -> str:
    best = smallest(tallies)
    learned = tallies[best[0]].learned
    if not learned:
        return text("fixes.grid.never")
    if learned < seeds:
        said = _any(best, text)
        return text("fixes.grid.nearest", names=said, learned=learned, seeds=seeds)
    if best == [()]:
        return text("fixes.grid.always_plain")
    return text("fixes.grid.always", names=_any(best, text))


def _any(combinations: Iterable[Combination], text: Text) -> str:
    named = [names(c, text) for c in combinations]
    more = [text("fixes.grid.more", count=len(named) - FEW)] if len(named) > FEW else []
    return text("fixes.grid.or").join(named[:FEW] + more)
