"""What rights tells the other services, once it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chorus.rights.domain.grant import Grant
from chorus.rights.domain.request import Request
from chorus.rights.domain.standing import StandingConsent


@dataclass(frozen=True, slots=True)
class Requested:
    """The creator is being asked."""

    request: Request


@dataclass(frozen=True, slots=True)
class Granted:
    """The creator gave this, by themselves or by standing consent, or the brand attested it."""

    grant: Grant
    standing: StandingConsent | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The creator allows less than before: the grant as it is now."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class Declined:
    """The creator said no, or somebody whose yes was needed as well: "guardian" or "person"."""

    request: str
    by: str = "creator"


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Nobody will answer this any more."""

    request: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """The creator took it back, or somebody whose yes was needed as well: "guardian" or "person".

    `request` is that of the link by which they did, None where it is not known any more: an attested grant has no
    request of its own, and whoever ended it has the receipt.
    """

    grant: str
    by: str = "creator"
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The brand ended it: what it had attested, or what was given, since somebody says that it is theirs."""

    grant: str


@dataclass(frozen=True, slots=True)
class Expired:
    """The grant's time is over."""

    grant: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Nobody may use the post, and nobody has wanted to for long: what it said and showed is let go of."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The creator had everything about the post erased, by the link of this request (empty: of the upload)."""

    request: str
    at: datetime


Fact = Requested | Granted | Narrowed | Declined | Lapsed | Revoked | Ended | Expired | Forgotten | Erased
