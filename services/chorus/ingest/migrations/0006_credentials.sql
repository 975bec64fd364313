-- What the content credentials inside an original say; NULL where it brought none.
ALTER TABLE media ADD COLUMN credentials jsonb;
