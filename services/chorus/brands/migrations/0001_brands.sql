CREATE TABLE brands (
    brand text PRIMARY KEY,
    display_name text NOT NULL,
    accent text NOT NULL,
    home_page text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE members (
    brand text NOT NULL REFERENCES brands,
    email text NOT NULL,
    display_name text NOT NULL,
    role smallint NOT NULL CHECK (role BETWEEN 1 AND 4),
    PRIMARY KEY (brand, email)
);
CREATE INDEX members_by_email ON members (email);

-- Secrets are kept as SHA-256 only: they have full entropy of their own.
CREATE TABLE sign_ins (
    code_sha256 text PRIMARY KEY,
    email text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE sessions (
    session_sha256 text PRIMARY KEY,
    email text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE machine_tokens (
    machine_token text PRIMARY KEY,
    brand text NOT NULL REFERENCES brands,
    title text NOT NULL,
    role smallint NOT NULL CHECK (role BETWEEN 1 AND 4),
    secret_sha256 text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX machine_tokens_by_brand ON machine_tokens (brand, created_at);
