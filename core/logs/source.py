"""A file as it was given: its text, its lines, and the shape it has. Bounded, in memory, unpacked by nobody."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from core.logs.errors import LogError
from core.logs.separated import header_of
from core.logs.table import CELLS

MEGABYTES = 20
LINES = 1_000_000
LONGEST_LINE = 200_000
"""So many characters of a line are read as `key: value`."""
SOME = 1000
PACKED = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"\x28\xb5\x2f\xfd",
    b"Rar!",
)
"""How gzip, zip (also of Excel and PyTorch), bzip2, xz, 7z, Zstandard and RAR begin."""
COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x08\x1b]")
"""What a terminal obeys: colours, titles, steps back."""
MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|svg|head|body|div|table)\b", re.IGNORECASE)
NESTED = re.compile(r"\s*(?:\[\s*[\[{]|\{)")
DEEPEST = 5
"""So deep are names found in names of JSON."""


class Source:
    """A file: its name, its bytes or its text.

    Raises LogError at once where it is too large, empty, packed, a web page, or no text.
    """

    def __init__(self, given: str | bytes, name: str = "", run: str | None = None) -> None:
        """Decode it. run: the one to read, of a file that has several."""
        self.name, self.run = name, run
        if len(given) > MEGABYTES * 10**6:
            raise LogError("logs.errors.too_large", size=len(given) / 1e6, most=MEGABYTES)
        self.data = given if isinstance(given, bytes) else b""
        self._given = given

    @cached_property
    def text(self) -> str:
        """Without colours and byte order mark, its lines ended in one way."""
        said = self._given if isinstance(self._given, str) else _decoded(self._given)
        if not said.strip("\ufeff\0 \t\r\n"):
            raise LogError("logs.errors.empty")
        if "\0" in said:
            raise LogError("logs.errors.binary")
        if MARKUP.match(said):
            raise LogError("logs.errors.web_page")
        said = said.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        if said.count("\n") > LINES:
            raise LogError("logs.errors.lines", most=LINES)
        return COLOURS.sub("", said) if "\x1b" in said or "\x08" in said else said

    @cached_property
    def lines(self) -> list[str]:
        """Those with something in them; there is one at least."""
        lines = [line[:LONGEST_LINE] for line in self.text.split("\n") if not line.isspace()]
        if found := [line for line in lines if line]:
            return found
        raise LogError("logs.errors.empty")

    @cached_property
    def some_lines(self) -> list[str]:
        """Of a long file the first lines, and some from all of the rest: enough to tell what it is."""
        return self.lines[:SOME] + self.lines[SOME :: len(self.lines) // SOME + 1]

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether one of these lines has it in it."""
        return any(map(pattern.search, self.some_lines))

    @cached_property
    def document(self) -> Any:
        """What the file is as one piece of JSON; None where it is none."""
        if not self.text.lstrip().startswith(("[", "{")):
            return None
        if sum(map(self.text.count, ",[{")) > CELLS:
            raise LogError("logs.errors.cells", most=CELLS)
        try:
            return parsed(self.text)
        except ValueError:
            return None

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Its lines, where most are JSON objects; else none."""
        if not self.lines[0].startswith("{") or isinstance(self.document, dict | list):
            return []
        found = list(_records(self.lines))
        return found if len(found) > len(self.lines) / 2 else []

    @cached_property
    def header(self) -> Sequence[str]:
        """The names over its columns, where it is a table; else none."""
        return [] if NESTED.match(self.text) else header_of(self.lines)

    @property
    def broken(self) -> bool:
        """Whether it begins as JSON of many lines does, and is none."""
        return bool(NESTED.match(self.text)) and self.document is None and "}" not in self.lines[0]


def parsed(written: str) -> Any:
    """JSON with NaN and Infinity, as Python writes it.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(written, parse_int=float)
    except RecursionError:
        raise ValueError from None


def flat(record: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """What a JSON object holds, names in names joined by /; of a list its only value."""
    if isinstance(record, dict) and depth < DEEPEST:
        for key, inner in record.items():
            yield from flat(inner, f"{name}/{key}" if name else str(key), depth + 1)
    elif isinstance(record, list) and len(record) == 1:
        yield name, record[0]
    else:
        yield name, record


def _records(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """All at once where that works, as it mostly does: it takes half as long."""
    try:
        pieces = parsed(f"[{','.join(lines)}]")
    except ValueError:
        pieces = map(_record, lines)
    return (_flat_record(piece) for piece in pieces if isinstance(piece, dict))


def _flat_record(piece: dict[str, Any]) -> dict[str, Any]:
    """The same object where nothing is in it to be made flat: a file may have a million of them."""
    nested = any(isinstance(value, dict | list) for value in piece.values())
    return dict(flat(piece)) if nested else piece


def _record(line: str) -> Any:
    try:
        return parsed(line) if line.startswith("{") else None
    except ValueError:
        return None


def _decoded(data: bytes) -> str:
    if data.startswith(PACKED):
        raise LogError("logs.errors.packed")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # as PowerShell writes what a program prints
    try:
        return data.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise LogError("logs.errors.binary") from None
        raise LogError("logs.errors.encoding", place=error.start) from None
