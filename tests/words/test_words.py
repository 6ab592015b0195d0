"""Whatever is said of a run is so: every sentence, held against the raw steps.

WORDS_SEED draws other experiments, WORDS_COUNT so many of them.
"""

import os
from fnmatch import fnmatchcase

import pytest

from core.text import load
from tests.words.claims.drawing import draw
from tests.words.claims.judging import SAYS_NOTHING, Judge
from tests.words.claims.registry import REGISTRY
from tests.words.claims.trial import try_words, unsaid

SEED = os.environ.get("WORDS_SEED", "17")
COUNT = int(os.environ.get("WORDS_COUNT", "30"))
TABLES = (
    "verdict",
    "symptoms.early",
    "symptoms.ahead",
    "symptoms.after",
    "symptoms.judged",
    "symptoms.lost",
    "symptoms.autopsy.events",
    "fixes.fate",
    "fixes.why",
    "fixes.costs",
    "symptoms.fix",
    "advice",
)
"""Of the content: everything in them is said of runs."""
OF_RULES = ("alarm", "fires", "why")
ELSEWHERE = (
    "*stopped*",  # nobody presses Stop here
    "symptoms.fix.heading*",
    "symptoms.fix.each",
    "advice.heading",
    "advice.run",
    "symptoms.early.alt",
    "verdict.evaluated.lost",
    "verdict.yours.clipping",
    "verdict.yours.initialization",
    "verdict.yours.lower_rate",
    "verdict.yours.normalization",
)
"""Keys in these that are not said of a run, or only as a word in another sentence, whose claim it is."""


@pytest.mark.timeout(60 + 20 * COUNT)
def test_what_is_said_of_runs_is_so():
    print(f"\nWORDS_SEED={SEED} WORDS_COUNT={COUNT}")
    judge = Judge(REGISTRY)
    false = [each for _, e in draw(SEED, COUNT) for each in try_words(judge, e)]
    said, never = len(judge.seen), unsaid(judge)
    print(f"{said} keys were said, {len(never)} with a claim were not: {', '.join(never)}")
    if false:
        pytest.fail(f"seed {SEED}, {len(false)} false:\n\n" + "\n\n".join(false), pytrace=False)


def _keys(table, name):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{name}.{key}")
        else:
            yield f"{name}.{key}"


def test_every_sentence_that_is_said_of_runs_has_a_claim():
    text = load("en")
    said = [key for table in TABLES for key in _keys(text.get(table), table)]
    rules = _keys(text.get("symptoms.rules"), "symptoms.rules")
    said += [key for key in rules if key.rsplit(".", 1)[1].startswith(OF_RULES)]
    said = [key for key in said if not any(fnmatchcase(key, p) for p in ELSEWHERE)]
    judge = Judge(REGISTRY)
    assert [key for key in said if judge.claimed(key) is None] == []


def test_no_claim_stands_for_a_sentence_that_is_gone():
    text = load("en")

    def there(key):
        try:
            return isinstance(text.get(key), str)
        except KeyError:
            return False

    assert [key for key in REGISTRY if "*" not in key and not there(key)] == []


def test_few_keys_say_nothing():
    silent = [key for key, claimed in REGISTRY.items() if claimed is SAYS_NOTHING]
    names = [key for key in silent if key.endswith(".name")]
    assert len(silent) - len(names) < 12
