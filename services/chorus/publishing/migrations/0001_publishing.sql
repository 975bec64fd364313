-- Brands as heard: whose surfaces these are.
CREATE TABLE brands (
    brand text PRIMARY KEY,
    display_name text NOT NULL,
    home_page text NOT NULL DEFAULT ''
);

-- Places where a brand shows posts. `version` counts every change that a reader can see, under this row's lock: it is
-- the order of the changes too, so nobody who reads on from one misses another that was committed later.
CREATE TABLE surfaces (
    brand text NOT NULL,
    surface text NOT NULL,
    definition jsonb NOT NULL,
    public_key text NOT NULL UNIQUE,
    key_sha256 text NOT NULL DEFAULT '',
    paused boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    -- Changes up to this version are no longer kept.
    changes_after bigint NOT NULL DEFAULT 0,
    -- Where the walk over the brand's posts stands, after the surface itself changed; NULL: none is under way.
    walk_after text,
    PRIMARY KEY (brand, surface)
);

-- Posts as heard from ingest and curation.
CREATE TABLE posts (
    brand text NOT NULL,
    post text NOT NULL,
    document jsonb NOT NULL,
    approved boolean NOT NULL,
    PRIMARY KEY (brand, post)
);
CREATE INDEX posts_approved ON posts (brand, post) WHERE approved;

-- What creators granted, as heard from rights.
CREATE TABLE grants (
    n bigint GENERATED ALWAYS AS IDENTITY,
    brand text NOT NULL,
    post text NOT NULL,
    grant_id text NOT NULL,
    document jsonb NOT NULL,
    active boolean NOT NULL,
    -- When the clock alone changes what it permits: its start, then its end.
    due_at timestamptz,
    PRIMARY KEY (brand, post, grant_id)
);
CREATE INDEX grants_due ON grants (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE placements (
    placement text PRIMARY KEY,
    brand text NOT NULL,
    surface text NOT NULL,
    post text NOT NULL,
    revision integer NOT NULL,
    grant_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('placing', 'live', 'held', 'withdrawing', 'withdrawn')),
    hold text,
    ending text,
    rank double precision NOT NULL,
    shown jsonb NOT NULL,
    -- The surface's version at the last change of this row that a reader can see; 0 before the first.
    version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    placed_at timestamptz,
    modified_at timestamptz,
    ended_at timestamptz,
    traceparent text,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (brand, surface) REFERENCES surfaces
);
-- At most one on each surface that is, or may come to be, seen.
CREATE UNIQUE INDEX placements_active ON placements (brand, post, surface) WHERE state IN ('placing', 'live', 'held');
CREATE INDEX placements_work ON placements (next_try_at) WHERE state IN ('placing', 'withdrawing');
CREATE INDEX placements_held ON placements (placement) WHERE state = 'held';
CREATE INDEX placements_version ON placements (brand, surface, version);
CREATE INDEX placements_listed ON placements (brand, surface, placement DESC);
CREATE INDEX placements_post ON placements (brand, post);

-- What those learn who copy posts from a surface. Kept at least 14 days.
CREATE TABLE changes (
    brand text NOT NULL,
    surface text NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL CHECK (type IN ('placed', 'updated', 'withdrawn')),
    placement text NOT NULL,
    post text NOT NULL,
    reason text,
    at timestamptz NOT NULL,
    PRIMARY KEY (brand, surface, version),
    FOREIGN KEY (brand, surface) REFERENCES surfaces
);
CREATE INDEX changes_at ON changes (at);

-- Until when everything is known that rights had decided: by what it said on each partition, and by asking it.
CREATE TABLE lease (
    partition integer PRIMARY KEY,
    known_at timestamptz NOT NULL
);
CREATE TABLE lease_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Seconds between the clock here and the clock of rights, as far as deliveries showed; NULL before the first.
    clock_offset double precision,
    asked_at timestamptz
);
INSERT INTO lease_state DEFAULT VALUES;
