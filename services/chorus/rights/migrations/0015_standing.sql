-- When a post was posted at its platform, or first seen where the platform does not say. Unknown of those from before.
ALTER TABLE posts ADD COLUMN posted_at timestamptz;

-- What creators allow of what they post later. What follows are grants like any other, via 'standing'.
CREATE TABLE standing (
    brand text NOT NULL,
    -- The id of the grant that was given with it.
    standing text PRIMARY KEY,
    request text NOT NULL,
    post text NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    starts timestamptz NOT NULL,
    until timestamptz NOT NULL,
    offer jsonb NOT NULL,
    credit text NOT NULL,
    given_at timestamptz NOT NULL,
    of_age boolean,
    confirmations jsonb NOT NULL,
    ended text CHECK (ended IN ('ended', 'taken_back', 'over')),
    ended_at timestamptz,
    ended_by text NOT NULL DEFAULT '',
    -- It was taken back, and not all that followed from it is revoked yet.
    revoking boolean NOT NULL DEFAULT false,
    -- Posts that were approved before it was given have been looked at.
    looked_back boolean NOT NULL DEFAULT false,
    FOREIGN KEY (brand, post) REFERENCES posts
);
CREATE INDEX standing_account ON standing (brand, platform, account) WHERE ended IS NULL;
CREATE INDEX standing_request ON standing (brand, request);
CREATE INDEX standing_post ON standing (brand, post);
-- What the clock has still to do.
CREATE INDEX standing_over ON standing (until) WHERE ended IS NULL;
CREATE INDEX standing_revoking ON standing (standing) WHERE revoking;
CREATE INDEX standing_looking ON standing (standing) WHERE NOT looked_back;
-- Posts that nobody was asked about, by whose they are.
CREATE INDEX posts_to_ask ON posts (brand, (account ->> 'platform'), (account ->> 'id')) WHERE board_column = 'to_ask';

ALTER TABLE grants ADD COLUMN standing_given_at timestamptz;
CREATE INDEX grants_following ON grants (brand, request) WHERE via = 'standing' AND state = 'active';
-- A link leads on to what follows from the question to which it leads.
CREATE INDEX links_request ON links (brand, request);

ALTER TABLE journal DROP CONSTRAINT journal_kind_check;
ALTER TABLE journal ADD CHECK (
    kind IN (
        'revoked', 'declined', 'narrowed', 'erased', 'opted_out', 'opted_in', 'ended', 'standing_ended', 'taken_back'
    )
);
