"""Codes for answers in public, made by chance."""

from __future__ import annotations

import secrets

from chorus.rights.domain.reply import CODE_LENGTH, LETTERS, spaced


def new_code() -> str:
    """Make a code: "7KQ-F2M"."""
    return spaced("".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)))
