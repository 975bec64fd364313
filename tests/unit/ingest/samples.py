"""What the tests of ingest speak of."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chorus.ingest.domain.media import Details, PendingMedia, Preview
from chorus.ingest.domain.picture import Credentials
from chorus.ingest.domain.post import Account, Picture, PostKey, Sighting
from chorus.ingest.domain.source import Source
from chorus.ingest.domain.upload import Scope, SurfaceShown, Terms, Upload, UploadTerms
from chorus.ingest.handlers.capture import Origin

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BRAND = "lumen"
FEED = Origin(BRAND, "letter", "feed", asked_again=True)
OTHER = Origin(BRAND, "press", "feed", asked_again=True)
MIRA = Account("feed", "https://lamps.example/mira", "@mira", "Mira Example", "https://lamps.example/mira")
SAID = Credentials("Example Camera 2.1", "Mira Example", "Valid", ("digitalCapture",), ("c2pa.created",))
WEB = Scope(("USE_WEB",))


def ids(prefix: str = "id") -> Callable[[], str]:
    """Make ids that sort in the order they were made in."""
    count = itertools.count(1)
    return lambda: f"{prefix}{next(count):06d}"


def key(number: int = 1) -> PostKey:
    return PostKey("feed", f"https://lamps.example/{number}")


def sighting(number: int = 1, text: str = "Blue hour", *pictures: str, edited: datetime | None = None) -> Sighting:
    return Sighting(
        key=key(number),
        account=MIRA,
        text=text,
        posted_at=NOW - MINUTE,
        permalink=f"https://lamps.example/{number}",
        language="en",
        hashtags=("lumen",),
        edited_at=edited,
        pictures=tuple(Picture(f"https://lamps.example/{name}.jpg", f"Alt of {name}") for name in pictures),
    )


def source(name: str = "letter", **changes: object) -> Source:
    made = Source(BRAND, name, "feed", "The Lamp Letter", {"url": "https://lamps.example/feed"}, NOW, next_look_at=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests name fields that there are


def details(media: str, *, sha256: str = "a" * 64, pdq: str = "0f" * 32, quality: int = 90) -> Details:
    previews = (Preview(320, "image/webp", 320, 240, f"private/{BRAND}/previews/{media}/320.webp", 10, "b" * 64),)
    return Details(sha256, "image/jpeg", 4032, 3024, b"\x01\x02", "#b08850", pdq, quality, previews, SAID)


def work(media: str, post: str) -> PendingMedia:
    return PendingMedia(media, BRAND, post, 1, "https://lamps.example/lamp.jpg", "Alt of lamp", 1)


def upload_terms() -> UploadTerms:
    terms = Terms("terms-1", 2, "en", "We may show it.", "All of the terms.", "")
    surface = SurfaceShown("home-wall", "Wall on the home page", "https://lumen.example/", WEB)
    return UploadTerms(replace(terms, sha256=terms.own_hash()), WEB, (surface,), 365)


def upload() -> Upload:
    return Upload("My reading corner #lamp", "Noa Example", "@noa", "noa@creators.example", "An armchair")
