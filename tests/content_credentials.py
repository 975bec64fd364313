"""Pictures that bring content credentials (C2PA), signed by nobody whom anyone knows."""

from __future__ import annotations

import io
from typing import Any, Final

from c2pa import Builder, C2paSignerInfo, Context, Settings, Signer

from chorus.publishing.adapters.credentials import development
from tests.picture_files import encoded, scene

AI: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
KINDS: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
SETTINGS: Final = {"verify": {"verify_after_sign": False}, "builder": {"thumbnail": {"enabled": False}}}


def with_credentials(kind: str = "JPEG", name: str = "Example Painter") -> bytes:
    """Draw a picture whose credentials say that a model made it."""
    given = development("a secret of nobody, long enough to be one")
    signer = Signer.from_info(C2paSignerInfo(given.algorithm, given.chain.encode(), given.key.encode(), None))
    created = {"action": "c2pa.created", "digitalSourceType": AI}
    definition: dict[str, Any] = {
        "claim_generator_info": [{"name": name, "version": "7"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }
    made = io.BytesIO()
    builder = Builder.from_json(definition, context=Context(Settings.from_dict(SETTINGS)))
    builder.sign(signer, KINDS[kind], io.BytesIO(encoded(scene(), kind)), made)
    return made.getvalue()
