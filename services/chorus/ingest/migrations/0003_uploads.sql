-- What a form said, as a hash: only the same form sent again is answered with the link of the first.
ALTER TABLE uploads ADD COLUMN form_sha256 text NOT NULL DEFAULT '';
-- Where to reach the uploader, encrypted with CHORUS_SECRET_KEY; empty where it was not said.
ALTER TABLE uploads ADD COLUMN email_sealed text NOT NULL DEFAULT '';
