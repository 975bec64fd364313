"""Everything that ingest keeps, on one transaction's connection."""

from __future__ import annotations

from chorus.ingest.adapters.media_rows import MediaRows
from chorus.ingest.adapters.post_rows import PostRows
from chorus.ingest.adapters.retention_rows import RetentionRows
from chorus.ingest.adapters.source_rows import SourceRows
from chorus.ingest.adapters.upload_rows import UploadRows


class PostgresStore(SourceRows, PostRows, MediaRows, UploadRows, RetentionRows):
    """The store of `ports.Store` in PostgreSQL."""
