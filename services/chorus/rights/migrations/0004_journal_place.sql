-- Which journal belongs to this database: the one that holds the object `journal/<id>`. No row before it is first used.
CREATE TABLE journal_place (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id text NOT NULL
);
