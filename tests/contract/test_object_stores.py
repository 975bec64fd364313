"""Both object stores keep the promises of `chorus.platform.objects.ObjectStore`."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio

from chorus.errors import NotFound, Unavailable
from chorus.platform.objects import ObjectStore, open_store
from tests.engines import ObjectServer

JPEG = b"\xff\xd8\xff\xe0 not much of a picture"


@pytest.fixture(params=["files", pytest.param("s3", marks=pytest.mark.s3)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.getfixturevalue("s3_url")) if request.param == "s3" else f"file://{tmp_path}/objects"


@pytest.fixture
def store(url: str) -> ObjectStore:
    return open_store(url)


@pytest.mark.parametrize(
    ("key", "data", "content_type"),
    [
        ("lumen/0123abc/1080.jpg", JPEG, "image/jpeg"),
        ("lumen/0123abc/1080.webp", b"RIFF", "image/webp"),
        ("private/3f/3fa9c1", JPEG, "image/jpeg"),
        ("lumen/feed.json", b"{}", "application/feed+json"),
        ("empty.txt", b"", "text/plain"),
    ],
)
def test_what_is_put_comes_back_byte_for_byte_with_its_type(
    store: ObjectStore, key: str, data: bytes, content_type: str
) -> None:
    store.put(key, data, content_type)
    found = store.get(key)
    assert (found.data, found.content_type) == (data, content_type)
    assert store.exists(key)


def test_an_object_larger_than_an_upload_part_is_one_object(store: ObjectStore) -> None:
    data = bytes(range(256)) * 4096 * 6
    store.put("large.bin", data, "application/octet-stream")
    assert store.get("large.bin").data == data


def test_putting_again_replaces_bytes_type_and_etag(store: ObjectStore) -> None:
    store.put("a/picture.jpg", b"first", "image/x-first")
    before = store.get("a/picture.jpg")
    store.put("a/picture.jpg", b"second", "image/jpeg")
    after = store.get("a/picture.jpg")
    assert (after.data, after.content_type) == (b"second", "image/jpeg")
    assert after.etag != before.etag
    store.put("a/picture.jpg", b"first", "image/x-first")
    assert store.get("a/picture.jpg") == before


def test_what_is_not_there_is_not_found(store: ObjectStore) -> None:
    with pytest.raises(NotFound):
        store.get("nobody/put/this")
    assert not store.exists("nobody/put/this")
    assert list(store.list()) == []


def test_deleting_twice_is_deleting_once(store: ObjectStore) -> None:
    store.put("a/b/gone", JPEG, "image/jpeg")
    store.put("a/kept.jpg", JPEG, "image/jpeg")
    store.delete("a/b/gone")
    store.delete("a/b/gone")
    assert not store.exists("a/b/gone")
    assert list(store.list()) == ["a/kept.jpg"]
    store.put("a/b/gone", b"back", "text/plain")
    assert store.get("a/b/gone").data == b"back"


def test_listing_names_every_key_under_a_prefix_in_byte_order(store: ObjectStore) -> None:
    keys = ["a-b/1", "a/2.jpg", "a/2/3", "a.b", "a0", "b/x/y/z", "B/1"]
    for key in keys:
        store.put(key, b"x", "text/x-odd")
    assert list(store.list()) == sorted(keys)
    assert list(store.list("a/")) == ["a/2.jpg", "a/2/3"]
    assert list(store.list("a/2")) == ["a/2.jpg", "a/2/3"]
    assert list(store.list("b/x/y/")) == ["b/x/y/z"]
    assert list(store.list("nothing/")) == []


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../outside", "a/../../outside", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\x00b", "ä", "a b"],
)
def test_a_key_of_another_shape_is_refused_by_every_call(store: ObjectStore, key: str) -> None:
    for call in (
        lambda: store.put(key, b"x", "text/plain"),
        lambda: store.get(key),
        lambda: store.exists(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="Not an object key"):
            call()


def test_writers_of_one_key_at_once_leave_one_of_their_objects_whole(store: ObjectStore) -> None:
    bodies = [bytes([letter]) * 200_000 for letter in b"abcdefgh"]
    threads = [threading.Thread(target=store.put, args=("same/key.bin", body, "text/x-odd")) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("same/key.bin").data in bodies
    assert list(store.list()) == ["same/key.bin"]


def test_putting_beside_deleting_never_fails(store: ObjectStore) -> None:
    failures: list[Exception] = []

    def churn(key: str) -> None:
        try:
            for _ in range(50):
                store.put(key, b"x", "text/plain")
                store.delete(key)
        except Exception as error:  # noqa: BLE001 -- told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(f"same/folder/{number}.txt",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(store.list()) == []


def test_another_process_finds_what_was_put(url: str, store: ObjectStore) -> None:
    store.put("a/kept", JPEG, "image/jpeg")
    assert open_store(url).get("a/kept") == store.get("a/kept")


def test_a_store_that_answers_says_so(store: ObjectStore) -> None:
    store.ping()
    store.put("a", b"x", "text/plain")
    store.ping()


def test_a_folder_that_cannot_be_used_is_unavailable_and_recovers(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file stands where the folder should be")
    store = open_store(f"file://{tmp_path}/objects")
    with pytest.raises(Unavailable):
        store.ping()
    with pytest.raises(Unavailable):
        store.put("a", b"x", "text/plain")
    (tmp_path / "objects").unlink()
    store.put("a", b"x", "text/plain")
    assert store.get("a").data == b"x"


def test_what_a_cut_off_write_left_in_a_folder_is_no_object(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    store.put("a/b", b"x", "text/x-odd")
    (tmp_path / "a" / ".new-3k2j1").write_bytes(b"half of an obj")
    assert list(store.list()) == ["a/b"]


def test_an_s3_store_that_is_down_is_unavailable_and_recovers(s3_url: str, object_server: ObjectServer) -> None:
    store = open_store(s3_url)
    store.put("a/before", b"x", "text/plain")
    object_server.stop()
    for call in (store.ping, lambda: store.get("a/before"), lambda: store.put("a/while", b"x", "text/plain")):
        with pytest.raises(Unavailable):
            call()
    object_server.start()
    assert store.get("a/before").data == b"x"
    store.put("a/after", b"x", "text/plain")


def test_a_wrong_secret_is_unavailable_and_not_found_to_be_empty(s3_url: str) -> None:
    wrong = s3_url.replace(f":{urlsplit(s3_url).password}@", ":not-the-secret@")
    store = open_store(wrong)
    with pytest.raises(Unavailable):
        store.exists("a/b")
    with pytest.raises(Unavailable):
        store.ping()


def test_s3_makes_its_bucket_and_keeps_below_its_prefix(s3_url: str) -> None:
    address = s3_url.replace("?", "-made-by-us/below/here?")
    store = open_store(address)
    store.put("a.jpg", JPEG, "image/jpeg", cache_control="public, max-age=10")
    assert list(store.list()) == ["a.jpg"]
    parts = urlsplit(address)
    client = Minio(f"{parts.hostname}:{parts.port}", access_key=parts.username, secret_key=parts.password, secure=False)
    bucket = parts.path.split("/")[1]
    headers = client.stat_object(bucket, "below/here/a.jpg").metadata
    assert headers is not None
    assert headers["Cache-Control"] == "public, max-age=10"
    store.delete("a.jpg")
    client.remove_bucket(bucket)


@pytest.mark.parametrize(
    "url", ["ftp://host/bucket", "s3://host:9000/bucket", "s3://k:s@host:9000", "file://elsewhere/path", "objects"]
)
def test_an_address_that_cannot_be_right_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"object|S3"):
        open_store(url)
