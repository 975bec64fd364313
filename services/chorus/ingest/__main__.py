"""`python -m chorus.ingest` runs this service."""

from __future__ import annotations

from chorus.ingest.app import IngestSettings, build
from chorus.platform.runtime import main

if __name__ == "__main__":
    main("ingest", build, IngestSettings)
