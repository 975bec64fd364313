-- Evidence of what creators decided: entries that say nothing of anybody by themselves, and are never changed. They are
-- written in the transaction that decides, and a little later get their place in the log (a leaf of its tree).
CREATE TABLE evidence (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    content bytea NOT NULL
);
-- What an entry's hashes are of, by whose it is: this can be erased, and the log stays sound.
CREATE TABLE evidence_details (
    number bigint PRIMARY KEY REFERENCES evidence,
    brand text NOT NULL,
    post text NOT NULL,
    -- The request, or empty for consent that came with an upload.
    subject text NOT NULL,
    disclosures text[] NOT NULL
);
CREATE INDEX evidence_details_post ON evidence_details (brand, post, subject);

-- Entries without a place yet: what seals them takes them out.
CREATE TABLE evidence_waiting (
    number bigint PRIMARY KEY REFERENCES evidence
);
CREATE TABLE evidence_leaves (
    leaf bigint PRIMARY KEY,
    number bigint NOT NULL UNIQUE REFERENCES evidence
);
-- Hashes of complete subtrees: level 0 are the leaves.
CREATE TABLE evidence_nodes (
    level smallint NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
);
CREATE TABLE evidence_checkpoints (
    size bigint PRIMARY KEY,
    note text NOT NULL
);
-- Every key that ever signed: what it signed stays checkable when another takes its place.
CREATE TABLE evidence_keys (
    key bytea NOT NULL CHECK (length(key) = 32),
    log text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key, log)
);

CREATE FUNCTION refuse_change_of_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is only ever added to';
END
$$;
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_evidence();
