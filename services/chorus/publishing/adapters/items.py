"""Items as formats write them, put together from a placement's row and its surface's."""

from __future__ import annotations

from datetime import datetime

from chorus.publishing.adapters.documents import SHOWN
from chorus.publishing.domain.feed import Item
from chorus.publishing.domain.surface import Access


def item_of(
    origin: str, brand: str, public_key: str, access: str, placement: str, modified: datetime, shown: str
) -> Item:
    """Put an item together; `shown` is JSON, and addresses begin with `origin`."""
    base = f"{origin}/media/{public_key}/{placement}/"
    mine = f"{origin}/{brand}/mine?item={placement}" if access == Access.PUBLIC else ""
    return Item(placement, modified, base, SHOWN.validate_json(shown), mine)
