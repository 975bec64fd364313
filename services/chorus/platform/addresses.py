"""Which addresses are out on the public internet. Anything else may be ours, or somebody's metadata service.

Python's own `ipaddress` is no guard (`is_private` is false for many of these); the ranges come from a library that is
kept for the purpose, and for IPv6 only what is handed out as global unicast passes at all. That also shuts every form
in which an IPv6 address carries an IPv4 one, except 6to4 and Teredo, which the library lists.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from AntiSSRF import IPAddressRanges  # type: ignore[import-untyped]  # comes without types

_DENIED: Final = tuple(ip_network(text) for text in IPAddressRanges.recommended_latest)
_DENIED_4: Final = tuple(network for network in _DENIED if isinstance(network, IPv4Network))
_DENIED_6: Final = tuple(network for network in _DENIED if isinstance(network, IPv6Network))
_GLOBAL_6: Final = IPv6Network("2000::/3")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
"""The upper half of an interface id whose lower half is an IPv4 address (RFC 5214)."""


def is_public(text: str) -> bool:
    """Say whether a connection to this address leaves for the public internet; what is no address does not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _public_4(address) if isinstance(address, IPv4Address) else _public_6(address)


def _public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _DENIED_4)


def _public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_6 or _is_isatap(address):
        return False
    return not any(address in network for network in _DENIED_6)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
