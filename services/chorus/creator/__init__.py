"""Creator: the door for the people whose posts these are. Plain pages: share a picture, answer, take back, receipt.

Owns nothing: rights keeps what was asked and given, ingest the uploads. Answering and taking back need only rights.
"""
