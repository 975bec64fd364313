"""A brand's accent can be read on our pages, whatever it is."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from chorus.creator.accent import contrast, stylesheet

Colour = tuple[int, int, int]
DIGITS = st.text("0123456789abcdef", min_size=6, max_size=6)


def _colours(digits: str) -> dict[str, Colour]:
    found = re.findall(r"--([a-z-]+):#(..)(..)(..)", stylesheet(digits))
    return {name: (int(red, 16), int(green, 16), int(blue, 16)) for name, red, green, blue in found}


@given(DIGITS)
@example("e8a33d")
@example("ffffff")
@example("000000")
def test_text_in_the_accent_and_upon_it_can_be_read(digits: str) -> None:
    """4.5 to 1 on every ground of the light page and of the dark one (WCAG 2.2 AA)."""
    colours = _colours(digits)
    for ground in [(246, 246, 247), (255, 255, 255), (236, 236, 238)]:
        assert contrast(colours["brand-accent"], ground) >= 4.5
    for ground in [(17, 17, 19), (25, 25, 28), (34, 34, 38)]:
        assert contrast(colours["brand-accent-dark"], ground) >= 4.5
    assert contrast(colours["brand-on-accent"], colours["brand-accent"]) >= 4.5
    assert contrast(colours["brand-on-accent-dark"], colours["brand-accent-dark"]) >= 4.5
    assert contrast(colours["brand-upon"], colours["brand-colour"]) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    """A brand's own colour is moved no further than needed."""
    assert _colours("8a1c1c")["brand-accent"] == (0x8A, 0x1C, 0x1C)
