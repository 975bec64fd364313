"""Use cases: plain functions of a command, what is kept, the time, and ids made outside."""
