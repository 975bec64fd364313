"""cli: the `chorus` command. It starts the house, and speaks to a running one by gRPC as its operator."""
