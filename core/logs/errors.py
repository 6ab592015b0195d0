"""Why a file cannot be read as a log, as data: enough to say it in any language."""

from core.text import load, plain

LONGEST = 40
"""So many characters of what a file says are shown."""


class LogError(ValueError):
    """A file that is no log, or more than can be read: a key of content, and what fills the sentence's slots."""

    def __init__(self, key: str, **slots: float | str) -> None:
        """Keep both, and say it in English."""
        self.key = key
        self.slots = {name: shown(v) if isinstance(v, str) else v for name, v in slots.items()}
        super().__init__(plain(load("en")(key, **self.slots)))


def shown(written: str) -> str:
    """What a file says, short, on one line, and without what cannot be seen."""
    return "".join(c for c in written[:LONGEST] if c.isprintable())
