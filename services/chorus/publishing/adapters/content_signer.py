"""Signs public renditions by C2PA, in memory and last of all: whoever changes a byte after that breaks the seal."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.publishing.adapters.credentials import Credentials
from chorus.publishing.domain.labels import Labels
from chorus.publishing.domain.manifest import manifest
from chorus.publishing.domain.shown import Copy

if TYPE_CHECKING:
    from c2pa import Context, Signer

log = logs.logger(__name__)
_VERSION: Final = version("chorus")
# The purposes that C2PA lets a signing certificate have: e-mail protection, document signing, C2PA's own claim signing.
PURPOSES: Final = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.4.1.62558.2.1\n"
# A picture beside itself would only make the file larger, and nothing that is asked for here is worth a connection.
_SETTINGS: Final = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},
    "trust": {"trust_config": PURPOSES},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}


class ContentSigner:
    """Signs with an installation's credentials, from several threads at a time.

    The native library is loaded for the first picture: who never signs never pays for it.
    """

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        """Sign with what `credentials` answers, which is asked once, when it is needed first."""
        self._credentials = credentials
        self._lock = threading.Lock()

    def sign(self, data: bytes, copy: Copy, labels: Labels) -> bytes:
        """Give a stamped rendition back with its manifest. Raises `Unavailable` with `CANNOT_SIGN`."""
        from c2pa import Builder, C2paError

        signed = io.BytesIO()
        try:
            context, signer = self._ready()
            builder = Builder.from_json(manifest(copy, labels, _VERSION), context=context)
            builder.sign(signer, copy.content_type, io.BytesIO(data), signed)
        except C2paError as error:
            log.error("a picture cannot be signed", file=copy.file, problem=str(error))  # noqa: TRY400 -- said in words
            message = "Pictures cannot be signed just now: chorus doctor says why."
            raise Unavailable(message, reason="CANNOT_SIGN") from error
        return signed.getvalue()

    def _ready(self) -> tuple[Context, Signer]:
        with self._lock:
            return self._tools

    @cached_property
    def _tools(self) -> tuple[Context, Signer]:
        from c2pa import C2paSignerInfo, Context, Settings, Signer

        given = self._credentials()
        info = C2paSignerInfo(given.algorithm, given.chain.encode(), given.key.encode(), given.timestamps or None)
        return Context(Settings.from_dict(_SETTINGS)), Signer.from_info(info)
