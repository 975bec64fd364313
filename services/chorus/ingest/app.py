"""Settings and wiring of ingest, nothing else."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version

from pydantic import Field

from chorus.ingest.adapters.checker import Checker
from chorus.ingest.adapters.deliveries import Deliveries
from chorus.ingest.adapters.fetching import MediaFetcher
from chorus.ingest.adapters.poller import Poller
from chorus.ingest.adapters.rows import SEALED
from chorus.ingest.adapters.servicer import mounted
from chorus.ingest.adapters.subscriber import subscription
from chorus.ingest.adapters.sweeper import Sweeper
from chorus.ingest.adapters.uploading import Uploading
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.handlers.sources import Connectors
from chorus.ingest.media.decoder import Decoder
from chorus.ingest.ports import Connector
from chorus.platform.config import ServiceSettings, Url, Words
from chorus.platform.fetch import GuardedFetcher
from chorus.platform.metrics import MEDIA_DELAY, OBJECT_BYTES
from chorus.platform.objects import open_store
from chorus.platform.plugins import discover
from chorus.platform.resealing import Resealer
from chorus.platform.runtime import Context, Service, Task, Vital
from chorus.platform.secrets import Vault, new_signing_secret

_POLLERS = 2
_FETCHERS = 2
_VITALS = (
    Vital(
        MEDIA_DELAY,
        "SELECT extract(epoch FROM clock_timestamp() - min(next_try_at)) FROM media WHERE state = 'pending'",
    ),
    Vital(OBJECT_BYTES, "SELECT sum(bytes) FROM storage"),
)


class IngestSettings(ServiceSettings):
    """What ingest needs: `media_url` is the private area, `fetch_allow` names `host:port` pairs let past the guard.

    `brand_quota` is in bytes. Rates are in the notation of the `limits` library: uploads count for each address,
    deliveries and re-checks for each source. `gone_gap` is in seconds: a post must be missing twice, so far apart.
    """

    media_url: Url
    fetch_allow: Words = ()
    brand_quota: int = Field(default=10 * 1024**3, gt=0)
    upload_rate: str = "10/minute"
    delivery_rate: str = "30000/minute"
    recheck_rate: str = "60/minute"
    gone_gap: int = Field(default=600, gt=0)
    media_children: int = Field(default=1, ge=1, le=16)


def find_connectors() -> Connectors:
    """Find every connector: the files of `ingest/sources/`, and entry points of the group `chorus.connectors`."""
    # A protocol that can be asked of at run time is as good as a class here; mypy knows only classes.
    kind: type[Connector] = Connector  # type: ignore[type-abstract]
    return Connectors(discover("chorus.ingest.sources", "CONNECTOR", "chorus.connectors", kind))


def build(context: Context[IngestSettings]) -> Service:
    """Wire the service."""
    settings = context.settings
    area = open_store(settings.media_url)
    decoder = Decoder(children=settings.media_children)
    agent = f"Chorus/{version('chorus')} (+{settings.public_url})"
    fetcher = GuardedFetcher(frozenset(settings.fetch_allow), user_agent=agent)
    vault = Vault(settings.secret_key)
    work = Workshop(context.database, find_connectors(), vault)
    uploading = Uploading(work, decoder, area, quota=settings.brand_quota, rate=settings.upload_rate)
    poller = Poller(work, fetcher)
    media = MediaFetcher(work, fetcher, decoder, area, settings.brand_quota)
    checker = Checker(work, fetcher, rate=settings.recheck_rate, gap=timedelta(seconds=settings.gone_gap))
    return Service(
        servicers=[mounted(work, area, uploading, new_signing_secret)],
        subscriptions=[subscription()],
        tasks=[
            *(Task(f"look-{number}", poller.run) for number in range(_POLLERS)),
            *(Task(f"media-{number}", media.run) for number in range(_FETCHERS)),
            Task("ask-again", checker.run),
            Task("sweep", Sweeper(work, area).run),
            Task("reseal", Resealer(context.database, vault, SEALED).run),
        ],
        routes=Deliveries(work, rate=settings.delivery_rate).routes(),
        checks={"objects": area.ping},
        vitals=_VITALS,
        close=decoder.close,
    )
