"""Every test may ask for the real engines: tests/engines/fixtures.py lists what there is."""

pytest_plugins = ("tests.engines.session", "tests.engines.fixtures")
