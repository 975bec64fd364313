"""The order of a collection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chorus.curation.domain.collection import placed

NAMES = [f"p{number}" for number in range(8)]


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), st.sampled_from(NAMES)))
)
def test_posts_stand_where_they_were_put_however_often_they_move(moves: list[tuple[list[str], str]]) -> None:
    ranks: dict[str, float] = {}
    expected: list[str] = []
    for posts, before in moves:
        order = sorted(ranks.items(), key=lambda each: each[1])
        ranks |= placed(order, posts, before)
        expected = [each for each in expected if each not in posts]
        at = expected.index(before) if before in expected else len(expected)
        expected[at:at] = posts
        assert [post for post, _ in sorted(ranks.items(), key=lambda each: each[1])] == expected


def test_a_collection_is_numbered_afresh_when_there_is_no_room_between_two_ranks() -> None:
    tight = [("a", 1.0), ("b", 1.0000000000000002)]
    assert placed(tight, ["c"], "b") == {"a": 1.0, "c": 2.0, "b": 3.0}
