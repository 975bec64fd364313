"""One-time values of the creator's forms: signed, for one link and one purpose, for a week."""

from __future__ import annotations

from collections.abc import Sequence

from itsdangerous import BadSignature, SignatureExpired

from chorus.errors import Conflict, Invalid
from chorus.platform.secrets import new_secret, timed_serializer
from chorus.rights.domain.link import Purpose

LONGEST_SECONDS = 7 * 24 * 3600


class Nonces:
    """Makes and reads forms' one-time values; keeps nothing: the store remembers which were used."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive a key from each secret; the first signs, all verify."""
        self._serializer = timed_serializer(keys, "form-nonce")

    def make(self, link_sha256: str, purpose: Purpose) -> str:
        """Make a value for a form on a link's page."""
        return str(self._serializer.dumps([link_sha256, purpose.value, new_secret(12)]))

    def read(self, value: str, link_sha256: str, purpose: Purpose) -> str:
        """Read a form's value back and answer its id; Invalid where it is not for this, Conflict after a week."""
        try:
            link, named, nonce = self._serializer.loads(value, max_age=LONGEST_SECONDS)
        except SignatureExpired as error:
            message = "This page was open for long. Open the link again."
            raise Conflict(message, reason="NONCE_EXPIRED") from error
        except (BadSignature, ValueError) as error:
            raise _not_for_this() from error
        if (link, named) != (link_sha256, purpose.value):
            raise _not_for_this()
        return str(nonce)


def _not_for_this() -> Invalid:
    message = "This form was not made for this link. Open the link again."
    return Invalid(message, fields={"nonce": message}, reason="NONCE")
