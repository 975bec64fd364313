-- Terms may ask how old somebody is; of the answer only yes or no is kept.
ALTER TABLE terms ADD COLUMN minimum_age integer NOT NULL DEFAULT 0;
-- What the creator answered, and who else has to agree before it counts.
ALTER TABLE requests ADD COLUMN answer jsonb;
ALTER TABLE requests ADD COLUMN confirmations jsonb NOT NULL DEFAULT '[]';
-- A link of somebody else than the creator: whose agreement it is.
ALTER TABLE links ADD COLUMN confirmation text NOT NULL DEFAULT '';
-- A question is open until all have agreed.
DROP INDEX requests_one_open;
CREATE UNIQUE INDEX requests_one_open ON requests (brand, post) WHERE state IN ('requested', 'confirming');
DROP INDEX requests_due;
CREATE INDEX requests_due ON requests (window_ends_at) WHERE state IN ('requested', 'confirming');
