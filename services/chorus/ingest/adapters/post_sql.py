"""The statements of `post_rows.py`. Batches go in as one JSON parameter, so that each is one round trip.

What a batch is compared with is looked up row by row (LATERAL … LIMIT 1): a join may be planned while a table is small,
and then reads all of it when it has grown.
"""

from __future__ import annotations

LOCK = """
SELECT post FROM posts WHERE post = ANY(ARRAY(
    SELECT known.post FROM unnest(%s::text[], %s::text[]) AS asked (platform, id), LATERAL (
        SELECT p.post FROM posts p WHERE p.brand = %s AND p.platform = asked.platform AND p.platform_post_id = asked.id
        LIMIT 1
    ) AS known
))
ORDER BY post FOR NO KEY UPDATE
"""
IDS = """
SELECT asked.platform, asked.id, known.post FROM unnest(%s::text[], %s::text[]) AS asked (platform, id), LATERAL (
    SELECT p.post FROM posts p WHERE p.brand = %s AND p.platform = asked.platform AND p.platform_post_id = asked.id
    LIMIT 1
) AS known
"""
KNOWN = """
SELECT p.post, p.brand, p.source, p.account_id, p.platform, p.platform_post_id, r.text, p.revision, p.edited_at,
    p.tagged, p.withdrawn_at IS NOT NULL,
    ARRAY(SELECT s.source FROM sightings s WHERE s.post = p.post ORDER BY s.seen_at, s.source <> p.source, s.source),
    r.media,
    ARRAY(SELECT m.identity FROM unnest(r.media) WITH ORDINALITY AS asked (media, place)
        JOIN media m USING (media) ORDER BY asked.place)
FROM posts p JOIN revisions r ON r.post = p.post AND r.revision = p.revision
WHERE p.post = ANY(%s)
"""
BURIED = """
WITH asked AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS asked (platform, id))
SELECT asked.platform, asked.id FROM asked, LATERAL (
    SELECT FROM tombstones t
    WHERE t.brand = %s AND t.source = %s AND t.platform = asked.platform AND t.platform_post_id = asked.id LIMIT 1
) AS buried
UNION
SELECT asked.platform, asked.id FROM asked, LATERAL (
    SELECT FROM forgotten f WHERE f.brand = %s AND f.seen = seen_hash(asked.platform, asked.id) LIMIT 1
) AS forgotten
"""
ADD_TOMBSTONES = """
INSERT INTO tombstones (brand, source, platform, platform_post_id, at)
SELECT %s, %s, platform, id, %s FROM unnest(%s::text[], %s::text[]) AS gone (platform, id)
ON CONFLICT DO NOTHING
"""
ADD_POSTS = """
INSERT INTO posts (post, brand, source, connector, platform, platform_post_id, reference, account_id, permalink, tagged,
    posted_at, edited_at, captured_at, next_check_at, trace_links)
SELECT post, brand, source, connector, platform, platform_post_id, reference, account_id, permalink, tagged,
    posted_at, edited_at, captured_at, next_check_at, trace_links
FROM jsonb_to_recordset(%s) AS row (post text, brand text, source text, connector text, platform text,
    platform_post_id text, reference text, account_id text, permalink text, tagged boolean, posted_at timestamptz,
    edited_at timestamptz, captured_at timestamptz, next_check_at timestamptz, trace_links text[])
ON CONFLICT (brand, platform, platform_post_id) DO NOTHING
RETURNING post
"""
# What is already so is left out first: an upsert would lock the row of a busy account until the transaction ends.
ADD_ACCOUNTS = """
INSERT INTO accounts AS known (brand, platform, id, handle, display_name, url)
SELECT said.* FROM jsonb_to_recordset(%s)
    AS said (brand text, platform text, id text, handle text, display_name text, url text)
LEFT JOIN LATERAL (
    SELECT a.handle, a.display_name, a.url FROM accounts a
    WHERE a.brand = said.brand AND a.platform = said.platform AND a.id = said.id LIMIT 1
) AS kept ON true
WHERE (kept.handle, kept.display_name, kept.url) IS DISTINCT FROM (said.handle, said.display_name, said.url)
ON CONFLICT (brand, platform, id) DO UPDATE
    SET handle = excluded.handle, display_name = excluded.display_name, url = excluded.url
"""
ADD_REVISIONS = """
INSERT INTO revisions (post, revision, text, language, hashtags, at, media)
SELECT * FROM jsonb_to_recordset(%s) AS row (post text, revision integer, text text, language text, hashtags text[],
    at timestamptz, media text[])
"""
ADD_SIGHTINGS = """
INSERT INTO sightings (seen_at, post, source)
SELECT %s, post, source FROM unnest(%s::text[], %s::text[]) AS seen (post, source)
ON CONFLICT DO NOTHING
"""
ADD_MEDIA = """
INSERT INTO media (media, brand, post, revision, url, identity, alt_text, next_try_at, state)
SELECT row.*, 'pending' FROM jsonb_to_recordset(%s) AS row (media text, brand text, post text, revision integer,
    url text, identity text, alt_text text, next_try_at timestamptz)
"""
COUNT = """
INSERT INTO source_days AS known (brand, source, day, slot, posts, last_at)
VALUES (%s, %s, (%s AT TIME ZONE 'UTC')::date, pg_backend_pid() %% 16, %s, %s)
ON CONFLICT (brand, source, day, slot) DO UPDATE
    SET posts = known.posts + excluded.posts, last_at = greatest(known.last_at, excluded.last_at)
"""
EDIT_POST = """
UPDATE posts SET revision = %s, edited_at = coalesce(%s, edited_at), permalink = %s, account_id = %s WHERE post = %s
"""
CLAIM_CHECKS = """
WITH due AS (
    SELECT post FROM posts
    WHERE brand = %s AND source = %s AND withdrawn_at IS NULL AND next_check_at <= %s
    ORDER BY next_check_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE posts SET next_check_at = %s FROM due WHERE posts.post = due.post
RETURNING posts.post, platform, platform_post_id, permalink, reference, captured_at, gone_since
"""
CHECK_SOON = """
UPDATE posts SET next_check_at = %s WHERE post IN (
    SELECT post FROM posts
    WHERE brand = %s AND source = %s AND withdrawn_at IS NULL AND next_check_at IS NOT NULL
    ORDER BY captured_at DESC LIMIT %s)
"""
# An account goes with its last post, also while another of its posts is being captured: that is then nobody's by name.
POSTS = """
SELECT p.post, p.source, p.connector, p.platform, p.platform_post_id, p.permalink, p.posted_at, p.captured_at,
    p.withdrawn_at IS NOT NULL,
    ARRAY(SELECT s.source FROM sightings s WHERE s.post = p.post ORDER BY s.seen_at, s.source <> p.source, s.source),
    p.account_id, coalesce(a.handle, ''), coalesce(a.display_name, ''), coalesce(a.url, '')
FROM posts p LEFT JOIN accounts a ON a.brand = p.brand AND a.platform = p.platform AND a.id = p.account_id
WHERE p.brand = %s AND p.post = ANY(%s) ORDER BY p.post
"""
REVISIONS = """
SELECT post, revision, text, language, hashtags, at, media FROM revisions WHERE post = ANY(%s) ORDER BY post, revision
"""
