-- What creators took back or declined and what does not lie in the journal yet: the object store that a database brought
-- back from a backup learns it from. A row is removed once its entry is there.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('revoked', 'declined')),
    brand text NOT NULL,
    post text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
