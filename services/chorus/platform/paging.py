"""Paging by cursor (AIP-158): a page token holds the last row's sort key, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime

from chorus.errors import Invalid

Part = str | int | float


def size(asked: int, *, default: int = 50, most: int = 100) -> int:
    """Settle the page's size: the default where none was asked for, never more than `most`; Invalid below zero."""
    if asked < 0:
        message = "page_size must not be negative."
        raise Invalid(message, fields={"page_size": message})
    return min(asked or default, most)


def encode(*parts: Part) -> str:
    """Make a page token from the last row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(token: str, *types: type[Part]) -> tuple[Part, ...] | None:
    """Read a page token back; None for the first page, Invalid where it is not one of ours."""
    if not token:
        return None
    try:
        parts = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not _fits(parts, types):
        raise _unreadable()
    return tuple(parts)


def moment(part: str) -> datetime:
    """Read a moment that a page token holds in ISO 8601; Invalid where it is none, or says no time zone."""
    try:
        found = datetime.fromisoformat(part)
    except ValueError as error:
        raise _unreadable() from error
    if found.tzinfo is None:
        raise _unreadable()
    return found


def _fits(parts: object, types: Sequence[type[Part]]) -> bool:
    """Compare types exactly: a bool is no number, and JSON may hold anything."""
    return isinstance(parts, list) and [type(part) for part in parts] == list(types)


def _unreadable() -> Invalid:
    message = "The page token is not one that this list gave out: start again without it."
    return Invalid(message, fields={"page_token": message}, reason="PAGE_TOKEN")
