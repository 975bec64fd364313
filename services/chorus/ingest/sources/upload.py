"""A page where people upload a picture of their own, with their consent: served by the creator door."""

from __future__ import annotations

from chorus.ingest.ports import Settings


class Upload:
    """The `upload` connector: nothing is looked at, and nothing is signed; the terms are what makes it a source."""

    name = "upload"
    title = "Upload page"
    description = "A page where people upload a picture and agree to its terms."
    settings = Settings
    signed = False
    agreed = True


CONNECTOR = Upload()
