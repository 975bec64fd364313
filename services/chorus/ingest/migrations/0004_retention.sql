-- When a post was let go of: what it said and showed is gone, its row stays.
ALTER TABLE posts ADD COLUMN forgotten_at timestamptz;
CREATE INDEX posts_to_forget ON posts (withdrawn_at) WHERE withdrawn_at IS NOT NULL AND forgotten_at IS NULL;

-- Posts that were let go of, so that they are not taken in anew: a keyed hash of platform and platform's id, and no more.
CREATE TABLE forgotten (
    brand text NOT NULL,
    seen bytea NOT NULL,
    PRIMARY KEY (brand, seen)
);

-- The key of those hashes: 488 random bits, made here and told to nobody. It is not derived from CHORUS_SECRET_KEY, since
-- nothing could be recognised any more once that is exchanged.
CREATE TABLE forgetting (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    key bytea NOT NULL
);
INSERT INTO forgetting (key)
SELECT sha512(string_agg(uuid_send(gen_random_uuid()), ''::bytea)) FROM generate_series(1, 4);

CREATE FUNCTION seen_hash(platform text, id text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(key || sha256(convert_to(platform, 'UTF8')) || convert_to(id, 'UTF8')) FROM forgetting
$$;
