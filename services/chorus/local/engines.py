"""What the house stands on: PostgreSQL, an event log, two object stores; embedded, or those the environment names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from chorus.local.errors import HouseError
from chorus.local.postgres import Postgres

ROOMS = ("brands", "ingest", "curation", "rights", "publishing")


@dataclass(frozen=True)
class Engines:
    """Addresses of the engines; `postgres` is set where the house runs its own.

    `databases` are for who serves, `owners` the same for who migrates: empty where that is the same role.
    `journal` is where rights keeps what creators took back, apart from the databases.
    """

    databases: Mapping[str, str]
    owners: Mapping[str, str]
    events: str
    events_owner: str
    media: str
    public_media: str
    journal: str
    postgres: Postgres | None


def start(data: Path, environ: Mapping[str, str]) -> Engines:
    """Start the embedded engines, but for those that the environment names already."""
    media = environ.get("CHORUS_MEDIA_URL") or _folder_url(data / "media" / "private")
    public_media = environ.get("CHORUS_PUBLIC_MEDIA_URL") or _folder_url(data / "media" / "public")
    journal = environ.get("CHORUS_JOURNAL_URL") or _folder_url(data / "journal")
    given, owner = environ.get("CHORUS_DATABASE_URL"), environ.get("CHORUS_DATABASE_OWNER_URL", "")
    postgres = None
    if not given:
        postgres = Postgres(data / "postgres", data / "logs" / "postgres.log")
        postgres.start()
        given, owner = postgres.serving_url("chorus"), postgres.url("chorus")
    databases, owners = ({room: _beside(url, room) for room in ROOMS} for url in (given, owner))
    events, events_owner = environ.get("CHORUS_EVENTS_URL"), environ.get("CHORUS_EVENTS_OWNER_URL", "")
    if not events:
        events, events_owner = _beside(given, "events"), _beside(owner, "events")
    return Engines(databases, owners, events, events_owner, media, public_media, journal, postgres)


def _beside(url: str, room: str) -> str:
    """Name a room's own database after the one that was given: `…/chorus` becomes `…/chorus_rights`."""
    if not url:
        return url
    parts = urlsplit(url)
    name = parts.path.strip("/")
    if not name:
        message = "CHORUS_DATABASE_URL and CHORUS_DATABASE_OWNER_URL have to name a database."
        raise HouseError(message, "End both with one, for example postgresql://user:password@host:5432/chorus.")
    return urlunsplit(parts._replace(path=f"/{name}_{room}"))


def _folder_url(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve().as_uri()
