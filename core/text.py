"""The words of the app: loads content/, one language at a time, and writes numbers as its readers do."""

import math
import re
import string
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent.parent / "content"
LANGUAGES = ("en", "bn")
"""The folders of content/. The first is everybody's until they choose; the first two can stand side by side."""
NUMBERS = 2**13
"""So many written numbers are kept: every page writes the options of its sliders."""
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a language is written: its `language.toml`.

    name: its own name for itself; digits: its ten, from 0; unbroken: patterns where no line may break, and what
    stands there instead.
    """

    name: str
    digits: str
    unbroken: dict[str, str]


class _Filler(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.split("|")
        return f"{value} {one if value == '1' else many}"


class Text:
    """All texts of one language, by dotted key: the file's name, then the tables' names.

    `text("verdict.diverged", step=3)` fills {slots}; a number in a slot is written by `number`, and
    {count:step|steps} with the word that goes with it.
    A missing key or slot is a KeyError: tests find it before a visitor does.
    """

    def __init__(self, language: str) -> None:
        """Read every file of the language's folder."""
        self.language = language
        files = {p.stem: p.read_text("utf-8") for p in sorted((CONTENT / language).glob("*.toml"))}
        self.writing = Writing(**tomllib.loads(files.pop("language")))
        self._number = lru_cache(NUMBERS)(self._written)
        self._digits = str.maketrans("0123456789", self.writing.digits)
        self._files = {name: tomllib.loads(self._joined(file)) for name, file in files.items()}

    def get(self, key: str) -> Any:
        """Whatever stands at the key: a string, a list, a table."""
        value: Any = self._files
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise KeyError(f"{self.language}: {key}")
            value = value[part]
        return value

    def __call__(self, key: str, **slots: object) -> str:
        """The sentence at the key, its {slots} filled."""
        template = self.get(key)
        if not isinstance(template, str):
            raise KeyError(f"{self.language}: {key} is not a sentence")
        return self.fill(template, **slots)

    def fill(self, template: str, **slots: object) -> str:
        """A template with its slots filled, numbers as this language writes them."""
        return _Filler().vformat(template, (), {k: self._shown(v) for k, v in slots.items()})

    def number(self, value: float, digits: int = 3) -> str:
        """A number for people: 0.0123, 1240, 3.7 × 10⁴, not more than `digits` significant digits.

        Whole numbers below 10,000 are written in full; NaN and infinity by name. No line breaks within it.
        """
        return self._number(float(value), digits)

    def _written(self, value: float, digits: int) -> str:
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        if value == 0 or (value == int(value) and abs(value) < 1e4):
            return self.digits(f"{int(value)}".replace("-", "−"))
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        if -4 <= int(exponent) < 4:
            return self.digits(f"{float(f'{value:.{digits - 1}e}'):.10g}".replace("-", "−"))
        power = self.digits("10") + str(int(exponent)).translate(SUPERSCRIPTS)
        factor = f"{float(mantissa):g}"
        return (
            power
            if factor == "1"
            else self.digits(factor.replace("-", "−")) + "\u00a0×\u00a0" + power
        )

    def factor(self, value: float, times: int) -> str:
        """A factor that is taken so many `times`, with the digits that the product of all needs to come out as told.

        For who takes 1.232 to the power of 19 by calculator and compares.
        """
        for digits in range(3, 8):
            rounded = float(f"{value:.{digits - 1}e}")
            if self.number(_power(rounded, times)) == self.number(_power(value, times)):
                break
        return self.number(value, digits)

    def exact(self, value: float) -> str:
        """A setting that somebody chose: to four digits, as advice and the maps' axes choose them."""
        return self.number(value, digits=4)

    def cite(self, source: str) -> str:
        """Authors and years, given as in "He et al. 2015; Ben Braiek & Khomh 2022", as this language writes them."""
        names = source.replace("et al.", self("ui.cite.others")).replace("&", self("ui.cite.both"))
        return re.sub(
            r" (\d{4})\b", lambda year: self("ui.cite.year", year=self.digits(year[1])), names
        )

    def digits(self, shown: str) -> str:
        """The digits of a ready string in this language's script."""
        return shown.translate(self._digits)

    def _joined(self, file: str) -> str:
        for pattern, instead in self.writing.unbroken.items():
            file = re.sub(pattern, instead, file)
        return file

    def _shown(self, value: object) -> object:
        return self.number(value) if isinstance(value, int | float) else value


def _power(value: float, times: int) -> float:
    try:
        return float(value**times)
    except OverflowError:
        return math.inf


@cache
def load(language: str) -> Text:
    """The texts of one of LANGUAGES, read once per process."""
    if language not in LANGUAGES:
        raise KeyError(f"language must be one of {', '.join(LANGUAGES)}, got {language}")
    return Text(language)


def plain(said: str) -> str:
    """A sentence without the marks of Markdown, for who hears it."""
    return said.replace("**", "").replace("`", "")
