"""The app's terms, explained: `content/*/glossary.toml`, which also lists the words that must not stand for them."""

from core.text import Text


def entries(text: Text) -> list[tuple[str, str]]:
    """Name and meaning of each term, as Markdown, in the order of the language's own dictionaries."""
    terms = text.get("glossary.terms").values()
    return sorted(((each["name"], each["meaning"]) for each in terms), key=_place)


def _place(entry: tuple[str, str]) -> str:
    """Bangla's letters stand in Unicode as in a dictionary."""
    return entry[0].casefold()
