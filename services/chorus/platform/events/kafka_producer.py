"""Writing to Kafka so that the records of one key never overtake each other, whatever fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from chorus.platform import logs
from chorus.platform.events import Outgoing
from chorus.platform.topics import partition_of

_log = logs.logger(__name__)
# Above the client's own delivery time-out, so that it is the client that says what failed.
_SEND_SECONDS = 7.0


class Client(KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    """A session that can be ended while records are on their way.

    The library's `close` begins with a flush; where that is not done in time it raises, and leaves its thread behind.
    """

    def flush(self, timeout: float | None = None) -> None:
        """Wait for what is on its way, no longer than `timeout` seconds."""
        with suppress(KafkaTimeoutError):
            super().flush(timeout)


class OrderedProducer:
    """A `Producer` that has at most one unacknowledged record per key.

    kafka-python's idempotence keeps order within a session, but a batch that fails for good (expired, refused) does
    not hold back the next one of its partition: the later fact of a post would arrive without the earlier.
    """

    def __init__(self, connect: Callable[[], KafkaProducer], prefix: str) -> None:
        """Use `connect` to make a session, now and after each failure; topics are named with `prefix`."""
        self._connect = connect
        self._prefix = prefix
        self._client: KafkaProducer | None = None

    def send(self, records: Sequence[Outgoing]) -> int:
        """Send wave by wave, each key once in a wave; the first failure ends the session and the sending."""
        acknowledged = [False] * len(records)
        try:
            if self._client is None:
                self._client = self._connect()
            for wave in _waves(records):
                self._send_wave(self._client, records, wave, acknowledged)
        except KafkaError as error:
            _log.warning("events_not_sent", error=str(error), records=len(records))
            self.close()
        return acknowledged.index(False) if False in acknowledged else len(records)

    def close(self) -> None:
        """End the session without waiting for what is still on its way."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError):
                client.close(timeout=0)

    def _send_wave(
        self, client: KafkaProducer, records: Sequence[Outgoing], wave: list[int], acknowledged: list[bool]
    ) -> None:
        futures = [(index, self._start(client, records[index])) for index in wave]
        deadline = time.monotonic() + _SEND_SECONDS
        for index, future in futures:
            future.get(timeout=max(0.0, deadline - time.monotonic()))
            acknowledged[index] = future.succeeded()

    def _start(self, client: KafkaProducer, record: Outgoing) -> Any:  # noqa: ANN401 -- kafka-python has no types
        return client.send(
            self._prefix + record.topic,
            value=record.value,
            key=record.key.encode() or None,
            headers=[(name, text.encode()) for name, text in record.headers.items()],
            partition=partition_of(record.key) if record.partition is None else record.partition,
        )


def _waves(records: Sequence[Outgoing]) -> Iterator[list[int]]:
    """Split into waves of indices so that each wave has a (topic, key) at most once, in order."""
    waves: list[list[int]] = []
    used: dict[tuple[str, str], int] = {}
    for index, record in enumerate(records):
        turn = 0
        if record.key:
            turn = used.get((record.topic, record.key), 0)
            used[record.topic, record.key] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(index)
    yield from waves
