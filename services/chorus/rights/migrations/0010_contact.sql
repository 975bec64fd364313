-- How a creator is asked, and the short code that says yes in public when the creator's own account posts it back.
ALTER TABLE requests ADD COLUMN channel text NOT NULL DEFAULT 'link';
ALTER TABLE requests ADD COLUMN code text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX requests_code ON requests (brand, code) WHERE state = 'requested' AND code <> '';
ALTER TABLE requests ADD COLUMN said_yes_at timestamptz;
ALTER TABLE requests ADD COLUMN said_yes_in text NOT NULL DEFAULT '';
-- When the creator is reminded by e-mail.
ALTER TABLE requests ADD COLUMN remind_at timestamptz;
CREATE INDEX requests_reminders ON requests (remind_at) WHERE state = 'requested' AND remind_at IS NOT NULL;

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

-- Where creators are written to: encrypted with CHORUS_SECRET_KEY, and as members of the brand see it.
CREATE TABLE addresses (
    brand text NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    email_sealed text NOT NULL,
    masked text NOT NULL,
    PRIMARY KEY (brand, platform, account)
);

-- When a creator was contacted, and about which posts; several may be one contact.
CREATE TABLE contacts (
    brand text NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    post text NOT NULL,
    contact text NOT NULL,
    at timestamptz NOT NULL,
    FOREIGN KEY (brand, post) REFERENCES posts ON DELETE CASCADE
);
CREATE INDEX contacts_account ON contacts (brand, platform, account, at);
CREATE INDEX contacts_post ON contacts (brand, post);

-- Mail that waits to be sent. The link that goes with it is made when it is sent: no row holds a secret.
CREATE TABLE mails (
    mail text PRIMARY KEY,
    brand text NOT NULL,
    platform text NOT NULL,
    account text NOT NULL,
    post text NOT NULL,
    request text NOT NULL,
    reminder boolean NOT NULL,
    -- The contact that it is, or is a part of.
    contact text NOT NULL,
    -- When it was to go first, and when it is tried next.
    due_at timestamptz NOT NULL,
    next_try_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    -- What the mail server said last.
    trouble text NOT NULL,
    FOREIGN KEY (brand, post) REFERENCES posts ON DELETE CASCADE
);
CREATE INDEX mails_due ON mails (next_try_at);
CREATE INDEX mails_account ON mails (brand, platform, account);
CREATE INDEX mails_post ON mails (brand, post);

-- Who does not want to be asked: keyed hashes of accounts and of e-mail addresses, for a brand or, where that is empty, for
-- every brand of the installation. It is the one table whose key may do without a brand.
CREATE TABLE opt_outs (
    print text NOT NULL,
    brand text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (print, brand)
);
-- The keys of those hashes, random and told to nobody but the journal. They do not follow from CHORUS_SECRET_KEY, since
-- nobody could be recognised any more once that is exchanged. A journal may bring another one back.
CREATE TABLE opt_out_keys (
    key bytea PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO opt_out_keys (key)
SELECT sha512(string_agg(uuid_send(gen_random_uuid()), ''::bytea)) FROM generate_series(1, 4);
-- Links that do nothing but say who may ask; the secret itself is kept nowhere.
CREATE TABLE stop_links (
    sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    brand text NOT NULL,
    prints text[] NOT NULL,
    created_at timestamptz NOT NULL
);
ALTER TABLE journal DROP CONSTRAINT journal_kind_check;
ALTER TABLE journal ADD CHECK (kind IN ('revoked', 'declined', 'narrowed', 'erased', 'opted_out', 'opted_in'));
