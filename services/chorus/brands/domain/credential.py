"""Credentials: what is handed out once, kept hashed, and traded for short-lived access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SIGN_IN_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=14)
SESSION_PREFIX = "chs_"
MACHINE_PREFIX = "chm_"


@dataclass(frozen=True)
class SignIn:
    """A one-time code that lets a member in; stored by its hash."""

    code_sha256: str
    email: str
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """A member's browser, from sign-in to sign-out; stored by its hash."""

    session_sha256: str
    email: str
    expires_at: datetime


@dataclass(frozen=True)
class MachineToken:
    """A machine's standing credential in one brand; stored by its hash, revocable."""

    machine_token: str
    brand: str
    title: str
    role: int
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None
