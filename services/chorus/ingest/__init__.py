"""ingest: takes posts from their sources, fetches and reads their pictures, and says what it took.

Owns: sources, posts with their revisions, accounts, private media, uploads.
Hears: chorus.brand.v1 (which brands there are), chorus.erasure.v1 (which posts nobody may use).
Says: chorus.post.v1 (captured, edited, media_ready, media_failed, withdrawn, signals).
"""
