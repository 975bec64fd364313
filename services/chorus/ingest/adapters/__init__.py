"""Where ingest talks: its database, its rpcs, its HTTP edge, and the loops that look, fetch and ask again."""
