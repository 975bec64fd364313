"""Where brands meets PostgreSQL and gRPC."""
