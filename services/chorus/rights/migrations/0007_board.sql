-- What a card of the board stands for, so that the board can be searched by it. A request that nobody answered in time
-- has a column of its own; what expired or was revoked, or whose post is gone, stays in "ended".
ALTER TABLE posts ADD COLUMN board_request text;
ALTER TABLE posts ADD COLUMN board_grant text;

UPDATE posts SET board_request = requests.request,
    board_column = CASE WHEN requests.state = 'lapsed' AND NOT withdrawn THEN 'lapsed' ELSE board_column END
FROM requests
WHERE requests.brand = posts.brand AND requests.post = posts.post
  AND (board_column, requests.state, board_at) IN (
    ('asked', 'requested', requests.created_at),
    ('declined', 'declined', requests.answered_at),
    ('ended', 'lapsed', requests.window_ends_at)
  );
UPDATE posts SET board_grant = grants.grant_id, board_request = nullif(grants.request, '')
FROM grants
WHERE grants.brand = posts.brand AND grants.post = posts.post
  AND (board_column, board_at) IN (('granted', grants.valid_from), ('ended', coalesce(grants.ended_at, grants.valid_from)));

-- What happened about a post's rights, in its order: never changed, and read by people alone.
CREATE TABLE thread (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand text NOT NULL,
    post text NOT NULL,
    kind text NOT NULL,
    -- The request or the grant that it happened to.
    subject text NOT NULL,
    at timestamptz NOT NULL,
    -- Who of the brand did it; empty where the creator or the clock did.
    done_by text NOT NULL,
    -- What was allowed from then on, where that is what happened.
    scope jsonb,
    FOREIGN KEY (brand, post) REFERENCES posts ON DELETE CASCADE
);
CREATE INDEX thread_post ON thread (brand, post, number);

INSERT INTO thread (brand, post, kind, subject, at, done_by, scope)
SELECT brand, post, kind, subject, at, done_by, scope FROM (
    SELECT brand, post, 'asked' AS kind, request AS subject, created_at AS at, asked_by AS done_by, NULL::jsonb AS scope
    FROM requests
    UNION ALL
    SELECT brand, post, 'declined', request, answered_at, '', NULL FROM requests WHERE state = 'declined'
    UNION ALL
    SELECT brand, post, 'lapsed', request, window_ends_at, '', NULL FROM requests WHERE state = 'lapsed'
    UNION ALL
    SELECT brand, post, 'superseded', request, coalesce(replaced_at, created_at), '', NULL FROM (
        SELECT *, lead(created_at) OVER (PARTITION BY brand, post ORDER BY created_at, request) AS replaced_at FROM requests
    ) AS following WHERE state = 'superseded'
    UNION ALL
    SELECT brand, post, 'granted', grant_id, valid_from, '', scope FROM grants
    UNION ALL
    SELECT brand, post, state, grant_id, ended_at, '', NULL FROM grants WHERE state IN ('expired', 'revoked') AND ended_at IS NOT NULL
) AS known
ORDER BY at, array_position(ARRAY['superseded', 'asked'], kind);

-- Words to ask with.
CREATE TABLE templates (
    brand text NOT NULL,
    template text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (brand, template)
);
