"""Settings and wiring of the rights service."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field

from chorus.platform.config import ServiceSettings, Url
from chorus.platform.ids import new_id
from chorus.platform.metrics import JOURNAL_WAITING
from chorus.platform.objects import open_store
from chorus.platform.runtime import Context, Service, Subscription, Task
from chorus.platform.topics import BRAND, POST, REVIEW
from chorus.platform.vitals import Vital
from chorus.rights.adapters.clockwork import Clockwork
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.adapters.evidence import EvidenceSigner, Sealer
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.adapters.retention import Retention
from chorus.rights.adapters.servicer import Wiring, mounted
from chorus.rights.adapters.standing_work import StandingWork
from chorus.rights.adapters.subscriber import Subscriber


class RightsSettings(ServiceSettings):
    """`request_window_days` is how long creators have for an answer.

    `retention_days` is how long what nobody may use is kept after the last thing that happened to it.

    `journal_url` is an object store apart from the database: what creators took back is kept there too.

    `journal_lost` is the id of a journal that is lost for good: the store at `journal_url` takes its place.
    """

    journal_url: Url
    journal_lost: str = ""
    request_window_days: int = Field(default=30, ge=1, le=365)
    retention_days: int = Field(default=180, ge=1)


def build(context: Context[RightsSettings]) -> Service:
    """Wire the room."""
    settings = context.settings
    window = timedelta(days=settings.request_window_days)
    journal = Journal(context.database, open_store(settings.journal_url), settings.journal_lost)
    signer = EvidenceSigner(_log_name(settings.public_url), settings.secret_key[0])
    confirm_links = ConfirmLinks(settings.secret_key)
    nonces = Nonces(settings.secret_key)
    wiring = Wiring(context.database, nonces, settings.public_url, window, journal, signer, confirm_links)
    retention = Retention(context.database, settings.retention_days)
    subscriber = Subscriber(window, confirm_links.ids(new_id))
    return Service(
        servicers=[mounted(wiring)],
        subscriptions=[Subscription("all", (BRAND, POST, REVIEW), subscriber, handle_all=subscriber.handle_all)],
        tasks=[
            Task("time", Clockwork(context.database).run),
            Task("standing consent", StandingWork(context.database).run),
            Task("journal reading", journal.run_reading),
            Task("journal writing", journal.run_writing),
            Task("retention", retention.run),
            Task("evidence", Sealer(context.database, signer).run),
        ],
        vitals=[Vital(JOURNAL_WAITING, "SELECT count(*) FROM journal")],
        as_of=True,
        close=journal.close,
    )


def _log_name(public_url: str) -> str:
    """Name the log of evidence after where it is published, without a scheme, as C2SP's checkpoints ask."""
    return f"{urlsplit(public_url).netloc}/evidence"
