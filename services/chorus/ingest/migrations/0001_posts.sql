-- Places that posts come from. A deleted one keeps its row, so that its id is never given to another.
CREATE TABLE sources (
    brand text NOT NULL,
    source text NOT NULL,
    connector text NOT NULL,
    title text NOT NULL,
    settings jsonb NOT NULL,
    -- Settings that are secrets, and the secret that a sender signs with: encrypted with CHORUS_SECRET_KEY.
    sealed text NOT NULL DEFAULT '',
    upload_terms jsonb,
    -- Where the connector goes on, in its own words.
    state jsonb NOT NULL DEFAULT '{}',
    paused boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    last_look_at timestamptz,
    -- NULL where nothing is looked at: posts are sent.
    next_look_at timestamptz,
    -- Somebody is looking until then, or has died.
    claimed_until timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    last_error text NOT NULL DEFAULT '',
    PRIMARY KEY (brand, source)
);
CREATE INDEX sources_due ON sources (next_look_at) WHERE deleted_at IS NULL AND NOT paused;

-- Posts taken per source and day. Spread over slots, so that deliveries side by side do not wait for one row.
CREATE TABLE source_days (
    brand text NOT NULL,
    source text NOT NULL,
    day date NOT NULL,
    slot smallint NOT NULL,
    posts bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (brand, source, day, slot)
);

-- Creators' accounts, by the platform's stable id: handles change and get recycled.
CREATE TABLE accounts (
    brand text NOT NULL,
    platform text NOT NULL,
    id text NOT NULL,
    handle text NOT NULL,
    display_name text NOT NULL,
    url text NOT NULL,
    PRIMARY KEY (brand, platform, id)
);

-- Rows stay for ever: what was seen once never comes back as new.
CREATE TABLE posts (
    post text PRIMARY KEY,
    brand text NOT NULL,
    source text NOT NULL,
    connector text NOT NULL,
    platform text NOT NULL,
    platform_post_id text NOT NULL,
    -- The connector's own name for the post, to ask for it again.
    reference text NOT NULL,
    account_id text NOT NULL,
    permalink text NOT NULL,
    tagged boolean NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    posted_at timestamptz NOT NULL,
    edited_at timestamptz,
    captured_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    -- NULL where nobody asks whether it is still there.
    next_check_at timestamptz,
    gone_since timestamptz,
    trace_links text[] NOT NULL,
    UNIQUE (brand, platform, platform_post_id)
);
CREATE INDEX posts_checks ON posts (brand, source, next_check_at) WHERE withdrawn_at IS NULL AND next_check_at IS NOT NULL;

CREATE TABLE revisions (
    post text NOT NULL REFERENCES posts,
    revision integer NOT NULL,
    text text NOT NULL,
    language text NOT NULL,
    hashtags text[] NOT NULL,
    at timestamptz NOT NULL,
    -- Ids, in order.
    media text[] NOT NULL,
    PRIMARY KEY (post, revision)
);

-- Which sources reported a post.
CREATE TABLE sightings (
    post text NOT NULL REFERENCES posts,
    source text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (post, source)
);

-- Deleted by its sender before it was ever delivered: ignored when it comes late.
CREATE TABLE tombstones (
    brand text NOT NULL,
    source text NOT NULL,
    platform text NOT NULL,
    platform_post_id text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (brand, source, platform, platform_post_id)
);

CREATE TABLE media (
    media text PRIMARY KEY,
    brand text NOT NULL,
    post text NOT NULL REFERENCES posts,
    -- Revision that brought it.
    revision integer NOT NULL,
    url text NOT NULL,
    -- By what the source knows the same picture again: its own id, or else the address.
    identity text NOT NULL,
    alt_text text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'ready', 'failed')),
    failure text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    sha256 text,
    content_type text,
    width integer,
    height integer,
    thumb_hash bytea,
    dominant_colour text,
    pdq bit(256),
    pdq_quality integer,
    -- Sixteen 16-bit words of the hash with their places, where it may be compared: see domain/near.py.
    pdq_words integer[],
    renditions jsonb,
    duplicate_post text,
    duplicate_kind text,
    duplicate_distance integer
);
CREATE INDEX media_due ON media (next_try_at) WHERE state = 'pending';
CREATE INDEX media_of_post ON media (post);
CREATE INDEX media_same ON media (brand, sha256, media) WHERE state = 'ready';
CREATE INDEX media_near ON media USING gin (pdq_words) WHERE state = 'ready';

-- Every object of the private area has its row here before its bytes are written, and loses it after them.
CREATE TABLE objects (
    key text PRIMARY KEY,
    brand text NOT NULL,
    bytes bigint NOT NULL,
    -- A preview belongs to its media; an original to every media of the brand with this hash.
    media text,
    sha256 text,
    claimed_at timestamptz NOT NULL,
    -- Named by ready media. Until then a sweep may take it away again.
    kept boolean NOT NULL DEFAULT false
);
CREATE INDEX objects_loose ON objects (claimed_at) WHERE NOT kept;

CREATE TABLE storage (
    brand text PRIMARY KEY,
    bytes bigint NOT NULL
);

-- Uploads, by the hash of the secret that only the creator holds.
CREATE TABLE uploads (
    post text PRIMARY KEY REFERENCES posts,
    brand text NOT NULL,
    link_sha256 text NOT NULL UNIQUE,
    request_id text NOT NULL,
    -- The secret, encrypted, for a form that is sent twice; forgotten after a day.
    link_sealed text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    UNIQUE (brand, request_id)
);
CREATE INDEX uploads_sealed ON uploads (uploaded_at) WHERE link_sealed <> '';
