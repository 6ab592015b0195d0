"""What a log says in words of a loss scale: gradients that overflowed, and the end of it."""

from collections.abc import Sequence

from core.trace import Note


def scale_notes(lines: Sequence[str], overflow: str, smallest: str) -> tuple[Note, ...]:
    """How often a line tells of an overflow, and whether one says that the scale cannot be lowered any more."""
    overflows = sum(overflow in line for line in lines)
    notes = [Note("logs.notes.overflows", {"count": overflows})] if overflows else []
    if any(smallest in line for line in lines):
        notes.append(Note("logs.notes.smallest_scale"))
    return (*notes,)
