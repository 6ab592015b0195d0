"""What a log says in words of a loss scale: gradients that overflowed, and the end of it."""

from core.logs.source import Source
from core.trace import Note

OVERFLOWS = (
    "] OVERFLOW! ",
    "Overflow detected. Skipping",
    "overflow detected, ",
    "Gradient overflow.  Skipping step",
)
"""Of DeepSpeed, now and once, of fairseq, and of apex."""
SMALLEST = ("loss scale already at minimum", "Minimum loss scale reached")


def scale_notes(source: Source) -> tuple[Note, ...]:
    """How often it tells of an overflow, and whether it says that the scale cannot be lowered any more."""
    overflows = sum(map(source.text.count, OVERFLOWS))
    notes = [Note("logs.notes.overflows", {"count": overflows})] if overflows else []
    if any(said in source.text for said in SMALLEST):
        notes.append(Note("logs.notes.smallest_scale"))
    return (*notes,)
