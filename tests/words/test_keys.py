"""Every text can be asked for, and every ask finds one: content's keys against what the code's syntax asks for."""

from fnmatch import filter as matching
from functools import cache

from core.diagnosis.autopsy import BEFORE
from core.diagnosis.changes import CHANGES, WAYS
from core.diagnosis.symptoms import RULES
from core.experiment import CHOICES
from core.kinds import KINDS
from core.logs.formats import FORMATS
from core.text import load
from core.ui.frame import PAGES
from core.ui.guess import FATES
from core.ui.hiding import PARTS
from core.ui.keys import SHORTCUTS
from core.words.settings import WORDS
from tests.texts import AVOID
from tests.words.asks import ANY, Asks

OUTCOMES = ("diverged", "exploded", "learned", "stalled")
HELD = {
    **CHOICES,
    "outcome": (*OUTCOMES, "stopped"),
    "cell.outcome": OUTCOMES,
    "unit": ("layer", "time"),
    "words": tuple({kind.words for kind in KINDS.values()}),
    "cause": ("chain", "step", "both", "neither"),
    "twins_cause": ("chain", "step", "both", "neither"),
    "quantity": tuple(BEFORE),
    "fate": FATES,
    "rule": tuple(RULES),
    "fix": tuple(WAYS),
    "format": (*FORMATS, "several"),
    "slug": tuple(PAGES),
    "suggestion.name": tuple(CHANGES),
    "fix.name": tuple(CHANGES),
    "method": CHOICES["clipping"],
    "word": tuple(WORDS),
    "shortcut": tuple(SHORTCUTS),
    "hideable": tuple(PARTS),
    "event.kind": (
        *(f"lost_{quantity}" for quantity in BEFORE),
        *("first_step", "weights_grew", "weights_steady", "bias_drives", "bias_grew"),
        *("forward_whole", "loss_followed", "signal_too", "gradient_followed", "gradient_whole"),
        *("nothing_moved", "some_moved", "weights_followed", "weights_whole"),
    ),
}
"""What attributes and variables of these names hold, where the syntax does not tell."""


@cache
def asked() -> dict[str, str]:
    """What is asked for, with where; under a table that is asked for as a whole, anything."""
    found: dict[str, str] = {}
    for key, where, whole in Asks(HELD):
        found[f"{key}.{ANY}" if whole and isinstance(load("en").get(key), dict) else key] = where
    return found


def keys(table=None, name=""):
    for key, value in (load("en")._files if table is None else table).items():
        if isinstance(value, dict):
            yield from keys(value, f"{name}{key}.")
        elif key != AVOID:
            yield f"{name}{key}"


def is_table(key):
    try:
        return isinstance(load("en").get(key), dict)
    except KeyError:
        return False


NEVER = {
    "symptoms.after.diverged",  # its end says so itself
    "keras_example.advisor.cause_chain_rescaled",  # of the step alone
    "keras_example.measured.why.none",  # of a run that clips
}
"""What the syntax seems to ask for, and the code never does."""
UNTOLD = {
    "charts.where.*",
    "keras_example.arrow.*",
    "advice.*.name",
    "charts.axis.*",
    "charts.part.*",
    "charts.part.signals_*",
    "charts.player.*",
    "charts.powers.lower_*",
    "charts.powers.upper_*",
    "diagram.maps.*",
    "diagram.sizes.*",
    "fixes.grid.*",
    "fixes.negatives.*.name",
    "fixes.negatives.*.text",
    "fixes.negatives.alt_*",
    "fixes.negatives.lines.*",
    "glossary.terms.*",
    "keras_example.*_tab",
    "keras_example.advisor.rows.*",
    "keras_example.arrow.name.*",
    "keras_example.measured.reference.*",
    "pair.fate.*",
    "pair.fields.*",
    "pair.named.*",
    "pair.none.*",
    "pair.problems.*",
    "symptoms.rules.*.alarm",
    "symptoms.rules.*.name",
    "symptoms.table.*",
    "ui.choices.*",
    "ui.choices.*.*",
    "ui.choices.init.*",
    "ui.choices.normalization.*",
    "ui.fields.*",
    "ui.presets.*.help",
    "ui.presets.*.name",
    "ui.problems.*",
    "ui.status.*",
    "ui.words.*",
    "ui.words.*_one",
}
"""Computed keys of which the syntax does not tell all; there should be fewer of them."""


def test_every_key_can_be_asked_for():
    can = {key for ask in asked() for key in ([ask] if ANY not in ask else matching(keys(), ask))}
    assert set(keys()) - can == set()


def test_every_ask_finds_a_key():
    known = list(keys())
    lost = {
        key: at for key, at in asked().items() if not matching(known, key) and not is_table(key)
    }
    assert {key: at for key, at in lost.items() if key not in NEVER} == {}


def test_no_more_keys_are_computed_of_which_nothing_is_told():
    assert {key for key in asked() if ANY in key} - UNTOLD == set()
