"""Settings and wiring of the rights service."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field

from chorus.platform.config import ServiceSettings, Url
from chorus.platform.evidence import evidence_signer
from chorus.platform.leading import run_as_leader
from chorus.platform.metrics import CLAIMS_OVERDUE, JOURNAL_WAITING, MAIL_DELAY
from chorus.platform.objects import open_store
from chorus.platform.resealing import Resealer
from chorus.platform.runtime import Context, Service, Subscription, Task
from chorus.platform.secrets import Vault, new_secret, sha256_hex
from chorus.platform.topics import BRAND, POST, REVIEW
from chorus.platform.vitals import Vital
from chorus.rights.adapters import claims, mails
from chorus.rights.adapters.clockwork import Clockwork
from chorus.rights.adapters.codes import means
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.adapters.evidence import Sealer
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.mailer import MailSettings
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.adapters.postman import Postman
from chorus.rights.adapters.retention import Retention
from chorus.rights.adapters.servicer import mounted
from chorus.rights.adapters.stamping import Stamper, StampingSettings
from chorus.rights.adapters.standing_work import StandingWork
from chorus.rights.adapters.subscriber import Subscriber
from chorus.rights.adapters.wiring import Wiring
from chorus.rights.handlers.mailing import Office
from chorus.rights.handlers.means import Means

_MAIL = Vital(MAIL_DELAY, "SELECT extract(epoch FROM clock_timestamp() - min(due_at)) FROM mails WHERE attempts = 0")

_CLAIMS = Vital(
    CLAIMS_OVERDUE, "SELECT count(*) FROM posts WHERE board_column = 'claimed' AND board_until <= clock_timestamp()"
)


class RightsSettings(ServiceSettings, MailSettings, StampingSettings):
    """`request_window_days` is how long creators have for an answer.

    `retention_days` is how long what nobody may use is kept after the last thing that happened to it.

    `claim_hours` is how long a brand has to answer whoever says that a post is theirs.

    `journal_url` is an object store apart from the database: what creators took back is kept there too.

    `journal_lost` is the id of a journal that is lost for good: the store at `journal_url` takes its place.

    """

    journal_url: Url
    journal_lost: str = ""
    request_window_days: int = Field(default=30, ge=1, le=365)
    retention_days: int = Field(default=180, ge=1)
    claim_hours: int = Field(default=72, ge=1, le=720)


def build(context: Context[RightsSettings]) -> Service:
    """Wire the room."""
    settings = context.settings
    window = timedelta(days=settings.request_window_days)
    journal = Journal(context.database, open_store(settings.journal_url), settings.journal_lost)
    signer = evidence_signer(settings.public_url, settings.secret_key)
    vault, confirm_links = Vault(settings.secret_key), ConfirmLinks(settings.secret_key)
    within = timedelta(hours=settings.claim_hours)
    by_means = replace(means(vault, confirm_links, mails=bool(settings.smtp_url)), claim_window=within)
    nonces = Nonces(settings.secret_key)
    wiring = Wiring(context.database, nonces, settings.public_url, window, journal, signer, confirm_links, by_means)
    retention = Retention(context.database, settings.retention_days)
    subscriber, authority = Subscriber(window, by_means), settings.authority()
    return Service(
        servicers=[mounted(wiring)],
        subscriptions=[Subscription("all", (BRAND, POST, REVIEW), subscriber, handle_all=subscriber.handle_all)],
        tasks=[
            Task("time", Clockwork(context.database, by_means).run),
            Task("standing consent", StandingWork(context.database).run),
            Task("journal reading", journal.run_reading),
            Task("journal writing", journal.run_writing),
            Task("retention", retention.run),
            Task("evidence", Sealer(context.database, signer).run),
            Task("reseal", Resealer(context.database, vault, (*mails.SEALED, *claims.SEALED)).run),
            *_mailing(context, journal, by_means),
            *([Task("time stamps", Stamper(context.database, authority).run)] if authority else []),
        ],
        vitals=[Vital(JOURNAL_WAITING, "SELECT count(*) FROM journal"), _MAIL, _CLAIMS],
        as_of=True,
        close=journal.close,
    )


def _mailing(context: Context[RightsSettings], journal: Journal, by_means: Means) -> list[Task]:
    """Make the task that sends mail, where that was set up."""
    settings = context.settings
    if not settings.smtp_url:
        return []
    office = Office(settings.public_url, by_means.vault, new_secret, sha256_hex)
    mailer = settings.mailer(usual=f"no-reply@{urlsplit(settings.public_url).hostname}")
    postman = Postman(context.database, journal, by_means, office, mailer)
    act = functools.partial(run_as_leader, context.database, "rights.post", postman.run, channel=mails.MAILS)
    return [Task("post", act)]
