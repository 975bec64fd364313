"""How creators are contacted, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import Connection

from chorus.rights.domain.contact import ContactPolicy, Quiet
from chorus.rights.domain.post import AccountOf

_POLICY = """
SELECT most, days, quiet_from, quiet_until, time_zone, reminders, hashtag, reply FROM contact_policies WHERE brand = %s
"""
_SAVE_POLICY = """
INSERT INTO contact_policies (brand, most, days, quiet_from, quiet_until, time_zone, reminders, hashtag, reply)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (brand) DO UPDATE SET most = excluded.most, days = excluded.days, quiet_from = excluded.quiet_from,
    quiet_until = excluded.quiet_until, time_zone = excluded.time_zone, reminders = excluded.reminders,
    hashtag = excluded.hashtag, reply = excluded.reply
"""
_OPEN_CODE = "SELECT EXISTS (SELECT FROM requests WHERE brand = %s AND code = %s AND state = 'requested')"
# Account by account, along an index that holds only those who are being asked.
_ASKED = """
SELECT asked.brand, known.post FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (brand, platform, id), LATERAL (
    SELECT posts.post FROM posts
    WHERE posts.brand = asked.brand AND posts.account ->> 'platform' = asked.platform
      AND posts.account ->> 'id' = asked.id AND posts.board_column IN ('asked', 'claimed')
      AND (posts.board_column = 'asked' OR NOT posts.withdrawn AND EXISTS (
        SELECT FROM requests WHERE requests.brand = posts.brand AND requests.post = posts.post
          AND requests.state IN ('requested', 'confirming')))
) AS known
ORDER BY 1, 2
"""


class ContactRows:
    """The part of the store that is about contacting creators; see `ports.Contacts`."""

    _conn: Connection[Any]

    def contact_policy(self, brand: str) -> ContactPolicy:
        found = self._conn.execute(_POLICY, [brand]).fetchone()
        if found is None:
            return ContactPolicy(brand)
        most, days, start, end, zone, reminders, hashtag, reply = found
        return ContactPolicy(brand, most, days, Quiet(start, end, zone), tuple(reminders), hashtag, reply)

    def save_contact_policy(self, policy: ContactPolicy) -> None:
        quiet = policy.quiet
        values = [policy.brand, policy.most, policy.days, quiet.start, quiet.end, quiet.zone]
        self._conn.execute(_SAVE_POLICY, [*values, list(policy.reminders), policy.hashtag, policy.reply])

    def open_code(self, brand: str, code: str) -> bool:
        row = self._conn.execute(_OPEN_CODE, [brand, code]).fetchone()
        return bool(row and row[0])

    def asked(self, accounts: Collection[AccountOf]) -> list[tuple[str, str]]:
        columns = [list(column) for column in zip(*accounts, strict=True)]
        return list(self._conn.execute(_ASKED, columns)) if accounts else []
