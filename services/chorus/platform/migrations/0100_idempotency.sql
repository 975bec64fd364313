-- Answers of commands by request id (AIP-155).
CREATE TABLE idempotency (
    rpc text NOT NULL,
    brand text NOT NULL,
    request_id text NOT NULL,
    response bytea NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rpc, brand, request_id)
);
