"""Lines of `key: value`, `key=value`, and of known words with a number behind them, whoever wrote them.

All patterns are bounded or possessive: a line costs what it is long, whatever is in it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from core.logs.numbers import NOT_FINITE
from core.logs.source import flat, parsed

NUMBER = rf"""
    ( [-+−]? (?>
        (?i:{"|".join(NOT_FINITE.values())})
        | \d{{1,3}}(?:,\d{{3}})++(?![\d])(?:\.\d++)?
        | (?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?
    ) )
    (?! \w | \.\w | :\w )
    (?: \s{{0,9}} / \s{{0,9}} (\d{{1,12}}+) (?![\w.]) )?
"""
"""A number that nothing else is part of, no unit or time of day; and what stands behind a slash, as in 5 / 356."""
INSIDE = r"""["']? (?:(?:tensor|np\.float\d\d|array|Array)\()? [\[(]{0,2} \s{0,9}"""
"""What a number may be wrapped in."""
BEGIN, REST = r"[^\W\d_] (?<![\w.].)", r"[\w./%@\#-]{0,80}+"
WORD = rf"(?:[^\W\d]{REST})"
PAIR = re.compile(
    rf"""
    ( (?:{BEGIN}|_(?<![\w.].)) {REST} (?:[ ]{WORD}){{0,5}}+ )
    (?:[ ]?\([^()\d]{{1,20}}\))? ["']? \s{{0,30}} [:=|] \s{{0,40}} {INSIDE} {NUMBER}
    """,
    re.VERBOSE,
)
PHRASE = re.compile(
    rf"""
    ( {BEGIN} [\w/-]{{0,80}}+ (?:[ ](?!(?i:nan|inf|infinity)\b){WORD})?+ ) [ \t]{{1,40}}
    (?=[\[(\dniNI.+-]) {INSIDE} {NUMBER}
    """,
    re.VERBOSE,
)
PLACE = re.compile(r"\]\s{0,3}\[\s{0,9}(\d{1,12}+)\s{0,3}/\s{0,3}(\d{1,12}+)\]")
"""The second of [epoch][step/steps], as PyTorch's ImageNet example and MMEngine write it."""
TOTAL = "steps in all"
"""The name of what stands behind the slash in `step 5 / 356`."""
STEPS = {"step", "steps", "iter", "iters", "iteration", "batch", "update", "updates"}
COUNTS = STEPS | {"epoch"}
KNOWN = COUNTS | {"loss", "lr", "norm", "gnorm", "grad_norm", "acc", "accuracy", "ppl"}
"""Words that need no sign between them and their number."""
NOISE = {"info", "debug", "warning", "warn", "error", "root", "main", "trainer", "at", "in", "and"}
CODE = (".py", ".cpp", ".cu", ".cc")


def rows_of(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What each line has, where it has anything."""
    for line in lines:
        if row := row_of(line):
            yield row


def row_of(line: str) -> dict[str, Any]:
    """The names and numbers of a line: of the JSON object in it, else its pairs. A name's first counts."""
    start, end = line.find('{"'), line.rfind("}")
    if 0 <= start < end:
        try:
            return _pairs(line[:start]) | dict(flat(parsed(line[start : end + 1])))
        except ValueError:
            pass
    return _pairs(line)


def _pairs(line: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for pattern, named in ((PHRASE, _phrase), (PAIR, _key)):
        for key, value, total in pattern.findall(line):
            if (name := named(key)) and name not in row:
                row[name] = value
                if total and name.lower() in STEPS:
                    row.setdefault(TOTAL, total)
    if "][" in line and (place := PLACE.search(line)):
        row.setdefault("iter", place[1])
        row.setdefault(TOTAL, place[2])
    return row


@lru_cache(1024)
def _key(key: str) -> str:
    """The name before a sign, without what a logger puts before it; "" of a place in code."""
    words = key.split(" ")
    while len(words) > 1 and words[0].lower() in NOISE:
        words = words[1:]
    return "" if words[-1].endswith(CODE) else " ".join(words)


@lru_cache(1024)
def _phrase(key: str) -> str:
    """The name in front of a number: a known word, with the word before it where that may tell which; else ""."""
    *before, word = key.split(" ")
    if word.lower() not in KNOWN:
        return ""
    told = word.lower() not in COUNTS and before and before[0].lower() not in NOISE
    return key if told else word
