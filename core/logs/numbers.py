"""Numbers as logs spell them."""

import re
from functools import lru_cache

NOT_FINITE = {
    "nan": r"nan(?:\.0|\(\w*\))?|1\.\#(?:q|s)?nan\w*|1\.\#ind\w*",
    "inf": r"inf(?:inity|\.0)?|1\.\#inf\w*|∞",
}
"""tqdm has nan.0 and inf.0, Microsoft's C library 1.#QNAN, nan(ind) and 1.#INF."""
SPELLED = {
    value: re.compile(rf"([-+−]?)(?:{spelling})", re.IGNORECASE)
    for value, spelling in NOT_FINITE.items()
}
BEGINNINGS = {*"0123456789+-−.nNiI∞\"' \t০১২৩৪৫৬৭৮৯"}
"""Most words are told from numbers by how they begin."""
LONGEST = 400
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")


def number(written: object) -> float | None:
    """What a log wrote as a number; None where it is none: words, nothing, true and false."""
    if type(written) is float:
        return written
    if isinstance(written, str):
        return _spelled(written) if written[:1] in BEGINNINGS and len(written) < LONGEST else None
    return _whole(written) if type(written) is int else None


def _spelled(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return _unusual(written.strip(" \t\"'"))


@lru_cache(1024)
def _unusual(written: str) -> float | None:
    for value, spelling in SPELLED.items():
        if found := spelling.fullmatch(written):
            return float(found[1].replace("−", "-") + value)
    if THOUSANDS.fullmatch(written):
        return float(written.replace(",", ""))
    return None


def _whole(written: int) -> float:
    try:
        return float(written)
    except OverflowError:
        return float("inf") if written > 0 else float("-inf")
