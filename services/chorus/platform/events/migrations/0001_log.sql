-- The event log. Whoever writes to a partition holds its row until the end of the transaction: offsets are therefore
-- without gaps, and become visible in order.
CREATE TABLE log_partition (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE log_topic (
    topic text PRIMARY KEY,
    retention interval NOT NULL
);

CREATE TABLE log_record (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    headers jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX log_record_written_at ON log_record USING brin (written_at);
-- Records without a key say only something about now: there are twelve a second of them, and they are dropped early.
CREATE INDEX log_record_keyless ON log_record (written_at) WHERE key = '';

-- How far each group says it is. Shown to people; nothing is decided by it.
CREATE TABLE log_group (
    name text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (name, topic, partition)
);
