"""A brand's accent on our pages: its own colour, made darker or lighter until text in it can be read (WCAG 2.2 AA)."""

from __future__ import annotations

_READABLE = 4.5
_STEPS = 40
# The page's own colours, light and dark (platform/design/tokens.css): the least favourable ones that carry a link.
_LIGHT = (236, 236, 238)
_DARK = (34, 34, 38)

Colour = tuple[int, int, int]


def stylesheet(digits: str) -> str:
    """Write the style sheet that gives a page a brand's accent, from its six hexadecimal digits."""
    colour = _read(digits)
    light, dark = _against(colour, _LIGHT, (0, 0, 0)), _against(colour, _DARK, (255, 255, 255))
    return (
        ":root{"
        f"--brand-colour:{_write(colour)};--brand-upon:{_write(_upon(colour))};"
        f"--brand-accent:{_write(light)};--brand-on-accent:{_write(_upon(light))};"
        f"--brand-accent-dark:{_write(dark)};--brand-on-accent-dark:{_write(_upon(dark))}"
        "}"
    )


def contrast(one: Colour, other: Colour) -> float:
    """Compute the contrast of two colours as WCAG does: 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _against(colour: Colour, page: Colour, towards: Colour) -> Colour:
    """Move a colour towards black or white until it can be read on the page."""
    for step in range(_STEPS + 1):
        moved = _mixed(colour, towards, step / _STEPS)
        if contrast(moved, page) >= _READABLE:
            return moved
    return towards


def _upon(colour: Colour) -> Colour:
    """Choose white or black for text upon a colour."""
    white, black = (255, 255, 255), (0, 0, 0)
    return white if contrast(colour, white) >= contrast(colour, black) else black


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- the formula of WCAG


def _read(digits: str) -> Colour:
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _write(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
