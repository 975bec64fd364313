"""Chorus: a brand's community tells its story, with consent that holds."""
