"""What every service stands on: configuration, database, events, objects, RPC and HTTP. It knows no post."""
