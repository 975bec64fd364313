"""Why the house cannot start."""

from __future__ import annotations


class HouseError(Exception):
    """What happened, and `advice`: what to do about it."""

    def __init__(self, message: str, advice: str) -> None:
        """Keep both."""
        self.advice = advice
        super().__init__(message)
