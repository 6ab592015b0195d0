"""Colours as #RRGGBB: between two others, and how well one is seen on another."""

from core.charts.base.palette import Palette


def mix(one: str, other: str, share: float) -> str:
    """A colour between two, as #RRGGBB, `share` of it the first's."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02X}" for a, b in pairs)


def ink(area: str) -> str:
    """Black or white, whichever is seen better on an area."""
    return max(("#000000", "#FFFFFF"), key=lambda colour: contrast(colour, area))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    shares = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


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
