-- A creator may allow less than was given: how often, and when last. The journal knows a narrowing by its number.
ALTER TABLE grants ADD COLUMN narrowed integer NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN narrowed_at timestamptz;
-- What the post said and showed, and whose it is, is forgotten.
ALTER TABLE posts ADD COLUMN erased boolean NOT NULL DEFAULT false;
UPDATE posts SET erased = true WHERE withdrawn AND account ->> 'id' = '';
ALTER TABLE journal DROP CONSTRAINT journal_kind_check;
ALTER TABLE journal ADD CHECK (kind IN ('revoked', 'declined', 'narrowed', 'erased'));
-- Of a narrowing: what is still allowed.
ALTER TABLE journal ADD COLUMN kept jsonb;
