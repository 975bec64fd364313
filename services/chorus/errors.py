"""What can go wrong, named by what happens next.

Each error becomes a gRPC status with `ErrorInfo` (AIP-193) in `platform/rpc.py` and an RFC 9457 problem document in
`platform/web.py`; no other place maps errors. `reason` is a stable UPPER_SNAKE_CASE word that a program may read.
"""

from __future__ import annotations

from collections.abc import Mapping


class ChorusError(Exception):
    """Base of every error that a caller is told about. `message` is one plain sentence that says what to do."""

    reason = "UNKNOWN"

    def __init__(self, message: str, *, reason: str | None = None, metadata: Mapping[str, str] | None = None) -> None:
        """Keep the sentence, the stable reason and a few machine-readable facts."""
        super().__init__(message)
        self.message = message
        self.reason = reason or type(self).reason
        self.metadata = dict(metadata or {})


class Invalid(ChorusError):
    """The request cannot be right, however often it is sent. `fields` maps a field's path to what is wrong with it."""

    reason = "INVALID"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, reason: str | None = None) -> None:
        """Keep the sentence and the violations by field."""
        super().__init__(message, reason=reason)
        self.fields = dict(fields or {})


class Unauthenticated(ChorusError):
    """Nobody is known to be asking: sign in, or send a valid token."""

    reason = "UNAUTHENTICATED"


class Denied(ChorusError):
    """Who asks is known, and may not do this."""

    reason = "DENIED"


class NotFound(ChorusError):
    """What was named does not exist, or is not this brand's."""

    reason = "NOT_FOUND"


class Conflict(ChorusError):
    """It exists already, or its state no longer allows this."""

    reason = "CONFLICT"


class TooLarge(ChorusError):
    """More bytes than allowed."""

    reason = "TOO_LARGE"


class Exhausted(ChorusError):
    """A rate or a quota is used up; `retry_after` is in seconds, None where waiting does not help."""

    reason = "EXHAUSTED"

    def __init__(self, message: str, *, retry_after: int | None = None, reason: str | None = None) -> None:
        """Keep the sentence and when to come back."""
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class Unavailable(ChorusError):
    """A dependency is down or has not caught up: try again; nothing was lost."""

    reason = "UNAVAILABLE"
