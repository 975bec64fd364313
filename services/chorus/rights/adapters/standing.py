"""Standing consents in PostgreSQL: a row each, and what has still to be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.types.json import Jsonb

from chorus.rights.adapters import rows
from chorus.rights.domain.link import Link
from chorus.rights.domain.offer import Span
from chorus.rights.domain.post import Account
from chorus.rights.domain.standing import Ending, StandingConsent

_READ: LiteralString = """
SELECT standing, brand, request, post, platform, account, starts, until, offer, credit, given_at, of_age, confirmations,
       ended, ended_at, ended_by
FROM standing
"""
_COVERING = f"""
{_READ} WHERE brand = %(brand)s AND platform = %(platform)s AND account = %(account)s AND ended IS NULL
ORDER BY given_at, standing FOR SHARE
"""
_GIVEN = f"""
{_READ} WHERE brand = %(brand)s AND (request = ANY(%(requests)s) OR post = ANY(%(posts)s)) ORDER BY given_at, standing
"""
# In one order: two who end the same wait for each other, and not in a circle.
_HELD = f"""
{_READ} WHERE standing = ANY(%(standing)s)
   OR (brand = %(brand)s AND platform = %(platform)s AND account = %(account)s AND account <> '' AND ended IS NULL)
ORDER BY standing FOR UPDATE
"""
_OVER = f"{_READ} WHERE ended IS NULL AND until <= %s ORDER BY until LIMIT %s"
_REVOKING = f"{_READ} WHERE revoking LIMIT %s"
_LOOKING = f"{_READ} WHERE NOT looked_back LIMIT %s"
# What may still be shown of what followed; and what the brand attested of such posts, also where what followed ran out.
_LEFT: LiteralString = """
SELECT post FROM grants WHERE brand = %(brand)s AND request = %(request)s AND via = 'standing' AND state = 'active'
UNION
SELECT post FROM links JOIN grants AS followed USING (brand, post) JOIN grants AS attested USING (brand, post)
WHERE links.brand = %(brand)s AND links.request = %(request)s AND links.confirmation = ''
  AND followed.request = %(request)s AND followed.via = 'standing'
  AND attested.via = 'attested' AND attested.state = 'active'
"""
_FOLLOWED = f"{_LEFT} LIMIT %(limit)s"
_REVOKED = f"UPDATE standing SET revoking = false WHERE standing = %(standing)s AND NOT EXISTS ({_LEFT})"  # noqa: S608 -- columns
_UNASKED = """
SELECT post FROM posts
WHERE brand = %s AND account ->> 'platform' = %s AND account ->> 'id' = %s AND board_column = 'to_ask'
  AND posted_at >= %s AND posted_at < %s
"""
_ADD = """
INSERT INTO standing (standing, brand, request, post, platform, account, starts, until, offer, credit, given_at, of_age,
                      confirmations)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_END = """
UPDATE standing SET ended = %s, ended_at = %s, ended_by = %s, revoking = %s, looked_back = true WHERE standing = %s
"""
# With the post by which it was given goes whose it is; and with that, what could follow.
_FORGET = """
UPDATE standing SET platform = '', account = '', credit = '', ended = coalesce(ended, 'ended'),
       ended_at = coalesce(ended_at, %s), looked_back = true
WHERE brand = %s AND post = %s
"""
_LEAD_ON = """
INSERT INTO links (sha256, brand, post, request, created_at)
SELECT sha256, brand, %s, request, %s FROM links
WHERE brand = %s AND request = %s AND post = %s AND confirmation = ''
ON CONFLICT (sha256, post) DO NOTHING
"""

_LEAD_ALONG = """
INSERT INTO links (sha256, brand, post, request, created_at)
SELECT DISTINCT %s, brand, post, request, %s::timestamptz FROM links
WHERE brand = %s AND request = %s AND confirmation = ''
ON CONFLICT (sha256, post) DO NOTHING
"""


def covering(conn: Connection[Any], brand: str, account: Account) -> list[StandingConsent]:
    """List those of an account that have not ended, the first given first; none is ended until the transaction ends."""
    found = conn.execute(_COVERING, {"brand": brand, "platform": account.platform, "account": account.id})
    return [_consent(row) for row in found]


def given(conn: Connection[Any], brand: str, requests: Sequence[str], posts: Sequence[str]) -> list[StandingConsent]:
    """List those that were given with an answer to these questions, or about these posts, the first given first."""
    found = conn.execute(_GIVEN, {"brand": brand, "requests": list(requests), "posts": list(posts)})
    return [_consent(row) for row in found]


def hold(conn: Connection[Any], consents: Sequence[StandingConsent]) -> list[StandingConsent]:
    """Lock these and what else of their account has not ended; nothing new follows until the transaction ends."""
    first = next((each for each in consents if each.account.id), consents[0])
    named = {"standing": [each.standing for each in consents], "brand": first.brand}
    account = {"platform": first.account.platform, "account": first.account.id}
    return [_consent(row) for row in conn.execute(_HELD, named | account)]


def add(conn: Connection[Any], consent: StandingConsent) -> None:
    """Write one that was given."""
    values = [
        consent.standing,
        consent.brand,
        consent.request,
        consent.post,
        consent.account.platform,
        consent.account.id,
        consent.span.starts,
        consent.span.until,
        Jsonb(rows.offer_json(consent.offer)),
        consent.credit,
        consent.given_at,
        consent.of_age,
        rows.confirmations_json(consent.confirmations),
    ]
    conn.execute(_ADD, values)


def end(conn: Connection[Any], consent: StandingConsent) -> None:
    """Write how one ended; where it was taken back, what followed from it is to be revoked."""
    revoking = consent.ended is Ending.TAKEN_BACK
    conn.execute(_END, [consent.ended, consent.ended_at, consent.ended_by, revoking, consent.standing])


def forget(conn: Connection[Any], brand: str, post: str, now: datetime) -> None:
    """Erase whose consents they were that were given about a post; nothing new follows from them."""
    conn.execute(_FORGET, [now, brand, post])


def lead_on(conn: Connection[Any], consent: StandingConsent, post: str, now: datetime) -> None:
    """Let each link of the creator's own by which it was given lead to one more post."""
    conn.execute(_LEAD_ON, [post, now, consent.brand, consent.request, consent.post])


def lead_along(conn: Connection[Any], link: Link, now: datetime) -> None:
    """Let a link lead to every post to which others of the same question do."""
    conn.execute(_LEAD_ALONG, [link.sha256, now, link.brand, link.request])


def over(conn: Connection[Any], now: datetime, limit: int) -> list[StandingConsent]:
    """List those whose time is over and who have not been noted as such."""
    return [_consent(row) for row in conn.execute(_OVER, [now, limit])]


def revoking(conn: Connection[Any], limit: int) -> list[StandingConsent]:
    """List those that were taken back, and of which something that followed may not be revoked yet."""
    return [_consent(row) for row in conn.execute(_REVOKING, [limit])]


def followed(conn: Connection[Any], consent: StandingConsent, limit: int) -> list[str]:
    """List posts that followed from consent given with the answer to the same question, and may still be shown."""
    named = {"brand": consent.brand, "request": consent.request, "limit": limit}
    return [str(row[0]) for row in conn.execute(_FOLLOWED, named)]


def revoked(conn: Connection[Any], consent: StandingConsent) -> None:
    """Note that all that followed is revoked, where it is."""
    named = {"brand": consent.brand, "request": consent.request, "standing": consent.standing}
    conn.execute(_REVOKED, named)


def looking(conn: Connection[Any], limit: int) -> list[StandingConsent]:
    """List those that were given just now: posts may have been approved before."""
    return [_consent(row) for row in conn.execute(_LOOKING, [limit])]


def unasked(conn: Connection[Any], consent: StandingConsent) -> list[str]:
    """List approved posts of the account, posted within the time, that nobody was asked about."""
    account, span = consent.account, consent.span
    values = [consent.brand, account.platform, account.id, span.starts, span.until]
    return [str(row[0]) for row in conn.execute(_UNASKED, values)]


def looked_back(conn: Connection[Any], consent: StandingConsent) -> None:
    """Note that posts that were approved before have been looked at."""
    conn.execute("UPDATE standing SET looked_back = true WHERE standing = %s", [consent.standing])


def _consent(row: tuple[Any, ...]) -> StandingConsent:
    standing, brand, request, post, platform, account, starts, until, offer, credit, given_at, of_age, *rest = row
    confirmations, ended, ended_at, ended_by = rest
    return StandingConsent(
        standing=standing,
        brand=brand,
        request=request,
        post=post,
        account=Account(platform, account),
        span=Span(starts, until),
        offer=rows.read_offer(offer),
        credit=credit,
        given_at=given_at,
        of_age=of_age,
        confirmations=rows.read_confirmations(confirmations),
        ended=Ending(ended) if ended else None,
        ended_at=ended_at,
        ended_by=ended_by,
    )
