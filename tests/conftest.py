"""Every test may ask for the real engines: tests/engines/fixtures.py lists what there is.

Or for a whole running house: tests/house/fixtures.py.
"""

pytest_plugins = (
    "tests.engines.session",
    "tests.engines.fixtures",
    "tests.house.fixtures",
    "tests.measuring.plugin",
)
