"""What ingest decides, without I/O."""
