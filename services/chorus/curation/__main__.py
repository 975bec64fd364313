"""`python -m chorus.curation`: run the service from the environment."""

from chorus.curation.app import CurationSettings, build
from chorus.platform.runtime import main

if __name__ == "__main__":
    main("curation", build, CurationSettings)
