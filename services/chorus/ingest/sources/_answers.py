"""What servers answer, in words for the people who own the source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from chorus.ingest.ports import LookError, Response

_OK = 200
_GONE = frozenset({404, 410})
_WORDS = {
    401: "The server asks who is there (401): give the source an access token, or check the one it has.",
    403: "The server does not let us read this (403): ask its owner, or give the source an access token.",
    404: "There is nothing at this address (404): check it.",
    410: "The server says that this is gone for good (410): delete the source, or change its address.",
    429: "The server asks us to come less often (429).",
}


def expect_ok(response: Response) -> None:
    """Let a 200 through; `LookError` with what happened and what to do for anything else."""
    if response.status == _OK:
        return
    words = _WORDS.get(response.status, f"The server answered {response.status} instead of the posts: it may pass.")
    raise LookError(words, retry_after=_retry_after(response))


def is_gone(response: Response) -> bool:
    """Tell whether the server says that what was asked for is not there."""
    return response.status in _GONE


def _retry_after(response: Response) -> timedelta | None:
    """Read `Retry-After`: seconds or a date (RFC 9110); at most a day is believed."""
    said = response.headers.get("retry-after", "").strip()
    if not said:
        return None
    try:
        wait = timedelta(seconds=int(said)) if said.isdigit() else parsedate_to_datetime(said) - datetime.now(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(timedelta(0), min(wait, timedelta(days=1)))
