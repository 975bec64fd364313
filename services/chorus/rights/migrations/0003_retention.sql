-- Whether curators decided against the post, and when anything about it last changed here: what nobody may use is
-- forgotten so many days after that. Posts that were here before count from now.
ALTER TABLE posts ADD COLUMN rejected boolean NOT NULL DEFAULT false;
ALTER TABLE posts ADD COLUMN touched_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX posts_untouched ON posts (touched_at) WHERE revision > 0 AND NOT withdrawn;
