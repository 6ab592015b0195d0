"""Lines of `key: value`, `key=value`, and of known words with a number behind them, whoever wrote them.

All patterns are bounded or possessive: a line costs what it is long, whatever is in it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.logs.numbers import NOT_FINITE
from core.logs.source import flat, parsed

NUMBER = rf"""(?>
    (?i:{"|".join(NOT_FINITE.values())})
    | \d{{1,3}}(?:,\d{{3}})++(?![\d])(?:\.\d++)?
    | (?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?
)"""
KNOWN = """step|steps|iter|iters|iteration|epoch|update|batch|loss|lr|norm|gnorm|grad_norm|acc|accuracy|ppl|scale"""
WORD = r"[^\W\d][\w./%@\#-]{0,80}+"
PAIR = re.compile(
    rf"""
    (?<![\w.])
    (?: (?P<key> {WORD} (?:[ ]{WORD}){{0,5}}+ ) (?:[ ]?\([^()\d]{{1,20}}\))? ["']? \s{{0,9}} [:=] \s{{0,40}}
      | (?P<word> (?:(?:train|training|val|valid|validation|eval|test|grad|lm)[ _/])? (?i:{KNOWN}) ) [:]? [ \t]{{1,40}} )
    ["']? (?:(?:tensor|np\.float\d\d|array|Array)\()? [\[(]{{0,2}} \s{{0,9}}
    (?P<value> [-+−]? {NUMBER})
    (?! \w | \.\w | [:]\w )
    (?: \s{{0,9}} / \s{{0,9}} (?P<total> \d{{1,12}}+) (?![\w.]) )?
    """,
    re.VERBOSE,
)
PLACE = re.compile(r"\]\s{0,3}\[\s{0,9}(\d{1,12}+)\s{0,3}/\s{0,3}(\d{1,12}+)\]")
"""The second of [epoch][step/steps], as PyTorch's ImageNet example and MMEngine write it."""
NOISE = {"info", "debug", "warning", "warn", "error", "root", "main", "trainer", "at", "in", "and"}
TOTAL = "steps in all"
"""The name of what stands behind the slash in `step 5 / 356`."""
STEPS = {"step", "steps", "iter", "iters", "iteration", "batch", "update", "updates"}


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
    for found in PAIR.finditer(line):
        key, word, value, total = found.groups()
        name = word or _without_noise(key)
        if name.endswith((".py", ".cpp", ".cu")):
            continue
        row.setdefault(name, value)
        if total and name.lower().split()[-1] in STEPS:
            row.setdefault(TOTAL, total)
    if "][" in line and (place := PLACE.search(line)):
        row.setdefault("iter", place[1])
        row.setdefault(TOTAL, place[2])
    return row


def _without_noise(key: str) -> str:
    """A name without what a logger puts before it."""
    if " " not in key:
        return key
    words = key.split(" ")
    while len(words) > 1 and words[0].lower() in NOISE:
        words = words[1:]
    return " ".join(words)
