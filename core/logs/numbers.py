"""Numbers as logs spell them."""

import re
from collections.abc import Callable

NOT_FINITE = {
    "nan": r"nan(?:\.0|\(\w*\))?|1\.\#(?:q|s)?nan\w*|1\.\#ind\w*",
    "inf": r"inf(?:inity|\.0)?|1\.\#inf\w*|∞",
}
"""tqdm has nan.0 and inf.0, Microsoft's C library 1.#QNAN, nan(ind) and 1.#INF."""
SPELLED = {
    value: re.compile(rf"([-+−]?)(?:{spelling})", re.IGNORECASE)
    for value, spelling in NOT_FINITE.items()
}
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")


def number(written: object) -> float | None:
    """What a log wrote as a number; None where it is none: words, nothing, true and false."""
    return READERS.get(type(written), _none)(written)


def _spelled(written: str) -> float | None:
    try:
        return None if "_" in written else float(written)
    except ValueError:
        return _unusual(written.strip(" \t\"'"))


def _unusual(written: str) -> float | None:
    if written[:8].lower() in ("", "none", "null", "na", "n/a"):
        return None
    for value, spelling in SPELLED.items():
        if found := spelling.fullmatch(written):
            return float(found[1].replace("−", "-") + value)
    if THOUSANDS.fullmatch(written):
        return float(written.replace(",", ""))
    return float(written) if PLAIN.fullmatch(written) else None


def _whole(written: int) -> float:
    try:
        return float(written)
    except OverflowError:
        return float("inf") if written > 0 else float("-inf")


def _none(_written: object) -> None:
    return None


PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf|infinity)", re.I)
READERS: dict[type, Callable[..., float | None]] = {float: float, int: _whole, str: _spelled}
