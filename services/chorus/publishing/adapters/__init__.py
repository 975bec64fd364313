"""How publishing talks: to PostgreSQL, the object stores, in protobuf, over gRPC, on topics and over HTTP."""
