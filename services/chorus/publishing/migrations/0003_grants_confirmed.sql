-- When rights, asked directly, last said that the grant stands; kept only where something waits for it.
ALTER TABLE grants ADD COLUMN confirmed_at timestamptz;
