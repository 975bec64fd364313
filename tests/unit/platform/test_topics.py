"""Topics are walls between services: who owns, who reads, which facts, and where a key goes."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from chorus.platform.facts import EVENTS
from chorus.platform.topics import ERASURE, PARTITIONS, POST, TOPICS, partition_of

FROM_LEFT_TO_RIGHT = ["brands", "ingest", "curation", "rights", "publishing"]


@given(st.text(max_size=80))
@example("")
@example("lumen/01a2073ab38276beae92a25eb175533c")
@example("é")
def test_a_key_goes_to_the_partition_that_kafkas_own_partitioner_chooses(key: str) -> None:
    assert partition_of(key) == (murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


def test_posts_spread_over_all_partitions() -> None:
    assert {partition_of(f"lumen/{number:032x}") for number in range(500)} == set(range(PARTITIONS))


def test_each_topic_names_the_facts_of_its_message() -> None:
    assert TOPICS.keys() == EVENTS.keys()
    for name, topic in TOPICS.items():
        fields = EVENTS[name].DESCRIPTOR.oneofs_by_name["fact"].fields
        assert topic.facts == tuple(field.name for field in fields)


def test_a_service_reads_only_topics_to_its_left_but_for_the_one_that_lets_go() -> None:
    for topic in (each for each in TOPICS.values() if each is not ERASURE):
        owner = FROM_LEFT_TO_RIGHT.index(topic.owner)
        assert all(FROM_LEFT_TO_RIGHT.index(reader) > owner for reader in topic.readers)
    assert POST.readers == {"curation", "rights", "publishing"}
