"""Objects in an S3 store, through the minio SDK."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from chorus.errors import NotFound, Unavailable
from chorus.platform.objects import Stored, checked

_MISSING = frozenset({"NoSuchKey", "ResourceNotFound"})
_OURS_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_ATTEMPTS = 5
_SMALLEST_PART = 5 * 1024 * 1024
_CONNECTIONS = 16
_RETRIES = urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
# The SDK's own: 300 s and five tries, which would hold a request thread for 25 minutes while the store is down.
_TIMEOUT = urllib3.Timeout(connect=2, read=10)


class S3Store:
    """An `ObjectStore` in one bucket, which is made where it is missing, below an optional prefix."""

    def __init__(self, client: Minio, bucket: str, prefix: str = "") -> None:
        """Use the bucket; nothing is asked yet. `prefix` is empty or ends with a slash."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._bucket_known = threading.Event()

    @classmethod
    def from_url(cls, url: str) -> S3Store:
        """Read `s3://key:secret@host:port/bucket[/prefix]?secure=0&region=…`; raises `ValueError` naming what lacks."""
        parts = urlsplit(url)
        bucket, _, prefix = parts.path.strip("/").partition("/")
        if not (parts.hostname and parts.username and parts.password and bucket):
            message = "An S3 store is named s3://key:secret@host:port/bucket[/prefix]; a part of it is missing"
            raise ValueError(message)
        return cls(_connect(url), bucket, checked(prefix) + "/" if prefix else "")

    def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        cache_control: str | None = None,
    ) -> None:
        """Put in one request, whatever the size: parts of an upload that was cut off would stay for ever."""
        name = self._name(key)
        headers: dict[str, str | list[str] | tuple[str]] | None
        headers = {"Cache-Control": cache_control} if cache_control else None

        def put() -> None:
            self._client.put_object(
                self._bucket,
                name,
                io.BytesIO(data),
                len(data),
                content_type=content_type,
                metadata=headers,
                part_size=max(len(data), _SMALLEST_PART),
            )

        with self._asking(key):
            _despite_a_race(put)

    def get(self, key: str) -> Stored:
        """Read the whole object."""
        name = self._name(key)
        with self._asking(key):
            response = self._client.get_object(self._bucket, name)
            try:
                headers = response.headers
                return Stored(
                    response.read(),
                    headers.get("Content-Type", ""),
                    headers.get("ETag", "").strip('"'),
                )
            finally:
                response.close()
                response.release_conn()

    def exists(self, key: str) -> bool:
        """Ask for the object's head."""
        name = self._name(key)
        try:
            with self._asking(key):
                self._client.stat_object(self._bucket, name)
        except NotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object; S3 says yes where there is none."""
        name = self._name(key)
        with self._asking(key):
            _despite_a_race(lambda: self._client.remove_object(self._bucket, name))

    def list(self, prefix: str = "") -> Iterator[str]:
        """Name the keys page by page, as the caller goes on."""
        with self._asking(prefix):
            for found in self._client.list_objects(self._bucket, self._prefix + prefix, recursive=True):
                yield str(found.object_name).removeprefix(self._prefix)

    def ping(self) -> None:
        """Ask for the bucket, making it where it is gone; this also checks the key and the secret."""
        with self._asking(""):
            self._bucket_known.clear()
            self._ensure_bucket()

    def _name(self, key: str) -> str:
        return self._prefix + checked(key)

    @contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        try:
            self._ensure_bucket()
            yield
        except S3Error as error:
            if error.code in _MISSING:
                message = f"There is no object {key}."
                raise NotFound(message, reason="OBJECT_NOT_FOUND") from None
            raise _unavailable() from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _unavailable() from error

    def _ensure_bucket(self) -> None:
        if self._bucket_known.is_set():
            return
        if not self._client.bucket_exists(self._bucket):
            self._make_bucket()
        self._bucket_known.set()

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            # Services that start side by side make it at the same time.
            if error.code not in _OURS_ALREADY:
                raise


def _connect(url: str) -> Minio:
    parts = urlsplit(url)
    options: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Minio(
        parts.netloc.rpartition("@")[2],
        access_key=unquote(parts.username or ""),
        secret_key=unquote(parts.password or ""),
        secure=options.get("secure", "1") != "0",
        # Named, since the SDK would ask the store for it first.
        region=options.get("region", "us-east-1"),
        http_client=urllib3.PoolManager(maxsize=_CONNECTIONS, timeout=_TIMEOUT, retries=_RETRIES),
    )


def _despite_a_race(change: Callable[[], None]) -> None:
    """Try again where MinIO says AccessDenied: of an object, too, whose folder another request is just removing."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return change()
        except S3Error as error:
            if error.code != "AccessDenied":
                raise
    return change()


def _unavailable() -> Unavailable:
    return Unavailable(
        "The object store does not answer just now. Try again in a moment.",
        reason="OBJECT_STORE_DOWN",
    )
