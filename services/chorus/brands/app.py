"""Settings and wiring of brands."""

from __future__ import annotations

from chorus.brands.adapters import servicer
from chorus.platform.auth import Signer
from chorus.platform.config import ServiceSettings
from chorus.platform.runtime import Context, Service


class BrandsSettings(ServiceSettings):
    """Brands needs nothing beside what every service needs."""


def build(context: Context[BrandsSettings]) -> Service:
    """Wire the service."""
    return Service(servicers=[servicer.mounted(context.database, Signer(context.settings.secret_key))])
