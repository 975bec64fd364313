"""Evidence that anybody can check: a transparency log of consent, and receipts from it. Pure; knows no service."""
