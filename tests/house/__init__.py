"""A whole running house for tests, and one brand's story in it."""
