"""`python -m chorus.publishing`: run the service from the environment."""

from chorus.platform.runtime import main
from chorus.publishing.app import PublishingSettings, build

if __name__ == "__main__":
    main("publishing", build, PublishingSettings)
