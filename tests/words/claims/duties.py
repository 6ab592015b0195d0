"""What has to be said of a run, and not only be so where it is said."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.words.claims.rooms import Page

Owed = Callable[[Any], bool]


def untwinned(case: Any) -> bool:
    """an explosion has a twin"""
    return not case.survives and case.twin is None


def ends_otherwise(it: Any) -> bool:
    """that its twin ended otherwise"""
    return it.twin is not None and it.twin.outcome != it.outcome


def ends_elsewhen(it: Any) -> bool:
    """that its twin diverged at another step"""
    both = it.twin is not None and it.diverged and it.twin.diverged
    return both and abs(it.last - it.twin.last) > 1


DUTIES: tuple[tuple[str, Owed, str], ...] = (
    ("verdict", untwinned, ""),
    ("verdict", ends_otherwise, "verdict.rounded.outcome"),
    ("verdict", ends_elsewhen, "verdict.headline.diverged_between"),
    ("race", ends_otherwise, "verdict.rounded.outcome"),
    ("race", ends_elsewhen, "fixes.race.between"),
)
"""By room: when something is owed, and the key that says it; "": nothing can."""


def unsaid_duties(page: Page) -> Iterator[str]:
    """What this place of the app keeps back. A card that says that a fix does nothing says the rest elsewhere."""
    said = {note.key for note in page.notes if note.said in page.whole}
    for room, owed, key in DUTIES:
        excused = key in said or "fixes.fate.same" in said
        if room == page.room and not excused and owed(page.subject):
            yield f"not said: {owed.__doc__} ({key})"
