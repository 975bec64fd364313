"""Objects: media and other bytes under a key, in an S3 store or in a folder.

Both adapters pass `tests/contract/test_object_stores.py`; what they promise stands here, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes, as they were put. `etag` (without quotes) changes when the bytes do."""

    data: bytes
    content_type: str
    etag: str


class ObjectStore(Protocol):
    """Bytes by key. Keys are relative paths of `[A-Za-z0-9._=-]` segments, none starting with a dot.

    A key of another shape is refused with `ValueError`, before anything is touched. No key may be another's folder:
    a file system cannot keep both. Everything may raise `Unavailable` (reason `OBJECT_STORE_DOWN`). Safe to share
    between threads.
    """

    def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        cache_control: str | None = None,
    ) -> None:
        """Store the bytes, whole and durable, or not at all; replaces what was there."""
        ...

    def get(self, key: str) -> Stored:
        """Read an object whole. Raises `NotFound`."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether there is an object under this key."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens where there is none. Afterwards `get` raises `NotFound`."""
        ...

    def list(self, prefix: str = "") -> Iterator[str]:
        """Name every key that starts with `prefix`, in the order of the key's bytes."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life; raises `Unavailable`."""
        ...


_SEGMENT = r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_LONGEST_KEY = 512


def checked(key: str) -> str:
    """Return the key when it has the shape that both stores can hold; raises `ValueError` otherwise."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        message = f"Not an object key: {key!r}"
        raise ValueError(message)
    return key


def open_store(url: str) -> ObjectStore:
    """Open `s3://key:secret@host:port/bucket[/prefix]?secure=0` or `file:///path` without touching it yet.

    Raises `ValueError` for another scheme or a part that is missing.
    """
    scheme = urlsplit(url).scheme
    if scheme == "s3":
        from chorus.platform.objects.s3 import S3Store

        return S3Store.from_url(url)
    if scheme == "file":
        from chorus.platform.objects.files import FileStore

        return FileStore.from_url(url)
    message = f"An object store is at s3://… or file:///…, not {scheme!r}"
    raise ValueError(message)
