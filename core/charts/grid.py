"""Colours of a grid's cells: the more often it learned, the greener; its text stays readable."""

from core.charts.colour import contrast, mix
from core.charts.palette import Palette

READABLE = 4.5
"""The least contrast of text and its background (WCAG 2.2, success criterion 1.4.3)."""
SHADES = 64


def shade(palette: Palette, share: float) -> str:
    """A cell's background: from the soft one at 0 to as much of `area_learned` as the text allows at 1."""
    most = max(
        part / SHADES
        for part in range(SHADES + 1)
        if contrast(mix(palette.area_learned, palette.soft, part / SHADES), palette.text)
        >= READABLE
    )
    return mix(palette.area_learned, palette.soft, most * share)
