-- A link may lead to several posts of one creator, and to each of them once.
ALTER TABLE links DROP CONSTRAINT links_pkey;
ALTER TABLE links ADD PRIMARY KEY (sha256, post);
