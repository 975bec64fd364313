"""Evidence that anybody can check: a log of consent, its receipts, and certificates of take-downs. Pure."""
