"""Brands and their members."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
# Good enough to catch a slip: whether an address works is known only by writing to it.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")
_WEB_PAGE = re.compile(r"https?://\S+")
ADMIN = 4
DEFAULT_ACCENT = "#4f46e5"


@dataclass(frozen=True)
class Brand:
    """A brand; `accent` is "#rrggbb", `home_page` an http(s) address or empty."""

    brand: str
    display_name: str
    accent: str
    home_page: str
    created_at: datetime


@dataclass(frozen=True)
class Member:
    """A person of a brand; `role` is a number of chorus.api.types.v1.Role."""

    brand: str
    email: str
    display_name: str
    role: int


def checked_brand(brand: Brand) -> Brand:
    """Give the brand back if it can be one; Invalid names every field that is wrong."""
    wrong = {}
    if not SLUG.fullmatch(brand.brand):
        wrong["brand"] = "Use 1 to 63 lower-case letters, digits and hyphens, starting with a letter or digit."
    if not brand.display_name.strip():
        wrong["display_name"] = "A brand needs a name."
    if not _COLOUR.fullmatch(brand.accent):
        wrong["accent"] = "Write the colour as #rrggbb."
    if brand.home_page and not _WEB_PAGE.fullmatch(brand.home_page):
        wrong["home_page"] = "Write the whole address, with https://."
    _refuse(wrong)
    return brand


def checked_member(member: Member) -> Member:
    """Give the member back if it can be one; Invalid names every field that is wrong."""
    wrong = {}
    if not _EMAIL.fullmatch(member.email):
        wrong["email"] = "This is not an e-mail address."
    if not 1 <= member.role <= ADMIN:
        wrong["role"] = "Choose viewer, curator, rights manager or admin."
    _refuse(wrong)
    return member


def folded(email: str) -> str:
    """Write an e-mail address the one way it is stored and compared."""
    return email.strip().casefold()


def _refuse(wrong: dict[str, str]) -> None:
    if wrong:
        raise Invalid("Some fields are not right: " + " ".join(wrong.values()), fields=wrong)
