"""The glossary is the one source of terms: no text uses a word that it says to avoid."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import pytest

from core.text import CONTENT, LANGUAGES, load
from core.words.glossary import entries
from tests.texts import AVOID, CODE, FORMULA, leaves, read
from tests.visitor import opened, words

GLOSSARY = "glossary.toml"
ENDINGS = {
    "en": r"(?:e?s)?(?:['’]s?)?",
    "bn": r"(?:-|গুলো|গুলি|টি|টা|দের|রা|কে|তে|য়ে|য়|এর|ের|র|এ|ে|ও|ই)*",
}
"""What may follow a word and leave it the same: a plural, a case, an emphasis; in Bangla several at once."""
SLOT, GLOSS = re.compile(r"\{[^{}]*\}"), re.compile(r"\([A-Za-z][A-Za-z ,]*\)")
UNSAID = (CODE, FORMULA, SLOT)
"""Not prose; nor is, but in English, the English word in brackets after the language's own."""


def avoided(language: str) -> Iterator[str]:
    glossary = read(language, GLOSSARY)
    yield from glossary[AVOID]
    for term in glossary["terms"].values():
        yield from term.get(AVOID, ())


def strays(said: str, avoid: Iterable[str], language: str) -> set[str]:
    """The words to avoid that stand in a text: whole ones, whatever their ending."""
    for pattern in UNSAID if language == LANGUAGES[0] else (*UNSAID, GLOSS):
        said = pattern.sub(" ", said)
    letter = r"[\w\u0980-\u09FF]"  # Python takes vowel signs for no part of a word
    return {
        word
        for word in avoid
        if re.search(
            _composed(rf"(?<!{letter}){re.escape(word)}{ENDINGS.get(language, '')}(?!{letter})"),
            _composed(said),
            re.IGNORECASE,
        )
    }


def _composed(said: str) -> str:
    return unicodedata.normalize("NFC", said)


def test_all_languages_have_the_same_terms_in_the_same_order():
    first, *others = [list(read(language, GLOSSARY)["terms"]) for language in LANGUAGES]
    assert len(first) > 30
    assert all(other == first for other in others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_stray(language):
    avoid = list(avoided(language))
    found = {
        f"{path.stem}.{key}": wrong
        for path in sorted((CONTENT / language).glob("*.toml"))
        for key, said in leaves(read(language, path.name))
        if (wrong := strays(said, avoid, language))
    }
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_to_avoid_is_listed_once_and_can_be_found(language):
    avoid = list(avoided(language))
    assert len(set(avoid)) == len(avoid)
    assert [word for word in avoid if strays(word, [word], language) != {word}] == []


@pytest.mark.parametrize(
    ("language", "said", "stray", "found"),
    [
        ("en", "Two minibatches later", "minibatch", True),
        ("en", "The Baseline's loss", "baseline", True),
        ("en", "gradients of gradient", "grad", False),
        ("en", "`grad` and {grad} and $grad$", "grad", False),
        ("bn", "গুণকের শৃঙ্খলটিরও", "শৃঙ্খল", True),
        ("bn", "বিশৃঙ্খল রানের পরিণতি", "শৃঙ্খল", False),
        ("bn", "বীজগুলোতে, বীজগণিতে নয়", "বীজ", True),
        ("bn", "বীজগণিত", "বীজ", False),
        ("bn", "লেয়ার নর্মে", "লেয়ার নর্ম", True),
        ("bn", "লেয়ার নরমালাইজেশনে", "লেয়ার নর্ম", False),
        ("bn", "অন্য basin-এ", "basin", True),
        ("bn", "আকর্ষণ-অঞ্চল (basin)", "basin", False),
        ("bn", "নিষ্ক্রিয়ের", unicodedata.normalize("NFD", "নিষ্ক্রিয়"), True),
    ],
)
def test_strays_are_found_whatever_their_ending(language, said, stray, found):
    assert strays(said, [stray], language) == ({stray} if found else set())


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("en", ("Basin", "Batch", "Chain", "NaN", "Time step")),
        ("bn", ("ইনিশিয়ালাইজেশন", "গেইন", "গ্র্যাডিয়েন্ট", "চেইন", "ধাপ", "স্যাচুরেটেড")),
    ],
)
def test_entries_stand_in_the_languages_order(language, ordered):
    told = entries(load(language))
    assert len(told) == len(read(language, GLOSSARY)["terms"])
    names = [name for name, _ in told]
    places = [next(i for i, n in enumerate(names) if n.startswith(word)) for word in ordered]
    assert places == sorted(places)


def test_the_home_page_has_it_closed_under_its_contents():
    app = opened(mode="lecture", lang="both")
    heading = " · ".join(load(language)("glossary.heading") for language in LANGUAGES[:2])
    (shown,) = [each for each in app.expander if each.label == heading]
    assert not shown.proto.expanded
    for language in LANGUAGES[:2]:
        assert load(language).get("glossary.terms.gradient.meaning") in words(app)
