"""Settings and wiring of curation."""

from __future__ import annotations

from chorus.curation.adapters import servicer, subscriber
from chorus.platform.config import ServiceSettings
from chorus.platform.runtime import Context, Service, Subscription
from chorus.platform.topics import POST


class CurationSettings(ServiceSettings):
    """Curation needs nothing beside what every service needs."""


def build(context: Context[CurationSettings]) -> Service:
    """Wire the service."""
    return Service(
        servicers=[servicer.mounted(context.database)],
        subscriptions=[
            Subscription("posts", [POST], subscriber.handle, batch=subscriber.BATCH, handle_all=subscriber.handle_all)
        ],
    )
