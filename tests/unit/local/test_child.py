"""Ports that a house takes for its parts."""

from __future__ import annotations

from chorus.local.child import free_port


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(500)]
    assert len(set(ports)) == len(ports)
