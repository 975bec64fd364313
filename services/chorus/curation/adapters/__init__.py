"""Where curation meets PostgreSQL, gRPC and the event log."""
