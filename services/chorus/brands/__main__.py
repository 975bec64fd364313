"""`python -m chorus.brands`: run the service from the environment."""

from chorus.brands.app import BrandsSettings, build
from chorus.platform.runtime import main

if __name__ == "__main__":
    main("brands", build, BrandsSettings)
