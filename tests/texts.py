"""The files of content/, read as they are written: every text with its key."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from core.text import CONTENT

FORMULA = re.compile(r"\$\$?[^$]+\$\$?")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
AVOID = "avoid"
"""What stands at this key are words for the tests, and no texts: each language has strays of its own."""


def read(language: str, name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / language / name).read_text("utf-8"))


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every text with its dotted key, in the file's order; lists count from 0."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != AVOID:
                yield from leaves(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{key}.{place}")
    else:
        yield key, value
