"""The store of publishing on PostgreSQL."""

from __future__ import annotations

from chorus.publishing.adapters.deliveries_store import DeliveriesStore
from chorus.publishing.adapters.endpoints_store import EndpointsStore
from chorus.publishing.adapters.lease_store import LeaseStore
from chorus.publishing.adapters.placements_store import PlacementsStore
from chorus.publishing.adapters.posts_store import PostsStore
from chorus.publishing.adapters.surfaces_store import SurfacesStore
from chorus.publishing.adapters.takedowns_store import TakedownsStore
from chorus.publishing.domain.placement import Placement


class PostgresStore(
    PostsStore, SurfacesStore, PlacementsStore, LeaseStore, EndpointsStore, DeliveriesStore, TakedownsStore
):
    """Implements `ports.Store` and `ports.Webhooks` on one connection's transaction."""

    def held_though_known(self, within: float) -> list[Placement]:
        """Look at what was heard, then at what was confirmed."""
        return self.held_for_rights(heard=self.heard_age() <= within, within=within)
