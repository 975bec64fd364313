"""Use cases of ingest: plain functions of a store and a command; `now` and new ids are passed in."""
