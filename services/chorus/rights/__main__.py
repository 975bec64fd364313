"""`python -m chorus.rights`."""

from __future__ import annotations

from chorus.platform.runtime import main
from chorus.rights.app import RightsSettings, build

if __name__ == "__main__":
    main("rights", build, RightsSettings)
