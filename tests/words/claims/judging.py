"""The judge: looks up what a sentence's key stands for, and checks it, its numbers and its parts."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from core.text import load
from tests.words.claims.recording import Note, part, roots

UNTOLD = (AttributeError, LookupError, TypeError, ValueError, StopIteration)
"""What comes of asking for something that a run does not have: what is said of it is false then."""
Holds = Callable[[Any], bool]
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@dataclass(frozen=True)
class Part:
    """A slot that holds a sentence of its own, about another run, perhaps: of which, and by which keys."""

    of: Callable[[Any], Any]
    keys: str = "*"


@dataclass(frozen=True)
class Word:
    """A slot that holds the words of a key."""

    key: Callable[[Any], str]


ANY = Part(lambda subject: subject)
"""A slot by which the claim has found out whom it is about."""


@dataclass(frozen=True)
class Digits:
    """A number that is shown with so many digits, not with three; None: with as many as it takes."""

    digits: int | None
    of: Callable[[Any], float]


@dataclass(frozen=True)
class Claim:
    """What a key stands for.

    holds: what has to be so, of the one of whom it is said. shown: of the numbers as they are shown.
    slots: for each slot that is shown, its truth. of: whom it is about, where the words themselves name that.
    """

    holds: tuple[Holds, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    shown: tuple[Callable[[Note], bool], ...] = ()
    of: Callable[[Note, Any], Any] | None = None


def claim(
    *holds: Holds,
    shown: Sequence[Callable[[Note], bool]] = (),
    of: Callable[[Note, Any], Any] | None = None,
    **slots: Any,
) -> Claim:
    """A claim, as the tables of the rooms write it."""
    return Claim(holds, slots, tuple(shown), of)


SAYS_NOTHING = claim()
"""A heading, a name, the words of a button: nothing is claimed of any run."""


@dataclass(frozen=True)
class Falsehood:
    """A sentence that is not so, and why."""

    key: str
    said: str
    why: str

    def __str__(self) -> str:
        return f"{self.key}\n    “{self.said}”\n    {self.why}"


class Judge:
    """Checks notes by a registry of claims, and remembers which keys were said, and of whom."""

    def __init__(self, registry: Mapping[str, Claim]) -> None:
        self.registry = registry
        self.seen: set[str] = set()
        self.said: list[tuple[Any, str]] = []

    def falsehoods(self, notes: Sequence[Note], whole: str, subject: Any) -> Iterator[Falsehood]:
        """Of all that is said of a subject in a text."""
        for note in roots(notes, whole):
            yield from self._check(notes, note, subject)

    def _check(self, notes: Sequence[Note], note: Note, subject: Any) -> Iterator[Falsehood]:
        name = self.claimed(note.key)
        if name is None:
            yield Falsehood(note.key, note.said, "no claim stands for this key")
            return
        claimed = self.registry[name]
        try:
            subject = claimed.of(note, subject) if claimed.of else subject
        except UNTOLD:
            yield Falsehood(note.key, note.said, "there is nobody of whom this is said")
            return
        self.seen.add(note.key)
        self.said.append((subject, note.key))
        for holds in claimed.holds:
            if not _fine(holds, subject):
                yield Falsehood(note.key, note.said, f"not so: {_name(holds)}; {_about(subject)}")
        for fits in claimed.shown:
            if not fits(note):
                yield Falsehood(note.key, note.said, f"as shown, not so: {_name(fits)}")
        for slot in note.used:
            yield from self._slot(notes, note, slot, claimed.slots.get(slot), subject)

    def _slot(
        self, notes: Sequence[Note], note: Note, slot: str, truth: Any, subject: Any
    ) -> Iterator[Falsehood]:
        if truth is ANY:
            return
        if isinstance(truth, Part):
            yield from self._part(notes, note, slot, truth, subject)
            return
        shown = note.shown(slot)
        try:
            why = self._differs(slot, truth, shown, subject)
        except UNTOLD as error:
            why = f"{{{slot}}}: its truth cannot be told ({error})"
        if why:
            yield Falsehood(note.key, note.said, why)

    def _differs(self, slot: str, truth: Any, shown: str, subject: Any) -> str:
        """How a slot is shown otherwise than it is; empty if it is shown right."""
        if truth is None:
            return f"{{{slot}}} is shown, and no truth for it is known"
        if isinstance(truth, Word):
            right = load("en")(truth.key(subject))
            return "" if shown == right else f"{{{slot}}} is {right}"
        digits, of = (truth.digits, truth.of) if isinstance(truth, Digits) else (3, truth)
        right = of(subject)
        same = shown == right if isinstance(right, str) else is_shown(right, shown, digits)
        return "" if same else f"{{{slot}}} is {right!r}"

    def _part(
        self, notes: Sequence[Note], note: Note, slot: str, truth: Part, subject: Any
    ) -> Iterator[Falsehood]:
        if not note.slots[slot]:
            return
        child = part(notes, note, slot)
        if child is None or not fnmatchcase(child.key, truth.keys):
            found = child.key if child else note.slots[slot]
            yield Falsehood(note.key, note.said, f"{{{slot}}} should be {truth.keys}, is {found}")
            return
        of = truth.of(subject)
        if of is None:
            yield Falsehood(note.key, note.said, f"{{{slot}}}: there is no such run")
            return
        yield from self._check(notes, child, of)

    def claimed(self, key: str) -> str | None:
        """The registry's name for a key: the key itself, or the pattern that it fits."""
        if key in self.registry:
            return key
        return next((p for p in self.registry if "*" in p and fnmatchcase(key, p)), None)


def _fine(holds: Holds, subject: Any) -> bool:
    try:
        return bool(holds(subject))
    except UNTOLD:
        return False


def _name(what: Callable[..., Any]) -> str:
    if isinstance(what, property):
        return str(what)
    return (what.__doc__ or what.__name__).strip()


def _about(subject: Any) -> str:
    """The raw numbers that nearly every claim is about."""
    names = ("outcome", "S", "F", "T", "first", "peak", "highest", "last", "growth", "cause")
    told = {name: getattr(subject, name) for name in names if hasattr(subject, name)}
    return ", ".join(
        f"{k} {v:.6g}" if isinstance(v, float) else f"{k} {v}" for k, v in told.items()
    ) or repr(subject)


def read_number(shown: str) -> float:
    """What a reader takes a shown number for; NaN where it is none."""
    plain = shown.replace("\u00a0", " ").replace("−", "-")
    if plain in ("∞", "-∞"):
        return math.inf if plain == "∞" else -math.inf
    power = re.fullmatch(r"(?:(-?[\d.]+) × )?10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", plain)
    if power:
        return float(f"{power[1] or 1}e{power[2].translate(SUPERSCRIPTS)}")
    return float(plain) if re.fullmatch(r"-?[\d.]+", plain) else math.nan


def bounds(shown: str, digits: int | None = 3) -> tuple[float, float]:
    """Between what a shown number may lie."""
    value = read_number(shown)
    digits = digits or max(
        3, len(re.sub(r" × .*|\D", "", shown.replace("\u00a0", " ")).lstrip("0"))
    )
    if value == 0 or not math.isfinite(value):
        return value, value
    half = 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) * (1 + 1e-6)
    return value - half, value + half


def is_shown(truth: float, shown: str, digits: int | None = 3) -> bool:
    """Whether a number is shown as what it is, to so many digits; a whole one below 10,000 to all of them."""
    if math.isnan(truth):
        return shown == "NaN"
    if isinstance(truth, int) and abs(truth) < 10_000:
        return read_number(shown) == truth
    least, most = bounds(shown, digits)
    return truth == read_number(shown) or least <= truth <= most
