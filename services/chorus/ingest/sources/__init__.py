"""Connectors: one file each, found by name. A file offers `CONNECTOR`; see `ports.Connector` for what that promises.

`tests/contract/recordings/<connector>/` holds payloads as the platforms send them; every connector runs on its own.
"""
