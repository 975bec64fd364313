-- How often a walk over the brand's posts was begun for this surface: one that was begun again is told from the one
-- before, also where both stand before the first post.
ALTER TABLE surfaces ADD COLUMN walks_begun bigint NOT NULL DEFAULT 0;
