-- What creators took back or declined and is not in the journal yet. The journal is an object store: a database that is
-- brought back from a backup learns from it what it has forgotten. A row is removed once its entry is there.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('revoked', 'declined')),
    brand text NOT NULL,
    post text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
