"""A text that notes what is asked of it, so that a page's words can be taken apart again."""

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.text import Text, load


@dataclass(frozen=True, eq=False)
class Note:
    """One sentence, or a part of one: its key, its slots as they were given, and what came of it."""

    key: str
    slots: dict[str, Any]
    said: str
    template: str

    @property
    def used(self) -> list[str]:
        """The slots that the sentence shows; what is given beside them is not said."""
        fields = (field for _, field, _, _ in string.Formatter().parse(self.template))
        return list(dict.fromkeys(field for field in fields if field))

    def shown(self, slot: str) -> str:
        """A slot as it stands on the page."""
        value = self.slots[slot]
        return value if isinstance(value, str) else load("en").number(value)


class Recorder(Text):
    """The English texts, and in `notes` everything that was asked for, in that order."""

    def __init__(self) -> None:
        vars(self).update(vars(load("en")))
        self.notes: list[Note] = []

    def __call__(self, key: str, **slots: object) -> str:
        said = super().__call__(key, **slots)
        self.notes.append(Note(key, dict(slots), said, self.get(key)))
        return said


def roots(notes: Sequence[Note], whole: str) -> Iterator[Note]:
    """The sentences of a text that are no part of another; what was made and not said is left out."""
    parts = {
        value.lower() for note in notes for value in note.slots.values() if isinstance(value, str)
    }
    for note in dict.fromkeys(notes):
        if note.said.lower() not in parts and _stands_in(note.said, whole):
            yield note


def _stands_in(said: str, whole: str) -> bool:
    """As words of their own: "step 1" is not said in "step 14"."""
    return bool(said) and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", whole, re.I) is not None


def part(notes: Sequence[Note], note: Note, slot: str) -> Note | None:
    """The note that made a slot's words; None where they were not asked for by a key."""
    before, said = notes[: notes.index(note)], note.slots[slot].lower()
    return next((each for each in reversed(before) if each.said.lower() == said), None)
