"""Settings and wiring of publishing."""

from __future__ import annotations

import functools
from importlib.metadata import version
from pathlib import Path

from pydantic import Field

from chorus.platform import logs
from chorus.platform.at_once import nothing_ready
from chorus.platform.auth import Signer
from chorus.platform.config import ServiceSettings, Url, Words
from chorus.platform.evidence import evidence_signer
from chorus.platform.fetch import GuardedFetcher
from chorus.platform.leading import run_as_leader
from chorus.platform.metrics import (
    ENDPOINTS_DISABLED,
    PLACEMENT_DELAY,
    PLACEMENTS_HELD,
    RIGHTS_AGE,
    TAKEDOWNS_UNCONFIRMED,
    WEBHOOK_DELAY,
)
from chorus.platform.objects import open_store
from chorus.platform.plugins import discover
from chorus.platform.resealing import Resealer
from chorus.platform.runtime import Context, Service, Subscription, Task, Vital
from chorus.platform.secrets import Vault
from chorus.platform.topics import BRAND, POST, REVIEW, RIGHTS
from chorus.publishing.adapters import lease_store, servicer, subscriber
from chorus.publishing.adapters.answers import OPEN_TEXT
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.changes import Changes
from chorus.publishing.adapters.content_signer import ContentSigner
from chorus.publishing.adapters.courier import Courier, Writer
from chorus.publishing.adapters.credentials import Credentials, SigningSettings, development
from chorus.publishing.adapters.deliveries_store import DELIVERIES
from chorus.publishing.adapters.dispatcher import Dispatcher
from chorus.publishing.adapters.endpoints_store import SEALED
from chorus.publishing.adapters.issuer import Issuer
from chorus.publishing.adapters.lease_keeper import LeaseKeeper, Listener
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.pictures import Pictures
from chorus.publishing.adapters.placements_store import CHANNEL
from chorus.publishing.adapters.prober import Prober
from chorus.publishing.adapters.reader import Reader
from chorus.publishing.adapters.rights import RightsClient
from chorus.publishing.adapters.surfaces_store import WALKS
from chorus.publishing.adapters.sweeper import Sweeper
from chorus.publishing.adapters.timekeeper import Timekeeper
from chorus.publishing.adapters.views import Page, pack
from chorus.publishing.adapters.watch import SHORTEST_BOUND, Watch
from chorus.publishing.adapters.worker import Worker
from chorus.publishing.formats.json_feed import document_of
from chorus.publishing.ports import Format

log = logs.logger(__name__)
FORMATS = discover("chorus.publishing.formats", "FORMAT", "chorus.publishing.formats", Format)
_VITALS = (
    Vital(
        PLACEMENT_DELAY,
        """
        SELECT extract(epoch FROM clock_timestamp() - min(coalesce(ended_at, created_at))) FROM placements
        WHERE state IN ('placing', 'withdrawing')
        """,
    ),
    Vital(PLACEMENTS_HELD, "SELECT count(*) FROM placements WHERE state = 'held'"),
    Vital(
        WEBHOOK_DELAY,
        """
        SELECT extract(epoch FROM clock_timestamp() - min(at)) FROM deliveries JOIN endpoints USING (endpoint)
        WHERE deliveries.state = 'waiting' AND endpoints.disabled = ''
        """,
    ),
    # From the first look on, which is at the bound.
    Vital(TAKEDOWNS_UNCONFIRMED, "SELECT count(*) FROM takedowns WHERE NOT settled AND next_look_at IS NOT NULL"),
    Vital(ENDPOINTS_DISABLED, "SELECT count(*) FROM endpoints WHERE disabled IN ('gone', 'failing')"),
    # Where rights is not known at all, 32 years: not everything that reads a gauge takes infinity for a number.
    Vital(RIGHTS_AGE, f"SELECT least(({lease_store.RIGHTS_AGE}), 1e9)"),
)
_GALLERY = Path(__file__).parent / "gallery" / "dist" / "chorus-gallery.js"


class PublishingSettings(ServiceSettings, SigningSettings):
    """What publishing needs beside what every service needs.

    `media_url` is the private object store, which is only read, `public_media_url` that of the public area.
    `revocation_bound` and `rights_grace` are in seconds; no bound is shorter than caches keep what they have. The
    role *read* answers feeds, changes and pictures. `fetch_allow` names `host:port` pairs let past the guard, to
    which webhooks may also be sent without TLS. `probe_url` is where `public_url` is reached from here, to see that
    something is gone there; empty: where it says.
    """

    media_url: Url
    public_media_url: Url
    rights_address: str
    revocation_bound: int = Field(default=30, ge=SHORTEST_BOUND)
    rights_grace: int = 300
    fetch_allow: Words = ()
    probe_url: str = Field(default="", pattern="^$|^https?://")
    roles: Words = ("migrate", "serve", "relay", "consume", "read")


def build(context: Context[PublishingSettings]) -> Service:
    """Wire the service."""
    settings, database = context.settings, context.database
    vault, quick, slow = Vault(settings.secret_key), _fetcher(settings), _fetcher(settings)
    writer = Writer(settings.public_url, document_of)
    couriers = Courier(quick, vault, writer), Courier(slow, vault, writer)
    dispatcher = Dispatcher(database, *couriers, grace=settings.rights_grace)
    listener = Listener(database)
    signer = ContentSigner(functools.partial(_credentials, settings))
    area = ObjectArea(open_store(settings.media_url), open_store(settings.public_media_url), signer)
    rights = RightsClient(settings.rights_address, functools.partial(_token, Signer(settings.secret_key)))
    if not settings.c2pa_key and "serve" in context.roles:
        log.warning("pictures are signed with a development key of this installation: viewers will call it untrusted")
    issuer = _issuer(context)
    watch = _watch(context)
    reader = _reader(context, watch) if watch else None
    return Service(
        servicers=[servicer.mounted(database, settings.public_url, vault, quick.check, settings.revocation_bound)],
        subscriptions=[
            Subscription("rights", [RIGHTS], subscriber.on_rights, listener.on_as_of, subscriber.BATCH),
            Subscription(
                "posts",
                [BRAND, POST, REVIEW],
                subscriber.on_post_or_brand,
                batch=subscriber.BATCH,
                handle_all=subscriber.on_posts_and_brands,
            ),
        ],
        tasks=[
            *_tasks(context, area, rights, dispatcher, issuer),
            Task("reseal", Resealer(database, vault, SEALED).run),
        ],
        app=reader,
        at_once=reader.at_once if reader else nothing_ready,
        busy_headers=OPEN_TEXT if reader else {},
        checks={"media": open_store(settings.public_media_url).ping},
        vitals=_VITALS,
        close=functools.partial(_close, watch, area, rights, issuer),
    )


def _tasks(
    context: Context[PublishingSettings],
    area: ObjectArea,
    rights: RightsClient,
    dispatcher: Dispatcher,
    issuer: Issuer,
) -> list[Task]:
    grace = float(context.settings.rights_grace)
    database = context.database
    # What each does, and what wakes it before its time: a look for nothing would take time from those in a hurry.
    acts = {
        "place": (Worker(database, area).run, CHANNEL),
        "lease": (LeaseKeeper(database, rights, grace=grace).run, ""),
        "time": (Timekeeper(database).run, WALKS),
        "sweep": (Sweeper(database, area).run, ""),
        "tell": (dispatcher.run, DELIVERIES),
        "certify": (issuer.run, ""),
    }
    return [
        Task(name, functools.partial(run_as_leader, database, f"publishing.{name}", act, channel=channel))
        for name, (act, channel) in acts.items()
    ]


def _fetcher(settings: PublishingSettings) -> GuardedFetcher:
    return GuardedFetcher(frozenset(settings.fetch_allow), user_agent=_agent(settings))


def _agent(settings: PublishingSettings) -> str:
    return f"Chorus/{version('chorus')} (+{settings.public_url})"


def _issuer(context: Context[PublishingSettings]) -> Issuer:
    settings, public_url = context.settings, context.settings.public_url.rstrip("/")
    passes = Passes(settings.secret_key)
    prober = Prober(public_url, settings.probe_url or public_url, passes, _agent(settings))
    key = evidence_signer(settings.public_url, settings.secret_key).key
    return Issuer(context.database, prober, key, public_url=public_url, bound=settings.revocation_bound)


def _watch(context: Context[PublishingSettings]) -> Watch | None:
    if "read" not in context.roles:
        return None
    settings = context.settings
    watch = Watch(
        context.database,
        FORMATS,
        public_url=settings.public_url,
        bound=settings.revocation_bound,
        grace=settings.rights_grace,
    )
    watch.start()
    return watch


def _reader(context: Context[PublishingSettings], watch: Watch) -> Reader:
    settings = context.settings
    pictures = Pictures(open_store(settings.public_media_url))
    changes = Changes(context.database, settings.public_url, document_of)
    return Reader(watch, FORMATS, pictures, changes, _gallery(), Passes(settings.secret_key))


def _gallery() -> Page | None:
    return pack(_GALLERY.read_bytes(), "text/javascript") if _GALLERY.exists() else None


def _credentials(settings: PublishingSettings) -> Credentials:
    return settings.credentials() or development(settings.secret_key[0])


def _token(signer: Signer) -> str:
    return signer.service_token("publishing")


def _close(watch: Watch | None, area: ObjectArea, rights: RightsClient, issuer: Issuer) -> None:
    if watch:
        watch.stop()
    area.close()
    rights.close()
    issuer.close()
