"""The installation's key for evidence: rights signs receipts and checkpoints with it, publishing certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from chorus.evidence.keys import SigningKey
from chorus.platform.secrets import derive


@dataclass(frozen=True)
class EvidenceSigner:
    """The key of one secret; the log of evidence that it is a key of is named `origin`."""

    origin: str
    secret: str

    @cached_property
    def key(self) -> SigningKey:
        """Derive the key."""
        return SigningKey(self.origin, derive(self.secret, "evidence"))


def evidence_signer(public_url: str, secrets: Sequence[str]) -> EvidenceSigner:
    """Sign with the newest secret.

    The log is named after where it is published, without a scheme, as C2SP's checkpoints ask.
    """
    return EvidenceSigner(f"{urlsplit(public_url).netloc}/evidence", secrets[0])
