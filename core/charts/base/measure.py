"""How wide a text is: about, for only browsers know; enough to break it into lines."""

import unicodedata

FONT = 14.0
"""Pixels of the letters that the sizes in this package are told for; a chart's own are `Look.zoom` times as large."""
LINE_HEIGHT = 1.25
LINE = FONT * LINE_HEIGHT
"""Pixels of a line of text."""
NAME = (170.0, 80.0)
"""Pixels of a name's line in the margin of a wide plot, and of a narrow one."""
SENTENCE = (560.0, 300.0)


def text_width(text: str, font: float = FONT) -> float:
    """About how wide the widest line of a text is, in pixels; rather too wide than too narrow."""
    return max(sum(_advance(c) for c in line) for line in text.split("\n")) * font


def wrap(text: str, width: float, font: float = FONT) -> str:
    """The text with line breaks, no line wider than `width` where its words allow."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, font) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def wrapped(text: str, widths: tuple[float, float] = NAME, short: str = "") -> dict[str, str]:
    """The columns of a text that is written: as it is, and for wide and narrow plots. short: said on narrow ones.

    A name that takes several lines breaks at its colon first: that of a run, from what became of it.
    """
    found = {"text": text}
    for plot, said, width in zip(("wide", "narrow"), (text, short or text), widths, strict=True):
        long = widths is NAME and text_width(said) > width
        found[plot] = wrap(said.replace(": ", ":\n", 1) if long else said, width)
    return found


def _advance(character: str) -> float:
    """A character's width in em, Hind Siliguri 600, rounded up."""
    category = unicodedata.category(character)
    if category == "Mn" or character in "\u200c\u200d\u2060":
        return 0.0
    if character == " ":
        return 0.26
    if category in ("Mc", "Lo", "Nd") and not character.isascii():
        return 0.32 if category == "Mc" else 0.62
    if character in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹":
        return 0.4
    if character in "ijlt.,:;'()·":
        return 0.33
    return 0.86 if character in "mwMW→←" else 0.58
