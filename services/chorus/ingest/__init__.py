"""Ingest: takes posts from their sources, fetches and reads their pictures, and says what it took."""
