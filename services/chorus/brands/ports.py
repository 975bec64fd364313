"""What brands needs of the world: one store, on one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chorus.brands.domain.brand import Brand, Member
from chorus.brands.domain.credential import MachineToken, Session, SignIn


class Store(Protocol):
    """Rows of brands, in the transaction that the store was made for; what is announced leaves with it."""

    def add_brand(self, brand: Brand) -> None:
        """Insert and announce a brand; Conflict ALREADY_EXISTS where the id is taken."""
        ...

    def change_brand(self, brand: Brand, at: datetime) -> None:
        """Replace and announce a brand's fields."""
        ...

    def brand(self, brand: str, *, lock: bool = False) -> Brand:
        """Read a brand; NotFound. With `lock`, hold its row until the transaction ends."""
        ...

    def brands(self, only: Sequence[str] | None, after: str, limit: int) -> list[Brand]:
        """List brands by id, after an id, all or only some."""
        ...

    def set_member(self, member: Member, at: datetime) -> None:
        """Insert or replace a member and announce it."""
        ...

    def remove_member(self, brand: str, email: str, at: datetime) -> None:
        """Delete a member and announce it."""
        ...

    def members(self, brand: str, after: str, limit: int) -> list[Member]:
        """List members by e-mail, after an address."""
        ...

    def memberships(self, email: str) -> list[Member]:
        """List what a person is a member of, by brand."""
        ...

    def add_sign_in(self, sign_in: SignIn) -> None:
        """Keep a one-time code."""
        ...

    def take_sign_in(self, code_sha256: str) -> SignIn | None:
        """Read and delete a one-time code: of two who take it, one gets it."""
        ...

    def add_session(self, session: Session) -> None:
        """Keep a session."""
        ...

    def session(self, session_sha256: str) -> Session | None:
        """Read a session."""
        ...

    def end_session(self, session_sha256: str) -> None:
        """Delete a session, if there is one."""
        ...

    def add_machine_token(self, token: MachineToken) -> None:
        """Keep a machine token."""
        ...

    def machine_tokens(self, brand: str) -> list[MachineToken]:
        """List a brand's machine tokens, oldest first, the revoked ones among them."""
        ...

    def machine_token(self, secret_sha256: str) -> MachineToken | None:
        """Read the machine token of a secret."""
        ...

    def revoke_machine_token(self, brand: str, machine_token: str, at: datetime) -> None:
        """Mark a machine token revoked, the first time; NotFound."""
        ...
