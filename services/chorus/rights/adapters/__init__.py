"""How rights talks: to PostgreSQL, in protobuf, over gRPC and on topics."""
