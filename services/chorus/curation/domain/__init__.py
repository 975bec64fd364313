"""Reviews and collections; pure."""
