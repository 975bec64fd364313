-- Questions whose links are sent by people: those of one creator go by one link, and are one contact.
ALTER TABLE contacts ADD COLUMN by_link boolean NOT NULL DEFAULT false;
