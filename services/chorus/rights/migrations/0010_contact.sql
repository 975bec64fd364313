-- How a creator is asked, and the short code that says yes in public when the creator's own account posts it back.
ALTER TABLE requests ADD COLUMN channel text NOT NULL DEFAULT 'link';
ALTER TABLE requests ADD COLUMN code text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX requests_code ON requests (brand, code) WHERE state = 'requested' AND code <> '';
ALTER TABLE requests ADD COLUMN said_yes_at timestamptz;
ALTER TABLE requests ADD COLUMN said_yes_in text NOT NULL DEFAULT '';

-- A card that waits for somebody lies on top of its column.
ALTER TABLE posts ADD COLUMN board_first boolean NOT NULL DEFAULT false;
DROP INDEX posts_board;
CREATE INDEX posts_board ON posts (brand, board_column, board_first DESC, board_at DESC, post DESC)
    WHERE board_column IS NOT NULL;
-- Who has been asked, so that each new post is known at once for one of somebody who may be answering.
CREATE INDEX posts_asked ON posts (brand, (account ->> 'platform'), (account ->> 'id')) WHERE board_column = 'asked';

-- By which channel, where to or why not, and in which post: of what happened.
ALTER TABLE thread ADD COLUMN channel text NOT NULL DEFAULT '';
ALTER TABLE thread ADD COLUMN detail text NOT NULL DEFAULT '';
ALTER TABLE thread ADD COLUMN said_in text NOT NULL DEFAULT '';

-- How a brand keeps in touch with creators; without a row, as is usual (domain/contact.py).
CREATE TABLE contact_policies (
    brand text PRIMARY KEY,
    most integer NOT NULL,
    days integer NOT NULL,
    -- No mail leaves from the one to the other, by the clocks of the zone (IANA); equal: at any time.
    quiet_from time NOT NULL,
    quiet_until time NOT NULL,
    time_zone text NOT NULL,
    -- So many days after the question.
    reminders integer[] NOT NULL,
    -- Empty: made of the brand's name, and the usual words.
    hashtag text NOT NULL,
    reply text NOT NULL
);
