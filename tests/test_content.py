"""The texts: languages that mirror each other, and numbers as their readers write them."""

import math
import re
import string
from collections import Counter

import pytest

from core.text import CONTENT, LANGUAGES, Text, load
from core.ui.frame import PAGES
from tests.texts import CODE, FORMULA, leaves, read

FIRST, *OTHERS = LANGUAGES
FILES = sorted(
    {path.name for language in LANGUAGES for path in (CONTENT / language).glob("*.toml")}
    - {"language.toml"}
)
BENGALI = re.compile(r"[\u0980-\u09FF]")
RULES = (
    "growth",
    "update_ratio",
    "gradient_large",
    "gradient_huge",
    "loss_jump",
    "loss_rising",
    "gradient_doubling",
    "weights_growing",
    "not_finite",
    "saturated",
    "vanishing",
    "update_small",
)


def slots(sentence: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def is_prose(key: str) -> bool:
    """The sections' Markdown: shown as it stands, never filled, so its braces are LaTeX."""
    return key.startswith("section.")


def test_all_languages_have_the_same_files():
    names = {
        language: {p.name for p in (CONTENT / language).glob("*.toml")} for language in LANGUAGES
    }
    assert all(names[language] == names[FIRST] for language in OTHERS)
    assert {f"{page}.toml" for page in PAGES} <= names[FIRST]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_keys_stand_in_the_same_order(name, other):
    first, second = (
        [key for key, _ in leaves(read(language, name))] for language in (FIRST, other)
    )
    assert first == second


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_sentences_have_the_same_slots(name, other):
    theirs = dict(leaves(read(other, name)))
    for key, sentence in leaves(read(FIRST, name)):
        if not is_prose(key):
            assert slots(sentence) == slots(theirs[key]), key
            assert all(slot.isidentifier() for slot in slots(sentence)), key


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_prose_has_the_same_formulas_and_code(name, other):
    theirs = dict(leaves(read(other, name)))
    for key, prose in leaves(read(FIRST, name)):
        if is_prose(key):
            for pattern in (FORMULA, CODE):
                assert Counter(pattern.findall(prose)) == Counter(pattern.findall(theirs[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_how_it_is_written(language):
    writing = load(language).writing
    assert writing.name
    assert len(set(writing.digits)) == len(writing.digits) == 10
    assert [int(digit) for digit in writing.digits] == list(range(10))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FILES)
def test_every_text_says_something(name, language):
    for key, sentence in leaves(read(language, name)):
        assert isinstance(sentence, str), key
        assert sentence.strip(), key
        assert sentence.count("**") % 2 == 0, f"{key}: bold that does not end"


@pytest.mark.parametrize("name", FILES)
def test_bangla_is_written_in_bangla(name):
    texts = dict(leaves(read("bn", name)))
    assert any(BENGALI.search(sentence) for sentence in texts.values())
    for key, sentence in texts.items():
        if key.split(".")[-1] in ("title", "lead", "look", "teaser", "heading", "body"):
            assert BENGALI.search(sentence), key


@pytest.mark.parametrize("page", PAGES)
def test_bangla_prose_has_bangla_digits(page):
    for key, sentence in leaves(read("bn", f"{page}.toml")):
        plain = FORMULA.sub("", CODE.sub("", sentence)).replace("float32", "")
        assert key.endswith("source") or not re.search("[0-9]", plain), f"{key}: {plain}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_parts(language):
    text = load(language)
    for page in PAGES:
        for key in ("nav", "title", "tab", "lead", "look"):
            assert text(f"{page}.{key}"), page
        assert 2 <= len(text.get(f"{page}.section")) <= 4, page
        assert page == "home" or text(f"{page}.teaser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_can_speak(language):
    text = load(language)
    assert tuple(text.get("symptoms.rules")) == RULES
    for rule in RULES:
        words = {"where": "layer 7", "what": "the loss", "unit": "layer", "window": 5}
        for key in ("fires", "watches", "alarm"):
            said = text(f"symptoms.rules.{rule}.{key}", step=3, value=1.25, threshold=2, **words)
            assert "{" not in said


@pytest.mark.parametrize(
    ("value", "english", "bangla"),
    [
        (0, "0", "০"),
        (0.0, "0", "০"),
        (-0.0, "0", "০"),
        (7, "7", "৭"),
        (200, "200", "২০০"),
        (-64, "−64", "−৬৪"),
        (1.25, "1.25", "১.২৫"),
        (-2.5, "−2.5", "−২.৫"),
        (86.736, "86.7", "৮৬.৭"),
        (0.001, "0.001", "০.০০১"),
        (0.012345, "0.0123", "০.০১২৩"),
        (0.00098765, "0.000988", "০.০০০৯৮৮"),
        (0.000098765, "9.88\u00a0×\u00a010⁻⁵", "৯.৮৮\u00a0×\u00a0১০⁻⁵"),
        (0.0009999, "0.001", "০.০০১"),
        (9999.6, "10⁴", "১০⁴"),
        (12345, "1.23\u00a0×\u00a010⁴", "১.২৩\u00a0×\u00a0১০⁴"),
        (10**6, "10⁶", "১০⁶"),
        (3.4028235e38, "3.4\u00a0×\u00a010³⁸", "৩.৪\u00a0×\u00a0১০³⁸"),
        (-6.02e23, "−6.02\u00a0×\u00a010²³", "−৬.০২\u00a0×\u00a0১০²³"),
        (1e-45, "10⁻⁴⁵", "১০⁻⁴⁵"),
        (math.inf, "∞", "∞"),
        (-math.inf, "−∞", "−∞"),
    ],
)
def test_numbers_are_written_as_readers_write_them(value, english, bangla):
    assert load("en").number(value) == english
    assert load("bn").number(value) == bangla


def test_fewer_digits_round():
    assert load("en").number(0.98765, digits=2) == "0.99"
    assert load("bn").number(98765.0, digits=2) == "৯.৯\u00a0×\u00a0১০⁴"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nan_is_named(language):
    text = load(language)
    assert text.number(math.nan) == "NaN"


def test_slots_take_numbers_of_the_language():
    assert load("en").fill("step {n}: {x}", n=3, x=1.5e12) == "step 3: 1.5\u00a0×\u00a010¹²"
    assert load("bn").fill("ধাপ {n}: {x}", n=3, x=1.5e12) == "ধাপ ৩: ১.৫\u00a0×\u00a0১০¹²"
    assert load("bn").fill("{name}", name="He 2015") == "He 2015"


def test_a_word_goes_with_its_number():
    text = load("en")
    said = [text.fill("{n:step|steps}", n=n) for n in (0, 1, 2, 12345)]
    assert said == ["0 steps", "1 step", "2 steps", "1.23\u00a0×\u00a010⁴ steps"]
    assert text("pair.named.steps", value=1) == "1 step"
    assert load("bn")("pair.named.steps", value=1).startswith("১")


def test_what_is_missing_is_an_error():
    text = load("en")
    for key in ("nowhere", "home.nowhere", "home.lead.further"):
        with pytest.raises(KeyError):
            text(key)
    with pytest.raises(KeyError):
        text("home.section")
    with pytest.raises(KeyError):
        text.fill("{step}")
    with pytest.raises(KeyError):
        load("fr")


def test_a_language_is_read_once():
    assert load("bn") is load("bn")
    assert isinstance(load("bn"), Text)


def test_sources_are_cited_in_the_pages_own_script():
    source = "Chen, Pennington & Schoenholz 2018; He et al. 2015"
    assert load("en").cite(source) == source
    assert load("bn").cite(source) == "Chen, Pennington ও Schoenholz, ২০১৮; He ও অন্যান্য, ২০১৫"
