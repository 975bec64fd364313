-- What was shown until its creator, or its source, ended that: where, and what confirmed since that it is gone. Nothing
-- here is about anybody, so it stays when a post is let go of.
CREATE TABLE takedowns (
    takedown text PRIMARY KEY,
    brand text NOT NULL,
    post text NOT NULL,
    document jsonb NOT NULL,
    -- When its clock began to run, and when it is looked at next: NULL before the first look, which is at the bound.
    began_at timestamptz NOT NULL,
    next_look_at timestamptz,
    -- Nothing more is to come.
    settled boolean NOT NULL DEFAULT false,
    -- The deliveries by which endpoints are to confirm.
    awaited text[] NOT NULL
);
CREATE INDEX takedowns_post ON takedowns (brand, post, takedown DESC);
CREATE INDEX takedowns_open ON takedowns (began_at) WHERE NOT settled;
CREATE INDEX takedowns_awaited ON takedowns USING gin (awaited) WHERE NOT settled;

-- Every certificate that was issued, as it was signed.
CREATE TABLE certificates (
    takedown text NOT NULL REFERENCES takedowns,
    number integer NOT NULL,
    issued_at timestamptz NOT NULL,
    complete boolean NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (takedown, number)
);
