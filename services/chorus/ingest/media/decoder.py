"""What the rest of ingest uses: bytes in, a `Decoded` or a `MediaRefused` out, whatever the bytes try."""

from __future__ import annotations

import hashlib
import queue
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast, get_args

from chorus.errors import Unavailable
from chorus.ingest.domain.picture import Credentials, Decoded, MediaRefused, Reason, Refused, Rendition
from chorus.ingest.media.sandbox import Child, ChildLate, ChildLost, ChildUnready

MAX_BYTES: Final = 25_000_000
WALL_SECONDS: Final = 8.0
WAIT_SECONDS: Final = 60.0
"""How long a caller waits for its turn, unless it says otherwise, before it is told to come back."""

_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_SOURCE_TYPE: Final = re.compile(r"[A-Za-z]{1,60}")
_STATES: Final = frozenset({"Valid", "Invalid", "Trusted"})
_MOST_LISTED: Final = 20
_MOST_LETTERS: Final = 200
_PDQ: Final = re.compile(r"[0-9a-f]{64}")


class Decoder:
    """A few children, kept warm and shared by all threads. A picture that kills one costs the others nothing."""

    def __init__(self, *, children: int = 1, max_bytes: int = MAX_BYTES, wall_seconds: float = WALL_SECONDS) -> None:
        """Make room for children; each starts when a picture first needs it, and a house without pictures has none."""
        self._max_bytes = max_bytes
        self._wall_seconds = wall_seconds
        self._size = children
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._idle.put(None)

    def decode(self, data: bytes, *, wait: float = WAIT_SECONDS) -> Decoded:
        """Read one picture; raises `MediaRefused` for what is no fit picture.

        `Unavailable` with reason `MEDIA_BUSY` when nobody is free for `wait` seconds, or `MEDIA_UNREADY`.
        """
        if len(data) > self._max_bytes:
            raise _refused("too_large", f"The picture has more than {self._max_bytes // 1_000_000} MB.")
        try:
            header, body = self._ask_twice(data, wait)
        except ChildLate as error:
            raise _refused("timeout", "The picture takes too long to read: send a simpler one.") from error
        except ChildLost as error:
            raise _refused("corrupt", "The picture is broken and cannot be shown.") from error
        return _decoded(data, header, body)

    def sandbox_level(self) -> str:
        """How far children are locked in: "seccomp", or "rlimits" where the system has no libseccomp."""
        with self._borrowed(WAIT_SECONDS) as child:
            return child.level()

    def pids(self) -> tuple[int, ...]:
        """Name the processes that have started and wait for work, for health pages and tests."""
        return tuple(child.pid for child in tuple(self._idle.queue) if child)

    def close(self) -> None:
        """End all children; a decode under way is let finish first."""
        for _ in range(self._size):
            child = self._idle.get()
            if child:
                child.close()

    def _ask_twice(self, data: bytes, wait: float) -> tuple[dict[str, Any], bytes]:
        """Ask a second child when the first one died: it may have been killed for want of memory elsewhere."""
        try:
            return self._ask(data, wait)
        except ChildLost:
            return self._ask(data, wait)

    def _ask(self, data: bytes, wait: float) -> tuple[dict[str, Any], bytes]:
        with self._borrowed(wait) as child:
            return child.ask(data, self._wall_seconds)

    @contextmanager
    def _borrowed(self, wait: float) -> Iterator[Child]:
        """Hold one child; it goes back, or is replaced if it was lost, late or tired."""
        child, fit = self._next(wait) or _started(), False
        try:
            if child is None:
                raise _unready()
            yield child
            fit = not child.tired
        except ChildUnready as error:
            raise _unready() from error
        finally:
            self._idle.put(child if fit else _replaced(child))

    def _next(self, wait: float) -> Child | None:
        try:
            return self._idle.get(timeout=wait)
        except queue.Empty as error:
            message = "Too many pictures are being read just now: try again in a minute."
            raise Unavailable(message, reason="MEDIA_BUSY") from error


def _replaced(child: Child | None) -> Child | None:
    if child:
        child.close()
    return _started()


def _started() -> Child | None:
    """Start a child; where the system has no room for one now, the next borrower's return tries again."""
    try:
        return Child()
    except OSError:
        return None


def _unready() -> Unavailable:
    return Unavailable("Pictures cannot be read just now: try again in a minute.", reason="MEDIA_UNREADY")


def _decoded(data: bytes, header: dict[str, Any], body: bytes) -> Decoded:
    """Check the child's answer against its form: it may have been written by the picture."""
    if "refused" in header:
        raise _refusal(header["refused"])
    try:
        return _checked(data, header, body)
    except (KeyError, TypeError, ValueError) as error:
        raise _refused("corrupt", "The picture is broken and cannot be shown.") from error


def _checked(data: bytes, header: dict[str, Any], body: bytes) -> Decoded:
    return Decoded(
        sha256=hashlib.sha256(data).hexdigest(),
        content_type=_one_of(_TYPES, header["content_type"]),
        width=int(header["width"]),
        height=int(header["height"]),
        frames=int(header["frames"]),
        thumbhash=bytes.fromhex(header["thumbhash"]),
        colour=_matching(_COLOUR, header["colour"]),
        pdq=_matching(_PDQ, header["pdq"]),
        pdq_quality=int(header["pdq_quality"]),
        renditions=tuple(_renditions(header["renditions"], body)),
        credentials=_credentials(header["credentials"]) if header["credentials"] else None,
    )


def _credentials(said: dict[str, Any]) -> Credentials:
    return Credentials(
        generator=_line(said["generator"]),
        signer=_line(said["signer"]),
        state=_one_of(_STATES, said["state"]),
        source_types=tuple(each for each in said["source_types"] if _SOURCE_TYPE.fullmatch(each))[:_MOST_LISTED],
        actions=tuple(map(_line, said["actions"][:_MOST_LISTED])),
    )


def _line(text: str) -> str:
    """Keep of a stranger's text what one line can show and a database can hold."""
    return "".join(letter for letter in text[:_MOST_LETTERS] if letter.isprintable())


def _renditions(rows: list[list[Any]], body: bytes) -> Iterator[Rendition]:
    start = 0
    for size, content_type, width, height, length in rows:
        data = body[start : start + int(length)]
        start += int(length)
        digest = hashlib.sha256(data).hexdigest()
        yield Rendition(int(size), _one_of(_TYPES, content_type), int(width), int(height), data, digest)


def _one_of(allowed: frozenset[str], value: object) -> str:
    if value not in allowed:
        raise ValueError(value)
    return str(value)


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(value)
    return value


def _refusal(said: object) -> MediaRefused:
    """Turn the child's reason into ours; words that it should not know become "corrupt"."""
    match said:
        case [str(reason), str(message)] if reason in get_args(Reason):
            return _refused(cast("Reason", reason), message)
    return _refused("corrupt", "The picture is broken and cannot be shown.")


def _refused(reason: Reason, message: str) -> MediaRefused:
    return MediaRefused(Refused(reason, message))
