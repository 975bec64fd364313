"""Where a creator is written to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address as Mailbox

from chorus.errors import Invalid

_MOST = 254


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address as it is kept: encrypted, and as members of the brand see it."""

    sealed: str
    masked: str


def read_address(said: str) -> str:
    """Read an address as mail servers take it, its domain in ASCII (RFC 5890); Invalid where it is none."""
    try:
        mailbox = Mailbox(addr_spec=said.strip())
        domain = mailbox.domain.encode("idna").decode().lower()
    except (HeaderParseError, UnicodeError, ValueError, IndexError) as error:
        raise _no_address() from error
    address = f"{mailbox.username}@{domain}"
    plain = address.isascii() and address.isprintable() and not set(address) & set(' "(),:;<>[\\]')
    if not plain or not mailbox.username or "." not in domain or len(address) > _MOST:
        raise _no_address()
    return address


def masked(address: str) -> str:
    """Show whose address it is to those who know it, and to nobody else: "m…@example.org"."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def without(address: str, text: str) -> str:
    """Take an address out of what a server says of it, however it writes it, and its name where it stands alone."""
    name, shown = address.partition("@")[0], masked(address)
    hidden = re.sub(re.escape(address), shown, text, flags=re.IGNORECASE)
    whole = rf"(?<!\w){re.escape(name)}(?!\w)"
    return re.sub(whole, shown.partition("@")[0], hidden, flags=re.IGNORECASE) if len(name) > 1 else hidden


def _no_address() -> Invalid:
    message = "This does not look like an e-mail address."
    return Invalid(message, fields={"email": message})
