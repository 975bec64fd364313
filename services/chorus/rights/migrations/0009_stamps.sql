-- Time stamps (RFC 3161) of checkpoints: what an authority answered, as it was. Evidence, as the checkpoints are.
CREATE TABLE evidence_stamps (
    size bigint PRIMARY KEY REFERENCES evidence_checkpoints,
    response bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_stamps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
