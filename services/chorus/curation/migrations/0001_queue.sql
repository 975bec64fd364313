-- What the queue shows of a post: a projection of chorus.post.v1, with the fold of its review beside it.
CREATE TABLE posts (
    brand text NOT NULL,
    post text NOT NULL,
    source text NOT NULL,
    platform text NOT NULL,
    account bytea NOT NULL, -- chorus.api.types.v1.Account
    permalink text NOT NULL,
    text text NOT NULL,
    language text NOT NULL,
    hashtags text[] NOT NULL,
    posted_at timestamptz NOT NULL,
    captured_at timestamptz NOT NULL,
    revision int NOT NULL,
    media text[] NOT NULL,
    sources text[] NOT NULL,
    withdrawn boolean NOT NULL DEFAULT false,
    words tsvector NOT NULL,
    trace_links text[] NOT NULL,
    -- The fold of the post's decisions (chorus.api.curation.v1.State).
    state smallint NOT NULL DEFAULT 1,
    approved_revision int NOT NULL DEFAULT 0,
    decision text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (brand, post)
);
CREATE INDEX posts_by_state ON posts (brand, state, captured_at, post) WHERE NOT withdrawn;
CREATE INDEX posts_by_time ON posts (brand, captured_at, post);
CREATE INDEX posts_by_words ON posts USING gin (words);

CREATE TABLE revisions (
    brand text NOT NULL,
    post text NOT NULL,
    revision int NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (brand, post, revision)
);

CREATE TABLE media (
    brand text NOT NULL,
    media text NOT NULL,
    post text NOT NULL,
    content bytea NOT NULL, -- chorus.api.types.v1.Media, as its source has it
    alt_text text, -- by a curator; null where nobody wrote one
    focal_x real,
    focal_y real,
    PRIMARY KEY (brand, media)
);

-- Append-only: an undo is a mark on a decision, and a fact of its own.
CREATE TABLE decisions (
    brand text NOT NULL,
    post text NOT NULL,
    decision text NOT NULL,
    state smallint NOT NULL,
    revision int NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL,
    undone_at timestamptz,
    undone_by text NOT NULL DEFAULT '',
    number bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (brand, decision)
);
CREATE INDEX decisions_by_post ON decisions (brand, post, number);

CREATE TABLE collections (
    brand text NOT NULL,
    collection text NOT NULL,
    title text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (brand, collection)
);

CREATE TABLE collected (
    brand text NOT NULL,
    collection text NOT NULL,
    post text NOT NULL,
    rank double precision NOT NULL,
    PRIMARY KEY (brand, collection, post),
    FOREIGN KEY (brand, collection) REFERENCES collections
);
CREATE INDEX collected_by_post ON collected (brand, post);
