"""`python -m chorus.creator`."""

from __future__ import annotations

from chorus.creator.app import CreatorSettings, build
from chorus.platform.runtime import door_main

if __name__ == "__main__":
    door_main("creator", build, CreatorSettings)
