"""Reads the content credentials (C2PA) that a picture brings. Runs in the child only.

What they say is a stranger's: it is cut to a size here, and checked against its form by the parent.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from c2pa import Context, Reader, Settings

MARK: Final = b"jumb"
_MARKS: Final = (MARK, b"C2PA", b"caBX")
"""A box of JUMBF in a JPEG, a WebP's chunk, a PNG's: a picture with none of them has no credentials to look for."""

_SETTINGS: Final = {"version": 1, "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_MOST_ACTIONS: Final = 20
_MOST_LETTERS: Final = 200

Json = dict[str, Any]


_CONTEXT: Final = Context(Settings.from_dict(_SETTINGS))
"""Made now: the native library cannot be opened any more once the door is locked."""


def read(data: bytes, content_type: str) -> Json | None:
    """Sum up what a picture's own manifest says; None where it has none, or none that can be made sense of."""
    if not any(mark in data for mark in _MARKS):
        return None
    try:
        with Reader(content_type, io.BytesIO(data), context=_CONTEXT) as reader:
            return _summary(json.loads(reader.json()))
    except Exception:  # noqa: BLE001 -- whatever a stranger's manifest does to its reader, the picture is one still
        return None


def _summary(said: Json) -> Json | None:
    manifest = said.get("manifests", {}).get(said.get("active_manifest"))
    if not isinstance(manifest, Mapping):
        return None
    actions = list(islice(_actions(manifest), _MOST_ACTIONS))
    return {
        "generator": _generator(manifest),
        "signer": _text(manifest.get("signature_info", {}).get("issuer")),
        "state": _text(said.get("validation_state")),
        "source_types": sorted({_text(each.get("digitalSourceType")).rpartition("/")[2] for each in actions} - {""}),
        "actions": [_text(each.get("action")) for each in actions],
    }


def _actions(manifest: Mapping[str, Any]) -> Iterator[Json]:
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            yield from assertion.get("data", {}).get("actions", [])


def _generator(manifest: Mapping[str, Any]) -> str:
    """Name the program or camera, with its version: "Example Camera 2.1"."""
    infos = manifest.get("claim_generator_info") or [{"name": manifest.get("claim_generator")}]
    return _text(" ".join(str(infos[0].get(part) or "") for part in ("name", "version")).strip())


def _text(value: object) -> str:
    return str(value or "")[:_MOST_LETTERS]
