-- Numbers pictures that may be compared, in the order in which those of their brand are committed: who takes a number lets
-- nobody else of the brand take one until its transaction ends. So what is new has a higher number than all that was seen.
CREATE SEQUENCE media_near_number;
ALTER TABLE media ADD COLUMN near_number bigint;
UPDATE media SET near_number = nextval('media_near_number') WHERE state = 'ready' AND pdq_words IS NOT NULL;
DROP INDEX media_near;
CREATE UNIQUE INDEX media_near ON media (brand, near_number) WHERE near_number IS NOT NULL;
-- Near pictures are looked for in memory: see domain/near_index.py.
ALTER TABLE media DROP COLUMN pdq_words;
