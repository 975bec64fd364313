"""Identifiers that are made here and chosen by nobody."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """Make an id: UUIDv7 as 32 hex digits, so that ids sort by the time they were made in."""
    return uuid_utils.uuid7().hex
