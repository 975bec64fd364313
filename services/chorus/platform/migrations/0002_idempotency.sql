-- Answers of commands by request id (AIP-155), and what was asked: the same id with another request is refused.
CREATE TABLE idempotency (
    rpc text NOT NULL,
    brand text NOT NULL,
    request_id text NOT NULL,
    request_sha256 text NOT NULL,
    response bytea NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rpc, brand, request_id)
);
CREATE INDEX idempotency_by_time ON idempotency (at);
