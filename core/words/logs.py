"""What is said of a log, in the visitor's language."""

from collections.abc import Sequence

from core.logs import LogError
from core.text import Text
from core.trace import Note
from core.words.problems import as_code

MOST = 20
"""So many names are shown."""


def said(told: Note | LogError, text: Text) -> str:
    """A note, or why a file cannot be read. Names are shown as code, so that nothing in them acts."""
    return text(told.key, **{name: _shown(value) for name, value in told.slots.items()})


def format_name(format: str, text: Text) -> str:
    """What a trace's `format` is called."""
    return text(f"logs.formats.{format}")


def _shown(value: float | str | Sequence[str]) -> float | str:
    if isinstance(value, str):
        return as_code(value)
    return value if isinstance(value, int | float) else ", ".join(map(as_code, value[:MOST]))
