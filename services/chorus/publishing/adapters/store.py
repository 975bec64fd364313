"""The store of publishing on PostgreSQL."""

from __future__ import annotations

from chorus.publishing.adapters.lease_store import LeaseStore
from chorus.publishing.adapters.placements_store import PlacementsStore
from chorus.publishing.adapters.posts_store import PostsStore
from chorus.publishing.adapters.surfaces_store import SurfacesStore


class PostgresStore(PostsStore, SurfacesStore, PlacementsStore, LeaseStore):
    """Implements `ports.Store` on one connection's transaction."""
