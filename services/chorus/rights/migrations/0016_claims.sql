-- Somebody says that a public post is theirs: the last claim of each post, which tells nothing of who said so.
ALTER TABLE posts ADD COLUMN claim jsonb;
CREATE INDEX posts_claimed ON posts (board_until) WHERE board_column = 'claimed';
-- A question can be open about a post that somebody says is theirs, too.
DROP INDEX posts_asked;
CREATE INDEX posts_asked ON posts (brand, (account ->> 'platform'), (account ->> 'id'))
    WHERE board_column IN ('asked', 'claimed');
-- What was taken down for a claim.
ALTER TABLE grants ADD COLUMN claimed boolean NOT NULL DEFAULT false;

-- What was said, and where whoever said it wants to be answered: encrypted with CHORUS_SECRET_KEY, empty where nothing was
-- written. It goes with its post, and some time after its claim was closed.
CREATE TABLE sayings (
    brand text NOT NULL,
    saying text NOT NULL,
    post text NOT NULL,
    claim text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    sealed text NOT NULL,
    kept_until timestamptz,
    PRIMARY KEY (brand, saying),
    FOREIGN KEY (brand, post) REFERENCES posts ON DELETE CASCADE
);
CREATE INDEX sayings_claim ON sayings (brand, claim, at);
CREATE INDEX sayings_post ON sayings (brand, post);
CREATE INDEX sayings_over ON sayings (kept_until) WHERE kept_until IS NOT NULL;

-- Links that were mailed because somebody asked for them, for as long as that counts.
CREATE TABLE links_mailed (
    brand text NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    post text NOT NULL,
    at timestamptz NOT NULL,
    FOREIGN KEY (brand, post) REFERENCES posts ON DELETE CASCADE
);
CREATE INDEX links_mailed_account ON links_mailed (brand, platform, account, at);
CREATE INDEX links_mailed_post ON links_mailed (brand, post);
CREATE INDEX links_mailed_at ON links_mailed (at);
-- Who wished it to be sent; empty for a question and for a reminder of one.
ALTER TABLE mails ADD COLUMN wished_by text NOT NULL DEFAULT '';
