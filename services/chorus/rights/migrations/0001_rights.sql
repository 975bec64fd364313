-- Terms are evidence: a version is never changed and never removed, also not by whoever runs the service.
CREATE TABLE terms (
    brand text NOT NULL,
    terms text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    language text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    -- False for terms that are only known because an uploader agreed to them.
    entered boolean NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (brand, terms, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of terms is never changed or removed';
END
$$;

CREATE TRIGGER terms_are_immutable
    BEFORE UPDATE OR DELETE OR TRUNCATE ON terms
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE brands (
    brand text PRIMARY KEY,
    name text NOT NULL,
    accent text NOT NULL
);

-- Posts as far as rights has heard of them. The row is what is locked to change anything about a post's rights.
CREATE TABLE posts (
    brand text NOT NULL,
    post text NOT NULL,
    revision integer NOT NULL DEFAULT 0,
    account jsonb NOT NULL DEFAULT '{}',
    permalink text NOT NULL DEFAULT '',
    revisions jsonb NOT NULL DEFAULT '{}',
    approved integer NOT NULL DEFAULT 0,
    approved_at timestamptz,
    withdrawn boolean NOT NULL DEFAULT false,
    consent jsonb,
    trace_links text[] NOT NULL DEFAULT '{}',
    -- Where the card lies on the board: no column, no card.
    board_column text,
    board_at timestamptz,
    board_until timestamptz,
    PRIMARY KEY (brand, post)
);
CREATE INDEX posts_board ON posts (brand, board_column, board_at DESC, post DESC) WHERE board_column IS NOT NULL;

CREATE TABLE requests (
    brand text NOT NULL,
    request text NOT NULL,
    post text NOT NULL,
    state text NOT NULL,
    offer jsonb NOT NULL,
    message text NOT NULL,
    revision integer NOT NULL,
    asked_by text NOT NULL,
    created_at timestamptz NOT NULL,
    window_ends_at timestamptz NOT NULL,
    answered_at timestamptz,
    PRIMARY KEY (brand, request),
    FOREIGN KEY (brand, post) REFERENCES posts
);
CREATE INDEX requests_post ON requests (brand, post);
CREATE UNIQUE INDEX requests_one_open ON requests (brand, post) WHERE state = 'requested';
CREATE INDEX requests_due ON requests (window_ends_at) WHERE state = 'requested';

-- What creators gave. Only how a grant ended is ever changed.
CREATE TABLE grants (
    brand text NOT NULL,
    grant_id text NOT NULL PRIMARY KEY,
    request text NOT NULL,
    post text NOT NULL,
    state text NOT NULL,
    via text NOT NULL,
    scope jsonb NOT NULL,
    surfaces jsonb NOT NULL,
    terms text NOT NULL,
    terms_version integer NOT NULL,
    terms_sha256 text NOT NULL,
    media_sha256 text[] NOT NULL,
    revision integer NOT NULL,
    credit text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    ended_at timestamptz,
    FOREIGN KEY (brand, post) REFERENCES posts,
    FOREIGN KEY (brand, terms, terms_version) REFERENCES terms (brand, terms, version)
);
CREATE INDEX grants_post ON grants (brand, post);
CREATE INDEX grants_due ON grants (valid_until) WHERE state = 'active';

-- Creators' links: the secret itself is kept nowhere.
CREATE TABLE links (
    sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    brand text NOT NULL,
    post text NOT NULL,
    request text NOT NULL,
    created_at timestamptz NOT NULL
);

-- One-time values of forms that were sent.
CREATE TABLE nonces (
    nonce text PRIMARY KEY,
    used_at timestamptz NOT NULL
);
CREATE INDEX nonces_used ON nonces (used_at);

CREATE TABLE policies (
    brand text PRIMARY KEY,
    ask_on_approval boolean NOT NULL,
    scope jsonb NOT NULL,
    surfaces jsonb NOT NULL,
    terms text NOT NULL,
    message text NOT NULL,
    days integer NOT NULL
);
