"""What can be done with brands, members and credentials."""

from __future__ import annotations

from datetime import datetime

from chorus.brands.domain.brand import ADMIN, Brand, Member, checked_brand, checked_member, folded
from chorus.brands.domain.credential import (
    MACHINE_PREFIX,
    SESSION_LIFETIME,
    SESSION_PREFIX,
    SIGN_IN_LIFETIME,
    MachineToken,
    Session,
    SignIn,
)
from chorus.brands.ports import Store
from chorus.errors import Conflict, Invalid, NotFound, Unauthenticated
from chorus.platform.auth import Principal
from chorus.platform.secrets import new_secret, sha256_hex


def create_brand(store: Store, brand: Brand, admin: Member | None) -> Brand:
    """Create a brand, with its first admin where one is named."""
    store.add_brand(checked_brand(brand))
    if admin is not None:
        store.set_member(checked_member(admin), brand.created_at)
    return brand


def update_brand(store: Store, brand: Brand, at: datetime) -> Brand:
    """Change a brand's name, colour or page."""
    store.change_brand(checked_brand(brand), at)
    return brand


def set_member(store: Store, member: Member, at: datetime) -> Member:
    """Add a member or change the role."""
    store.brand(member.brand, lock=True)
    checked_member(member)
    if member.role < ADMIN:
        _keep_an_admin(store, member.brand, without=member.email)
    store.set_member(member, at)
    return member


def remove_member(store: Store, brand: str, email: str, at: datetime) -> None:
    """Remove a member; the last admin stays."""
    store.brand(brand, lock=True)
    if all(each.brand != brand for each in store.memberships(email)):
        message = f"{email} is no member of {brand}."
        raise NotFound(message)
    _keep_an_admin(store, brand, without=email)
    store.remove_member(brand, email, at)


def _keep_an_admin(store: Store, brand: str, *, without: str) -> None:
    """Refuse what would leave a brand that has members without an admin."""
    members = store.members(brand, after="", limit=10_000)
    was_admin = any(each.email == without and each.role == ADMIN for each in members)
    if was_admin and not any(each.role == ADMIN and each.email != without for each in members):
        message = "A brand keeps at least one admin: make somebody else admin first."
        raise Conflict(message, reason="LAST_ADMIN")


def create_sign_in(store: Store, email: str, now: datetime) -> tuple[str, SignIn]:
    """Make a one-time code for a member."""
    email = folded(email)
    if not store.memberships(email):
        message = f"{email} is a member of no brand: an admin can add members."
        raise NotFound(message)
    code = new_secret()
    sign_in = SignIn(sha256_hex(code), email, now + SIGN_IN_LIFETIME)
    store.add_sign_in(sign_in)
    return code, sign_in


def redeem_sign_in(store: Store, code: str, now: datetime) -> tuple[str, Session]:
    """Trade a one-time code for a session."""
    sign_in = store.take_sign_in(sha256_hex(code))
    if sign_in is None or sign_in.expires_at <= now:
        message = "This sign-in link was used already or has ended: ask for a new one."
        raise Unauthenticated(message, reason="SIGN_IN_INVALID")
    secret = SESSION_PREFIX + new_secret()
    session = Session(sha256_hex(secret), sign_in.email, now + SESSION_LIFETIME)
    store.add_session(session)
    return secret, session


def create_machine_token(
    store: Store, brand: str, title: str, role: int, *, now: datetime, token_id: str
) -> tuple[str, MachineToken]:
    """Make a machine's standing credential; the secret is given out here and never again."""
    wrong = {}
    if not title.strip():
        wrong["title"] = "Say which machine this is for."
    if not 1 <= role <= ADMIN:
        wrong["role"] = "Choose viewer, curator, rights manager or admin."
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)
    store.brand(brand)
    secret = MACHINE_PREFIX + new_secret()
    token = MachineToken(token_id, brand, title.strip(), role, sha256_hex(secret), now)
    store.add_machine_token(token)
    return secret, token


def identify(store: Store, credential: str, now: datetime) -> tuple[Principal, list[Member]]:
    """Tell who holds a session or a machine token, and what of."""
    digest = sha256_hex(credential)
    if credential.startswith(SESSION_PREFIX):
        session = store.session(digest)
        memberships = store.memberships(session.email) if session and session.expires_at > now else []
        if session and memberships:
            roles = {each.brand: each.role for each in memberships}
            return Principal("member", memberships[0].display_name or session.email, session.email, roles), memberships
    elif credential.startswith(MACHINE_PREFIX):
        token = store.machine_token(digest)
        if token and token.revoked_at is None:
            return Principal("machine", token.title, "", {token.brand: token.role}), []
    message = "This session or token is unknown, ended or revoked: sign in again."
    raise Unauthenticated(message, reason="CREDENTIAL_INVALID")
