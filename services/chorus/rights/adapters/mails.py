"""Mail that waits, and where it goes, in PostgreSQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.platform.resealing import Sealed
from chorus.rights.domain.address import Address
from chorus.rights.domain.outgoing import Mail
from chorus.rights.domain.post import AccountOf, Post

MAILS = "rights_mails"
SEALED = (Sealed("addresses", ("brand", "platform", "account"), "email_sealed"),)
_ADDRESSES = """
SELECT known.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (brand, platform, account)
JOIN addresses AS known USING (brand, platform, account)
"""
_SAVE_ADDRESS = """
INSERT INTO addresses (brand, platform, account, email_sealed, masked) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (brand, platform, account) DO UPDATE SET email_sealed = excluded.email_sealed, masked = excluded.masked
"""
_COLUMNS = """
brand, platform, account, mail, post, request, reminder, contact, due_at, next_try_at, attempts, trouble, wished_by
"""
_QUEUE = f"INSERT INTO mails ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 -- columns
_DUE = f"SELECT {_COLUMNS} FROM mails WHERE next_try_at <= %s ORDER BY next_try_at, mail LIMIT 1"  # noqa: S608 -- columns
_WAITING = f"""
SELECT {_COLUMNS} FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (brand, platform, account)
JOIN mails USING (brand, platform, account) ORDER BY due_at, mail
"""  # noqa: S608 -- columns
_CONTACTED = """
SELECT brand, platform, account, min(at) AS since
FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (brand, platform, account)
JOIN contacts USING (brand, platform, account) WHERE at > %s
GROUP BY brand, platform, account, contact ORDER BY since
"""
_ADD_CONTACT = """
INSERT INTO contacts (brand, platform, account, post, contact, at, by_link) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_LINK_CONTACT = """
SELECT contact FROM contacts WHERE brand = %s AND platform = %s AND account = %s AND by_link
GROUP BY contact HAVING min(at) > %s ORDER BY min(at) DESC LIMIT 1
"""
_KEEP = "UPDATE mails SET due_at = %s, next_try_at = %s, attempts = %s, trouble = %s WHERE mail = %s"
# With a post go the mails and contacts about it, and where its thread says that they went. The address goes where its
# creator wants to be forgotten, and else with the last of the posts that they were asked about.
_FORGET = (
    "DELETE FROM mails WHERE brand = %(brand)s AND post = %(post)s",
    "DELETE FROM contacts WHERE brand = %(brand)s AND post = %(post)s",
    "UPDATE thread SET detail = '' WHERE brand = %(brand)s AND post = %(post)s AND detail <> ''",
    """
    DELETE FROM addresses WHERE brand = %(brand)s AND platform = %(platform)s AND account = %(account)s
      AND (%(wanted)s OR NOT EXISTS (
        SELECT FROM contacts WHERE contacts.brand = addresses.brand AND contacts.platform = addresses.platform
          AND contacts.account = addresses.account))
    """,
)


class MailRows:
    """The part of the store that is about mail; see `ports.Contacts`."""

    _conn: Connection[Any]

    def address(self, creator: AccountOf) -> Address | None:
        return self.addresses([creator]).get(creator)

    def addresses(self, creators: Collection[AccountOf]) -> dict[AccountOf, Address]:
        found = self._conn.execute(_ADDRESSES, _columns(creators))
        return {AccountOf(*creator): Address(sealed, masked) for *creator, sealed, masked in found}

    def save_address(self, creator: AccountOf, address: Address) -> None:
        self._conn.execute(_SAVE_ADDRESS, [*creator, address.sealed, address.masked])

    def lock_contacts(self, creator: AccountOf) -> None:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
        self._conn.execute(lock, [json.dumps(["contacts", *creator])])

    def contacted(self, creators: Collection[AccountOf], since: datetime) -> dict[AccountOf, list[datetime]]:
        found: defaultdict[AccountOf, list[datetime]] = defaultdict(list)
        for *creator, at in self._conn.execute(_CONTACTED, [*_columns(creators), since]):
            found[AccountOf(*creator)].append(at)
        return dict(found)

    def add_contact(self, creator: AccountOf, post: str, contact: str, at: datetime, *, by_link: bool = False) -> None:
        self._conn.execute(_ADD_CONTACT, [*creator, post, contact, at, by_link])

    def link_contact(self, creator: AccountOf, since: datetime) -> str:
        found = self._conn.execute(_LINK_CONTACT, [*creator, since]).fetchone()
        return str(found[0]) if found else ""

    def queue(self, mail: Mail) -> None:
        what = [mail.mail, mail.post, mail.request, mail.reminder, mail.contact, mail.due_at, mail.next_try_at]
        self._conn.execute(_QUEUE, [*mail.creator, *what, mail.attempts, mail.trouble, mail.wished_by])
        self._conn.execute("SELECT pg_notify(%s, '')", [MAILS])

    def due_mail(self, now: datetime) -> Mail | None:
        found = self._conn.execute(_DUE, [now]).fetchone()
        return _mail(found) if found else None

    def mails(self, creators: Collection[AccountOf]) -> list[Mail]:
        return [_mail(row) for row in self._conn.execute(_WAITING, _columns(creators))]

    def keep_mail(self, mail: Mail) -> None:
        self._conn.execute(_KEEP, [mail.due_at, mail.next_try_at, mail.attempts, mail.trouble, mail.mail])

    def drop_mail(self, mail: str) -> None:
        self._conn.execute("DELETE FROM mails WHERE mail = %s", [mail])

    def _forget_contacts(self, post: Post, *, wanted: bool) -> None:
        """Let go of what a post that is being forgotten had us keep of its creator, who may have wanted it."""
        creator = post.creator
        values = {"brand": creator.brand, "platform": creator.platform, "account": creator.id, "post": post.post}
        for statement in _FORGET:
            self._conn.execute(statement, {**values, "wanted": wanted})


def _columns(creators: Collection[AccountOf]) -> list[list[str]]:
    return [[each.brand for each in creators], [each.platform for each in creators], [each.id for each in creators]]


def _mail(row: tuple[Any, ...]) -> Mail:
    brand, platform, account, mail, *rest = row
    return Mail(mail, AccountOf(brand, platform, account), *rest)
