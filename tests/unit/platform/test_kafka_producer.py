"""Writing to Kafka: a fact never overtakes an earlier one of its key, also when that one fails for good."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from kafka.errors import KafkaTimeoutError
from kafka.future import Future

from chorus.platform.events import Outgoing
from chorus.platform.events.kafka_producer import OrderedProducer


class Answer(Future):  # type: ignore[misc]  # kafka-python has no types
    """What kafka-python's `send` gives: it fails or succeeds when it is waited for."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    def get(self, timeout: float) -> None:
        if self._error:
            self.failure(self._error)
            raise self._error
        self.success(None)


class Session:
    """A producer's session that refuses some values, and keeps in order what it was given."""

    def __init__(self, refused: Sequence[bytes]) -> None:
        self.given: list[bytes] = []
        self.closed = False
        self._refused = refused

    def send(self, topic: str, *, value: bytes, **_: object) -> Answer:
        self.given.append(value)
        return Answer(KafkaTimeoutError("expired") if value in self._refused else None)

    def close(self, timeout: float) -> None:
        self.closed = True


def records(*names: str) -> list[Outgoing]:
    return [Outgoing("chorus.post.v1", name[0], name.encode()) for name in names]


@pytest.mark.parametrize(
    ("names", "refused", "acknowledged", "never_given"),
    [
        (["a1", "b1", "a2", "b2"], [], 4, []),
        (["a1", "b1", "a2", "b2"], [b"a1"], 0, [b"a2", b"b2"]),
        (["a1", "b1", "a2", "b2", "a3"], [b"b1"], 1, [b"b2", b"a3"]),
        (["a1", "a2", "a3"], [b"a2"], 1, [b"a3"]),
        (["a1", "b1", "c1"], [b"c1"], 2, []),
    ],
)
def test_nothing_of_a_key_is_given_to_kafka_before_what_is_ahead_of_it_was_acknowledged(
    names: list[str], refused: list[bytes], acknowledged: int, never_given: list[bytes]
) -> None:
    session = Session(refused)
    assert OrderedProducer(lambda: session, "").send(records(*names)) == acknowledged
    assert not set(never_given) & set(session.given)
    assert session.closed == bool(refused)


def test_a_new_session_follows_a_failed_one() -> None:
    sessions = [Session([b"a1"]), Session([])]
    left = iter(sessions)
    producer = OrderedProducer(lambda: next(left), "")
    assert producer.send(records("a1", "a2")) == 0
    assert producer.send(records("a1", "a2")) == 2
    assert sessions[1].given == [b"a1", b"a2"]


def test_a_broker_that_cannot_be_reached_acknowledges_nothing() -> None:
    def connect() -> Session:
        message = "no broker"
        raise KafkaTimeoutError(message)

    assert OrderedProducer(connect, "").send(records("a1")) == 0
