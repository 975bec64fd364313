"""The shared colours can be read by everyone, in light and in dark, and every page gets the same dark."""

from __future__ import annotations

import re
from itertools import product

import pytest

from chorus.platform import design

CSS = re.sub(r"/\*.*?\*/", "", (design.FOLDER / "tokens.css").read_text(), flags=re.DOTALL)
LIGHT = ':root,\n[data-theme="light"]'
DARK_BY_SYSTEM = ":root:not([data-theme])"
DARK_BY_CHOICE = '\n[data-theme="dark"]'
GROUNDS = ("page", "surface", "raised", "sunken", "hover")
TEXTS = ("ink", "ink-soft", "ink-faint", "accent", "ok", "warn", "danger")


def tokens(selector: str) -> dict[str, str]:
    block = CSS[CSS.index(selector + " {") :].split("{", 1)[1].split("}", 1)[0]
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):([^;]+);", block)}


def luminance(colour: str) -> float:
    """Return the relative luminance of the `#rrggbb` that the value holds (WCAG 2.2)."""
    found = re.search(r"#([0-9a-f]{6})", colour)
    assert found, f"{colour} names no colour"
    channels = [int(found[1][at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_dark_by_system_and_dark_by_choice_are_the_same() -> None:
    assert tokens(DARK_BY_SYSTEM) == tokens(DARK_BY_CHOICE)


def test_light_and_dark_name_the_same_tokens() -> None:
    assert tokens(LIGHT).keys() == tokens(DARK_BY_CHOICE).keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), list(product(TEXTS, GROUNDS)))
def test_text_can_be_read_on_every_ground(theme: str, text: str, ground: str) -> None:
    named = tokens(theme)
    assert contrast(named[text], named[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), list(product(("line-strong", "focus"), GROUNDS)))
def test_edges_of_controls_can_be_seen_on_every_ground(theme: str, edge: str, ground: str) -> None:
    named = tokens(theme)
    assert contrast(named[edge], named[ground]) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
@pytest.mark.parametrize("state", ["accent", "ok", "warn", "danger"])
def test_states_can_be_read_on_their_own_soft_ground(theme: str, state: str) -> None:
    named = tokens(theme)
    assert contrast(named[state], named[f"{state}-soft"]) >= 4.5
    assert contrast(named["ink"], named[f"{state}-soft"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
@pytest.mark.parametrize("filled", ["accent", "danger"])
def test_text_can_be_read_on_a_filled_button(theme: str, filled: str) -> None:
    named = tokens(theme)
    assert contrast(named[f"on-{filled}"], named[filled]) >= 4.5


def test_pages_use_only_tokens_that_exist() -> None:
    pages = (design.FOLDER / "pages.css").read_text()
    known = set(re.findall(r"(--[\w-]+):", CSS))
    assert set(re.findall(r"var\((--[\w-]+)", pages)) <= known
