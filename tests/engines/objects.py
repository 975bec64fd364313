"""The S3 store for the tests: MinIO where it is at hand, else SeaweedFS from its wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import uuid
from pathlib import Path
from typing import Protocol

from minio import Minio
from minio.error import S3Error
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from chorus.local.child import free_port
from tests.engines import cache
from tests.engines.process import Child, EngineError, Nursery, accepts

# `make minio` builds this commit, the last one upstream, and puts it where `_find_minio` looks.
MINIO_COMMIT = "7aac2a2c5b7c"
_KEY = "chorus-tests"
_SECRET = "only-for-this-run"


class _Server(Protocol):
    name: str

    @property
    def version(self) -> str: ...

    @property
    def environment(self) -> dict[str, str]: ...

    def command(self, folder: Path, port: int) -> list[str | Path]: ...


class ObjectServer:
    """One S3 server for the whole run; tests get a bucket of their own in it."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._folder = nursery.place("objects")
        self._port = free_port()
        self._child: Child | None = None
        minio = _find_minio()
        self._server: _Server = _MinIO(minio) if minio else _SeaweedFS()

    @property
    def name(self) -> str:
        """The server's name."""
        return self._server.name

    @property
    def version(self) -> str:
        """The server's version, and where it was found."""
        return self._server.version

    def prepare(self) -> None:
        """Start the server; a run that requires MinIO refuses another one."""
        if os.environ.get("CHORUS_REQUIRE_MINIO") == "1" and not isinstance(self._server, _MinIO):
            message = "this run requires MinIO: set CHORUS_MINIO, put `minio` on the path, or build it by `make minio`"
            raise EngineError(message)
        self.start()

    def start(self) -> None:
        """Start the server, on the same port and data as before, and wait until it answers."""
        command = self._server.command(self._folder, self._port)
        self._child = self._nursery.start(
            command, self._folder / "log", environment=self._server.environment, folder=self._folder
        )
        self._child.wait_until(self._answers, f"{self.name} to answer")

    def stop(self) -> None:
        """Stop the server; its clients see an outage."""
        if self._child:
            self._child.stop()

    def restart(self) -> None:
        """Stop and start the server."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether the server process runs."""
        return self._child is not None and self._child.running

    def make_bucket(self) -> str:
        """Create a fresh bucket and return its address as CHORUS_MEDIA_URL wants it."""
        bucket = f"t{uuid.uuid4().hex[:16]}"
        self._client().make_bucket(bucket)
        return f"s3://{_KEY}:{_SECRET}@127.0.0.1:{self._port}/{bucket}?secure=0"

    def drop_bucket(self, url: str) -> None:
        """Remove a bucket with everything in it."""
        bucket = url.rpartition("/")[2].partition("?")[0]
        client = self._client()
        for found in client.list_objects(bucket, recursive=True):
            client.remove_object(bucket, found.object_name or "")
        client.remove_bucket(bucket)

    def _client(self, patience: float = 60) -> Minio:
        timeout = Timeout(connect=5, read=patience)
        pool = PoolManager(timeout=timeout, retries=Retry(0))
        return Minio(f"127.0.0.1:{self._port}", _KEY, _SECRET, secure=False, http_client=pool)

    def _answers(self) -> bool:
        # MinIO never answers a request that came between listening and serving: ask anew, each time for a short while.
        if not accepts(self._port):
            return False
        try:
            self._client(patience=2).list_buckets()
            self.drop_bucket(self.make_bucket())
        except (S3Error, HTTPError):
            return False
        return True


class _MinIO:
    name = "MinIO"

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def version(self) -> str:
        said = subprocess.run([self._path, "--version"], capture_output=True, text=True, check=True).stdout
        # A build by `go install` calls itself DEVELOPMENT; the name of the binary has the commit.
        words = said.split()
        return f"{words[2]} ({words[0]}, {self._path})"

    @property
    def environment(self) -> dict[str, str]:
        return {"MINIO_ROOT_USER": _KEY, "MINIO_ROOT_PASSWORD": _SECRET, "MINIO_BROWSER": "off"}

    def command(self, folder: Path, port: int) -> list[str | Path]:
        return [self._path, "server", folder / "data", "--quiet", "--address", f"127.0.0.1:{port}"]


class _SeaweedFS:
    name = "SeaweedFS"
    version = "(in place of MinIO, which is not at hand here: `make minio` builds it)"

    @property
    def environment(self) -> dict[str, str]:
        return {}

    def command(self, folder: Path, port: int) -> list[str | Path]:
        (folder / "data").mkdir(exist_ok=True)
        (folder / "s3.json").write_text(json.dumps(self._identity()))
        parts = ("master", "volume", "filer")
        ports = [f"-{part}.port{kind}={free_port()}" for part in parts for kind in ("", ".grpc")]
        return [
            Path(sysconfig.get_path("scripts")) / "weed",
            "server",
            f"-dir={folder / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=0",
            "-volume.preStopSeconds=0",
            "-s3",
            f"-s3.port={port}",
            f"-s3.port.grpc={free_port()}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={folder / 's3.json'}",
            *ports,
        ]

    def _identity(self) -> dict[str, object]:
        credentials = [{"accessKey": _KEY, "secretKey": _SECRET}]
        return {"identities": [{"name": "tests", "credentials": credentials, "actions": ["Admin"]}]}


def _find_minio() -> Path | None:
    named = os.environ.get("CHORUS_MINIO")
    if named:
        return Path(named)
    on_path = shutil.which("minio")
    if on_path:
        return Path(on_path)
    built = cache.folder() / f"minio-{MINIO_COMMIT}"
    return built if built.exists() else None
