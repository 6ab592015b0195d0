"""Why a file cannot be read as a log, as data: enough to say it in any language."""

from collections.abc import Sequence

from core.text import load

MOST = 20
LONGEST = 40
"""So many characters of what a file says are shown."""


class LogError(ValueError):
    """A file that is no log, or more than can be read: a key of content, and what fills the sentence's slots."""

    def __init__(self, key: str, **slots: float | str | Sequence[str]) -> None:
        """Keep both, and say it in English."""
        self.key, self.slots = key, slots
        super().__init__(load("en")(key, **{name: _shown(v) for name, v in slots.items()}))


def _shown(value: float | str | Sequence[str]) -> float | str:
    """A number, or what a file says: short, on one line, and without what cannot be seen."""
    if isinstance(value, str):
        return "".join(c for c in value[:LONGEST] if c.isprintable())
    return (
        value if isinstance(value, int | float) else ", ".join(str(_shown(v)) for v in value[:MOST])
    )
