"""Reading from Kafka as a member of a group, from the positions that the reader's own database keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from chorus.errors import Unavailable
from chorus.platform.events import OffsetStore, Record

_ANSWER_MS = 5000
_LEAVE_MS = 3000


class GroupConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """A `Consumer` in a Kafka group. Kafka's own committed offsets only show lag."""

    def __init__(self, client: KafkaConsumer, topics: Sequence[str], offsets: OffsetStore, prefix: str) -> None:
        """Subscribe `client` to the topics, named with `prefix` on the broker."""
        self._client = client
        self._offsets = offsets
        self._prefix = prefix
        # Assigned, but not yet moved to the reader's own position: nothing from them may be handed out.
        self._unplaced: set[Any] = set()
        client.subscribe([prefix + topic for topic in topics], listener=self)

    def on_partitions_revoked(self, revoked: Sequence[Any]) -> None:
        """Forget what is gone; called on the client's own thread."""
        self._unplaced.difference_update(revoked)

    def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
        """Remember to seek; called on the client's own thread, which must not wait for a database."""
        self._unplaced.update(assigned)

    def poll(self, timeout: float, max_records: int) -> list[Record]:
        """Fetch, and then place what was newly assigned; what the client fetched from elsewhere is dropped."""
        with _unavailable_when_failing():
            self._join_again_when_forgotten()
            self._place()
            fetched = self._client.poll(timeout_ms=int(timeout * 1000), max_records=max_records)
            found = [
                self._record(raw) for place, batch in fetched.items() if place not in self._unplaced for raw in batch
            ]
            self._place()
            return found

    def acknowledge(self, topic: str, partition: int, next_offset: int) -> None:
        """Commit without waiting for the answer."""
        position = {TopicPartition(self._prefix + topic, partition): OffsetAndMetadata(next_offset, "", -1)}
        with suppress(KafkaError):
            self._client.commit_async(position)

    def lag(self) -> int:
        """Ask the broker for the ends, and not the client's last fetch, which is what may have stalled."""
        with _unavailable_when_failing():
            placed = [place for place in self._client.assignment() if place not in self._unplaced]
            if not placed:
                return 0
            ends = self._client.end_offsets(placed, timeout_ms=_ANSWER_MS)
            return sum(max(0, end - (self._client.position(place, _ANSWER_MS) or 0)) for place, end in ends.items())

    def assigned(self) -> frozenset[tuple[str, int]]:
        """Name what is assigned and placed."""
        places = self._client.assignment() - self._unplaced
        return frozenset((place.topic.removeprefix(self._prefix), place.partition) for place in places)

    def close(self) -> None:
        """Leave the group."""
        with suppress(KafkaError):
            self._client.close(autocommit=False, timeout_ms=_LEAVE_MS)

    def _join_again_when_forgotten(self) -> None:
        """Ask for a join whose outcome kafka-python 3.0.12 has lost.

        One that only new metadata asked for, and that ends between two polls, is never taken up: the member would
        hold nothing and send no heartbeat, for ever. Seen in one start of ten on a busy machine.
        """
        coordinator = self._client._coordinator  # noqa: SLF001 -- nothing public tells
        if coordinator.rejoining and not coordinator.need_rejoin():
            coordinator.request_rejoin()

    def _place(self) -> None:
        unplaced = sorted(self._unplaced.copy())
        ends = self._client.end_offsets(unplaced, timeout_ms=_ANSWER_MS) if unplaced else {}
        for place in unplaced:
            topic = place.topic.removeprefix(self._prefix)
            position = self._offsets.position(topic, place.partition, ends[place])
            # Off the list first: the client's thread may assign it anew meanwhile, and then it is to be placed again.
            self._unplaced.discard(place)
            if place in self._client.assignment():
                self._client.seek(place, position)

    def _record(self, raw: Any) -> Record:  # noqa: ANN401 -- kafka-python has no types
        return Record(
            topic=raw.topic.removeprefix(self._prefix),
            partition=raw.partition,
            offset=raw.offset,
            key=(raw.key or b"").decode(errors="replace"),
            value=raw.value or b"",
            headers={name: text.decode(errors="replace") for name, text in raw.headers or ()},
        )


@contextmanager
def _unavailable_when_failing() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        message = "The event log does not answer just now. Try again in a moment."
        raise Unavailable(message, reason="EVENT_LOG_DOWN") from error
