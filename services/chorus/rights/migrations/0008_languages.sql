-- A version of terms may be there in several languages. Each text is as immutable as before, and a grant pins the one that
-- its creator was shown.
ALTER TABLE grants DROP CONSTRAINT grants_brand_terms_terms_version_fkey;
ALTER TABLE terms DROP CONSTRAINT terms_pkey;
ALTER TABLE terms ADD PRIMARY KEY (brand, terms, version, language);
-- In the order in which they were written: the first of a version is the one that others translate.
ALTER TABLE terms ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE grants ADD COLUMN terms_language text;
UPDATE grants SET terms_language = language FROM terms
WHERE terms.brand = grants.brand AND terms.terms = grants.terms AND terms.version = grants.terms_version;
ALTER TABLE grants ALTER COLUMN terms_language SET NOT NULL;
ALTER TABLE grants ADD FOREIGN KEY (brand, terms, terms_version, terms_language)
    REFERENCES terms (brand, terms, version, language);
