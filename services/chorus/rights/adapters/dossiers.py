"""Dossiers in PostgreSQL: a row of `posts` with its rows of `requests` and `grants`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json, Jsonb

from chorus.rights.adapters import rows
from chorus.rights.domain.board import Place, place
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState, Via
from chorus.rights.domain.post import Post
from chorus.rights.domain.request import Channel, Request, RequestState

# Row by row, in the order given: no plan may turn it around, or read all posts.
_HOLD = """
SELECT FROM unnest(%s::text[], %s::text[]) AS asked (brand, post), LATERAL (
    SELECT FROM posts AS one WHERE one.brand = asked.brand AND one.post = asked.post LIMIT 1 FOR NO KEY UPDATE
) AS held
"""
_ENSURE = "INSERT INTO posts (brand, post) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1"
# In one order whatever the batch: two that add the same posts wait for each other, and not in a circle.
_ADD_POSTS = """
INSERT INTO posts (brand, post, account, permalink, revision, revisions, trace_links, posted_at, touched_at)
SELECT brand, post, account, permalink, revision, revisions, trace_links, posted_at, %s
FROM json_to_recordset(%s) AS new (brand text, post text, account jsonb, permalink text, revision integer,
                                   revisions jsonb, trace_links text[], posted_at timestamptz)
ORDER BY brand, post
ON CONFLICT DO NOTHING RETURNING brand, post
"""
_POSTS = """
SELECT brand, post, account, permalink, revision, revisions, approved, approved_at, rejected, withdrawn, consent,
       trace_links, erased, posted_at, claim
FROM posts WHERE brand = %s AND post = ANY(%s)
"""
_REQUESTS = """
SELECT post, request, offer, message, revision, asked_by, created_at, window_ends_at, state, answered_at, channel, code,
       said_yes_at, said_yes_in, remind_at, answer, confirmations
FROM requests WHERE brand = %s AND post = ANY(%s) ORDER BY created_at, request
"""
_GRANTS = """
SELECT post, grant_id, request, via, scope, surfaces, coalesce(terms, ''), coalesce(terms_version, 0),
       coalesce(terms_language, ''), coalesce(terms_sha256, ''), media_sha256, revision, credit, valid_from,
       valid_until, state, ended_at, narrowed, narrowed_at, attestation, standing_given_at, claimed
FROM grants WHERE brand = %s AND post = ANY(%s) ORDER BY valid_from, grant_id
"""
_SAVE_POST = """
UPDATE posts SET account = %s, permalink = %s, revision = %s, revisions = %s, approved = %s, approved_at = %s,
       rejected = %s, withdrawn = %s, consent = %s, trace_links = %s, board_column = %s, board_at = %s,
       board_until = %s, board_request = %s, board_grant = %s, board_first = %s, touched_at = %s, erased = %s,
       posted_at = %s, claim = %s
WHERE brand = %s AND post = %s
"""
_SAVE_REQUEST = """
INSERT INTO requests (brand, post, request, offer, message, revision, asked_by, created_at, window_ends_at, state,
                      answered_at, channel, code, said_yes_at, said_yes_in, remind_at, answer, confirmations)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (brand, request) DO UPDATE SET state = excluded.state, answered_at = excluded.answered_at,
    message = excluded.message, said_yes_at = excluded.said_yes_at, said_yes_in = excluded.said_yes_in,
    remind_at = excluded.remind_at, answer = excluded.answer, confirmations = excluded.confirmations,
    window_ends_at = excluded.window_ends_at
"""
_SAVE_GRANT = """
INSERT INTO grants (brand, post, grant_id, request, via, scope, surfaces, terms, terms_version, terms_language,
                    terms_sha256, media_sha256, revision, credit, valid_from, valid_until, state, ended_at, narrowed,
                    narrowed_at, attestation, standing_given_at, claimed)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (grant_id) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at, scope = excluded.scope,
    surfaces = excluded.surfaces, valid_until = excluded.valid_until, narrowed = excluded.narrowed,
    narrowed_at = excluded.narrowed_at, credit = excluded.credit, media_sha256 = excluded.media_sha256,
    attestation = excluded.attestation, claimed = excluded.claimed
"""


def lock(conn: Connection[Any], brand: str, post: str) -> Dossier:
    """Lock a post's row, making one where there is none, and read its dossier."""
    if conn.execute(_ENSURE, [brand, post]).fetchone():
        return Dossier(Post(brand, post))
    # Who writes into the thread of a post that is locked by another need not wait: its key never changes.
    conn.execute("SELECT 1 FROM posts WHERE brand = %s AND post = %s FOR NO KEY UPDATE", [brand, post])
    return read(conn, brand, [post])[0]


def hold(conn: Connection[Any], posts: Iterable[tuple[str, str]]) -> None:
    """Lock posts' rows in the order of their ids."""
    if wanted := sorted(posts):
        conn.execute(_HOLD, [[brand for brand, _ in wanted], [post for _, post in wanted]])


def add(conn: Connection[Any], posts: Sequence[Post], now: datetime) -> set[tuple[str, str]]:
    """Write posts that there are no rows of, by one statement however many they are."""
    return set(conn.execute(_ADD_POSTS, [now, Json([_added(post) for post in posts])])) if posts else set()


def read(conn: Connection[Any], brand: str, posts: Sequence[str]) -> list[Dossier]:
    """Read several dossiers in three statements."""
    wanted = [brand, list(posts)]
    requests: dict[str, list[Request]] = defaultdict(list)
    for row in conn.execute(_REQUESTS, wanted):
        requests[row[0]].append(_request(row[1:]))
    grants: dict[str, list[Grant]] = defaultdict(list)
    for row in conn.execute(_GRANTS, wanted):
        grants[row[0]].append(_grant(row[1:]))
    found = [(_post(row), rows.read_claim(claim)) for *row, claim in conn.execute(_POSTS, wanted)]
    return [Dossier(post, tuple(requests[post.post]), tuple(grants[post.post]), claim) for post, claim in found]


def save(conn: Connection[Any], before: Dossier, after: Dossier, now: datetime) -> None:
    """Write what differs. The open request is closed before another is opened: there is at most one."""
    for request in after.requests:
        if request not in before.requests:
            _save_request(conn, after.post, request)
    for grant in after.grants:
        if grant not in before.grants:
            _save_grant(conn, after.post, grant)
    if after != before:
        _save_post(conn, after, now)


def _added(post: Post) -> dict[str, Any]:
    return {
        "brand": post.brand,
        "post": post.post,
        "account": rows.account_json(post.account),
        "permalink": post.permalink,
        "revision": post.revision,
        "revisions": rows.revisions_json(post.revisions),
        "trace_links": post.links,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
    }


def _save_post(conn: Connection[Any], dossier: Dossier, now: datetime) -> None:
    post, card = dossier.post, place(dossier)
    conn.execute(
        _SAVE_POST,
        [
            Jsonb(rows.account_json(post.account)),
            post.permalink,
            post.revision,
            Jsonb(rows.revisions_json(post.revisions)),
            post.approved,
            post.approved_at,
            post.rejected,
            post.withdrawn,
            rows.consent_json(post.consent),
            list(post.links),
            *_place_row(card),
            now,
            post.erased,
            post.posted_at,
            rows.claim_json(dossier.claim),
            post.brand,
            post.post,
        ],
    )


def _place_row(card: Place | None) -> tuple[object, ...]:
    if card is None:
        return (*(None,) * 5, False)
    return card.column.value, card.at, card.until, card.request or None, card.grant or None, card.first


def _save_request(conn: Connection[Any], post: Post, request: Request) -> None:
    values = [
        post.brand,
        post.post,
        request.request,
        Jsonb(rows.offer_json(request.offer)),
        request.message,
        request.revision,
        request.by,
        request.created_at,
        request.window_ends_at,
        request.state.value,
        request.answered_at,
        request.channel.value,
        request.code,
        request.said_yes_at,
        request.said_yes_in,
        request.remind_at,
        rows.answer_json(request.answer),
        rows.confirmations_json(request.confirmations),
    ]
    conn.execute(_SAVE_REQUEST, values)


def _save_grant(conn: Connection[Any], post: Post, grant: Grant) -> None:
    values = [
        post.brand,
        post.post,
        grant.grant,
        grant.request,
        grant.via.value,
        Jsonb(rows.scope_json(grant.scope)),
        Jsonb(rows.surfaces_json(grant.surfaces)),
        grant.terms or None,
        grant.terms_version or None,
        grant.terms_language or None,
        grant.terms_sha256 or None,
        list(grant.media_sha256),
        grant.revision,
        grant.credit,
        grant.valid_from,
        grant.valid_until,
        grant.state.value,
        grant.ended_at,
        grant.narrowed,
        grant.narrowed_at,
        rows.attestation_json(grant.attestation),
        grant.standing_given_at,
        grant.claimed,
    ]
    conn.execute(_SAVE_GRANT, values)


def _post(row: Sequence[Any]) -> Post:
    post = Post(*row)
    return replace(
        post,
        account=rows.read_account(row[2]),
        revisions=rows.read_revisions(row[5]),
        consent=rows.read_consent(row[10]),
        links=tuple(row[11]),
    )


def _request(row: tuple[Any, ...]) -> Request:
    request = Request(*row)
    return replace(
        request,
        offer=rows.read_offer(row[1]),
        state=RequestState(row[7]),
        channel=Channel(row[9]),
        answer=rows.read_answer(row[14]),
        confirmations=rows.read_confirmations(row[15]),
    )


def _grant(row: tuple[Any, ...]) -> Grant:
    grant = Grant(*row)
    return replace(
        grant,
        via=Via(row[2]),
        scope=rows.read_scope(row[3]),
        surfaces=rows.read_surfaces(row[4]),
        media_sha256=tuple(row[9]),
        state=GrantState(row[14]),
        attestation=rows.read_attestation(row[18]),
    )
