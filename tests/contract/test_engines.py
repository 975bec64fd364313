"""The engines that every other test stands on are the real ones, and do what the tests need of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from minio import Minio
from minio.error import S3Error

from tests.engines import cache
from tests.engines.process import EngineError, Nursery, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.engines import Kafka, Postgres
    from tests.engines.fixtures import MakeDatabase


def test_every_database_is_fresh_and_copies_what_was_migrated_once(make_database: MakeDatabase) -> None:
    prepared: list[str] = []

    def migrate(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE seen (id int)")

    first, second = make_database("fresh", migrate), make_database("fresh", migrate)
    with psycopg.connect(first) as connection:
        connection.execute("INSERT INTO seen VALUES (1)")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)
    assert len(prepared) == 1


def test_a_killed_postgres_comes_back_with_what_was_committed(postgres_server: Postgres, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postgres_server.kill()
    assert not postgres_server.running
    postgres_server.start()
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def _topic(broker: Kafka, name: str) -> str:
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=1)])
    admin.close()
    return name


def _send(broker: Kafka, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.address, enable_idempotence=True, acks="all")
    sent = [producer.send(topic, value, key=b"one-key") for value in values]
    producer.flush(timeout=120)
    assert all(future.succeeded() for future in sent)
    producer.close()


def _received(broker: Kafka, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=broker.address,
        group_id=f"{topic}-group",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    values: list[bytes] = []

    def poll() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            values.extend(record.value for record in records)
        return len(values) >= count

    wait_until(poll, f"{count} records on {topic}")
    consumer.commit()
    consumer.close()
    return values


def test_kafka_keeps_the_order_of_a_key_across_a_restart(kafka_broker: Kafka, topic_prefix: str) -> None:
    topic = _topic(kafka_broker, f"{topic_prefix}smoke")
    values = [str(number).encode() for number in range(500)]
    _send(kafka_broker, topic, values[:250])
    kafka_broker.restart()
    _send(kafka_broker, topic, values[250:])
    assert _received(kafka_broker, topic, 500) == values


def test_kafka_makes_no_topic_by_chance(kafka_broker: Kafka, topic_prefix: str) -> None:
    topic = f"{topic_prefix}by-chance"
    producer = KafkaProducer(bootstrap_servers=kafka_broker.address, max_block_ms=2_000)
    with pytest.raises(KafkaError):
        producer.send(topic, b"x").get(timeout=60)
    producer.close()
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.address)
    assert topic not in admin.list_topics()
    admin.close()


def _client(url: str, secret: str | None = None) -> tuple[Minio, str]:
    parts = urlsplit(url)
    assert parts.username
    assert parts.password
    client = Minio(f"{parts.hostname}:{parts.port}", parts.username, secret or parts.password, secure=False)
    return client, parts.path.strip("/")


@pytest.fixture
def picture() -> io.BytesIO:
    return io.BytesIO(bytes(range(256)) * 800)


def test_the_s3_store_returns_what_was_put_and_refuses_a_wrong_key(s3_url: str, picture: io.BytesIO) -> None:
    client, bucket = _client(s3_url)
    size = len(picture.getvalue())
    client.put_object(bucket, "a/picture", picture, size, content_type="image/jpeg")
    answer = client.get_object(bucket, "a/picture")
    assert answer.read() == picture.getvalue()
    answer.close()
    answer.release_conn()
    stranger, _ = _client(s3_url, secret="not-the-secret")
    with pytest.raises(S3Error):
        stranger.put_object(bucket, "a/other", io.BytesIO(b"x"), 1)


def test_chromium_shows_a_page_and_runs_its_script(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content("<button onclick=\"this.textContent = 'granted'\">Yes, you may</button>")
    page.get_by_role("button").click()
    assert page.get_by_role("button").text_content() == "granted"
    page.close()


def test_a_cache_folder_appears_only_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fill_half(place: Path) -> None:
        (place / "half").touch()
        message = "cut off"
        raise ConnectionError(message)

    with pytest.raises(ConnectionError):
        cache.kept("engine-1", fill_half)
    assert list(cache.folder().iterdir()) == []
    kept = cache.kept("engine-1", lambda place: (place / "whole").touch())
    assert [path.name for path in kept.iterdir()] == ["whole"]


def test_a_process_that_ends_instead_of_answering_is_told_with_its_log(tmp_path: Path) -> None:
    nursery = Nursery(lambda _: None)
    child = nursery.start(["sh", "-c", "echo no disk; exit 3"], tmp_path / "log")
    with pytest.raises(EngineError, match="no disk"):
        child.wait_until(lambda: False, "the engine to answer")
    nursery.close()
    assert not nursery.folder.exists()


def test_closing_a_run_stops_its_children_and_starts_no_more(tmp_path: Path) -> None:
    nursery = Nursery(lambda _: None)
    child = nursery.start(["sleep", "600"], tmp_path / "log")
    nursery.close()
    assert not child.running
    with pytest.raises(EngineError):
        nursery.start(["sleep", "600"], tmp_path / "log")
