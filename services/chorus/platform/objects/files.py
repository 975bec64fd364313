"""Objects as files under one folder: the embedded default.

An object is a plain file that any tool can open. Its content type follows from its suffix; where it does not, a hidden
file beside it says so. Written beside, synced and renamed, so that a reader or a crash never meets half an object.
"""

from __future__ import annotations

import fcntl
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chorus.errors import NotFound, Unavailable
from chorus.platform.objects import Stored, checked

_DOWN = "The media folder cannot be used just now. Try again in a moment."
# A fresh table, since the machine's own /etc/mime.types would make one folder mean different things on two machines.
_TYPES = mimetypes.MimeTypes(filenames=())


class FileStore:
    """An `ObjectStore` in a folder, which is made when it is first written to. Keeps no cache control."""

    def __init__(self, root: Path) -> None:
        """Use `root`; nothing is touched yet."""
        self._root = root

    @classmethod
    def from_url(cls, url: str) -> FileStore:
        """Read `file:///absolute/path`; raises `ValueError` for a host or a relative path."""
        parts = urlsplit(url)
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
            message = f"A folder of objects is named file:///absolute/path, not {url!r}"
            raise ValueError(message)
        return cls(Path(unquote(parts.path)))

    def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        cache_control: str | None = None,  # noqa: ARG002 -- a file has no headers; who serves it sets them
    ) -> None:
        """Write beside, sync, rename."""
        target = self._path(key)
        with _unavailable_when_failing():
            if _implied_type(target) == content_type:
                self._write(target, data)
                _type_file(target).unlink(missing_ok=True)
            else:
                # First the type: an object without it would be served as something else after a crash.
                self._write(_type_file(target), content_type.encode())
                self._write(target, data)

    def get(self, key: str) -> Stored:
        """Read the whole file; the etag is a hash of its bytes."""
        target = self._path(key)
        with _unavailable_when_failing():
            try:
                data = target.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                message = f"There is no object {key}."
                raise NotFound(message, reason="OBJECT_NOT_FOUND") from None
            return Stored(
                data,
                _content_type(target),
                hashlib.blake2b(data, digest_size=16).hexdigest(),
            )

    def exists(self, key: str) -> bool:
        """Look for the file."""
        target = self._path(key)
        with _unavailable_when_failing():
            return target.is_file()

    def delete(self, key: str) -> None:
        """Remove the file, and the folders that it leaves empty."""
        target = self._path(key)
        with (
            _unavailable_when_failing(),
            suppress(FileNotFoundError, NotADirectoryError),
        ):
            target.unlink()
            _type_file(target).unlink(missing_ok=True)
            _sync_folder(target.parent)
            self._prune(target.parent)

    def list(self, prefix: str = "") -> Iterator[str]:
        """Walk the folder that the prefix names, in the order that an S3 store lists in."""
        with _unavailable_when_failing():
            folder = prefix.rpartition("/")[0]
            start = self._path(folder) if folder else self._root
            yield from (key for key in self._keys(start) if key.startswith(prefix))

    def ping(self) -> None:
        """Check that the folder can be written to, making it where it is missing."""
        with _unavailable_when_failing():
            self._root.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self._root).close()

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _write(self, target: Path, data: bytes) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with _locked(self._root, fcntl.LOCK_SH):
            self._make_folder(target.parent)
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as beside:
                try:
                    beside.write(data)
                    beside.flush()
                    os.fsync(beside.fileno())
                    Path(beside.name).replace(target)
                except BaseException:
                    Path(beside.name).unlink(missing_ok=True)
                    raise
            _sync_folder(target.parent)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)

    def _prune(self, folder: Path) -> None:
        # While somebody writes, an empty folder may be the one that was just made: it stays for a later `delete`.
        with suppress(OSError), _locked(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    def _keys(self, folder: Path) -> Iterator[str]:
        try:
            found = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return
        # As keys sort: a folder's name counts with the slash that follows it.
        for entry in sorted(found, key=lambda one: one.name + "/" if one.is_dir() else one.name):
            path = Path(entry.path)
            if entry.is_dir():
                yield from self._keys(path)
            else:
                yield path.relative_to(self._root).as_posix()


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold flock(2) on a folder, against other processes and threads; `BlockingIOError` where it is not to be had."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


@contextmanager
def _unavailable_when_failing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(_DOWN, reason="OBJECT_STORE_DOWN") from error


def _type_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.type")


def _content_type(target: Path) -> str:
    try:
        return _type_file(target).read_text()
    except FileNotFoundError:
        return _implied_type(target) or "application/octet-stream"


def _implied_type(target: Path) -> str | None:
    return _TYPES.guess_type(target.name, strict=False)[0]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
