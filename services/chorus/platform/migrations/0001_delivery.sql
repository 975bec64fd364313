-- Facts that this service has decided and not yet, or already, told the others. Kept 14 days.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    fact text NOT NULL,
    event_id text NOT NULL UNIQUE,
    payload bytea NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text,
    links text[] NOT NULL DEFAULT '{}',
    sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

-- The last number that this service gave out per topic and key. Its row lock is what orders the facts of one key.
CREATE TABLE outbox_seq (
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (topic, key)
);

-- Where this service reads on, per partition: the offset that was not handled yet.
CREATE TABLE inbox_offset (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

-- The last number that this service has heard per topic and key: repeats are skipped, gaps are noticed.
CREATE TABLE inbox_seq (
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (topic, key)
);

-- Facts that could not be handled, and those that wait behind them. A row is settled by replay or by a person.
CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by text,
    settled_why text,
    UNIQUE (topic, partition, "offset")
);
CREATE INDEX parked_open ON parked (key, topic, id) WHERE settled_at IS NULL;
