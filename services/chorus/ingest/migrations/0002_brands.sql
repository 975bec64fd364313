-- Brands that there are, as brands told: a source of an unknown one is refused.
CREATE TABLE brands (
    brand text PRIMARY KEY
);
