-- Addresses of a brand's web team that are told what happens on a surface, or on all (''). Secrets are sealed.
CREATE TABLE endpoints (
    endpoint text PRIMARY KEY,
    brand text NOT NULL,
    surface text NOT NULL DEFAULT '',
    url text NOT NULL,
    title text NOT NULL DEFAULT '',
    sealed text NOT NULL,
    -- The secret before the last rotation, which signs too for a while.
    old_sealed text NOT NULL DEFAULT '',
    old_until timestamptz,
    created_at timestamptz NOT NULL,
    -- Why nothing is sent; '' where it is.
    disabled text NOT NULL DEFAULT '',
    -- Tries in a row that failed, since when, and until when none is made.
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    rests_until timestamptz,
    last_error text NOT NULL DEFAULT ''
);
CREATE INDEX endpoints_brand ON endpoints (brand, endpoint);

-- Events for endpoints, and what became of them. What a post shows is not here: it is read when it is sent, so that
-- nothing is told that is shown no more. Kept for 14 days. Of one post, `n` is the order in which things happened.
CREATE TABLE deliveries (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery text NOT NULL UNIQUE DEFAULT 'msg_' || replace(gen_random_uuid()::text, '-', ''),
    endpoint text NOT NULL REFERENCES endpoints ON DELETE CASCADE,
    type text NOT NULL,
    surface text NOT NULL DEFAULT '',
    placement text NOT NULL DEFAULT '',
    post text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed', 'superseded')),
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    tried_at timestamptz,
    status integer NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT ''
);
-- Those of these are few: what is delivered leaves them.
CREATE INDEX deliveries_due ON deliveries (endpoint, next_try_at) WHERE state = 'waiting';
CREATE INDEX deliveries_order ON deliveries (endpoint, n) WHERE state = 'waiting';
CREATE INDEX deliveries_withdrawn ON deliveries (endpoint, n) WHERE state = 'waiting' AND type = 'post.withdrawn';
CREATE INDEX deliveries_post ON deliveries (endpoint, post, n) WHERE state = 'waiting';
CREATE INDEX deliveries_placement ON deliveries (placement) WHERE state = 'waiting';
CREATE INDEX deliveries_listed ON deliveries (endpoint, n DESC);
CREATE INDEX deliveries_at ON deliveries (at);
