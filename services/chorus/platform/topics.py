"""Which topics there are, who owns each, and who reads it: the walls between services, as data.

A service decides only from topics to its left (brands, ingest, curation, rights, publishing), and writes only its own.
One topic is an exception, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass

# Never changed within a topic version: another count would send a post's later facts to another partition.
PARTITIONS = 12


@dataclass(frozen=True, slots=True)
class Topic:
    """A stream of facts. `facts` are the names of the payload's `oneof fact`; `readers` are services."""

    name: str
    owner: str
    readers: frozenset[str]
    facts: tuple[str, ...]
    retention_days: int = 14


BRAND = Topic(
    "chorus.brand.v1",
    owner="brands",
    readers=frozenset({"ingest", "rights", "publishing"}),
    facts=("created", "changed", "members_changed"),
)
POST = Topic(
    "chorus.post.v1",
    owner="ingest",
    readers=frozenset({"curation", "rights", "publishing"}),
    facts=("captured", "edited", "media_ready", "media_failed", "withdrawn", "signals"),
)
REVIEW = Topic(
    "chorus.review.v1",
    owner="curation",
    readers=frozenset({"rights", "publishing"}),
    facts=("decided", "undone", "annotated", "collected"),
)
RIGHTS = Topic(
    "chorus.rights.v1",
    owner="rights",
    readers=frozenset({"publishing"}),
    facts=(
        "requested",
        "granted",
        "narrowed",
        "declined",
        "lapsed",
        "revoked",
        "expired",
        "as_of",
    ),
)
PLACEMENT = Topic(
    "chorus.placement.v1",
    owner="publishing",
    readers=frozenset(),
    facts=("placed", "held", "withdrawn"),
)

# The one that runs against the walk: rights alone knows what nobody may use, ingest alone can forget it.
ERASURE = Topic(
    "chorus.erasure.v1",
    owner="rights",
    readers=frozenset({"ingest"}),
    facts=("forgotten",),
)

TOPICS = {topic.name: topic for topic in (BRAND, POST, REVIEW, RIGHTS, PLACEMENT, ERASURE)}

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_WORD = 0xFFFFFFFF


def partition_of(key: str) -> int:
    """Tell the partition (0 to 11) of a key: the one that Kafka's default partitioner chooses."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


def _murmur2(data: bytes) -> int:
    """Hash as Kafka does. Here and not imported, since kafka-python costs 10 MB where no Kafka is used."""
    tail = len(data) % 4
    digest = _SEED ^ len(data)
    for start in range(0, len(data) - tail, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER & _WORD
        digest = (digest * _MULTIPLIER & _WORD) ^ ((word ^ word >> 24) * _MULTIPLIER & _WORD)
    if tail:
        digest = (digest ^ int.from_bytes(data[-tail:], "little")) * _MULTIPLIER & _WORD
    digest = (digest ^ digest >> 13) * _MULTIPLIER & _WORD
    return digest ^ digest >> 15
