from __future__ import annotations

import re

from chorus.platform.ids import new_id


def test_ids_are_distinct_hex_and_sort_by_when_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"[0-9a-f]{12}7[0-9a-f]{19}", one) for one in ids)
