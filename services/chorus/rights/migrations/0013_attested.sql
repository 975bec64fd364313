-- A brand may attest a permission that it obtained elsewhere: nobody was shown terms then, and what it says of that lies
-- beside the grant.
ALTER TABLE grants ALTER COLUMN terms DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN terms_version DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN terms_language DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN terms_sha256 DROP NOT NULL;
ALTER TABLE grants ADD COLUMN attestation jsonb;
ALTER TABLE grants ADD CONSTRAINT grants_stand_on_terms_or_an_attestation CHECK (
    CASE WHEN via = 'attested' THEN attestation IS NOT NULL
        AND num_nonnulls(terms, terms_version, terms_language, terms_sha256) = 0
    ELSE attestation IS NULL AND num_nulls(terms, terms_version, terms_language, terms_sha256) = 0 END
);

-- What proves an attested grant, as it was handed in: removed with its post, and never changed.
CREATE TABLE proofs (
    grant_id text PRIMARY KEY REFERENCES grants,
    -- Pictures and PDFs are packed already. What it is, and its hash, stands in the attestation.
    content bytea STORAGE EXTERNAL NOT NULL
);
CREATE FUNCTION refuse_change_of_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a proof is kept as it was handed in';
END
$$;
CREATE TRIGGER proofs_are_not_changed BEFORE UPDATE ON proofs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proof();

ALTER TABLE journal DROP CONSTRAINT journal_kind_check;
ALTER TABLE journal ADD CHECK (
    kind IN ('revoked', 'declined', 'narrowed', 'erased', 'opted_out', 'opted_in', 'ended')
);
