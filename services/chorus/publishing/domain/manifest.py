"""What Chorus states about a public rendition and signs: a manifest definition as C2PA's tools take it.

Assertions are those of C2PA 2.4 and, for rights in words and for training and mining, of the Creator Assertions
Working Group (CAWG), which C2PA left them to.
"""

from __future__ import annotations

from typing import Any, Final

from chorus.publishing.domain.labels import DATA_MINING, Labels, legible, source_type_url
from chorus.publishing.domain.shown import Copy

_CONTEXT: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
}
_NOT_ALLOWED: Final = ("cawg.ai_generative_training", "cawg.ai_inference", "cawg.ai_training", "cawg.data_mining")
_ORIGINAL: Final = "original"

# JSON, as C2PA's tools read it.
Manifest = dict[str, Any]


def manifest(copy: Copy, labels: Labels, version: str) -> Manifest:
    """State what was done with a picture, and under what rights it is shown; `version` is that of Chorus.

    What Chorus did itself is *created*; whose rights they are was told to it, which C2PA calls gathered.
    """
    return {
        "claim_generator_info": [{"name": "Chorus", "version": version}],
        "title": copy.file,
        "format": copy.content_type,
        "ingredients": [
            {"label": _ORIGINAL, "relationship": "parentOf", "title": "The picture as its creator shared it"}
        ],
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": {"actions": _actions(copy.source_type)}},
            {
                "label": "cawg.training-mining",
                "data": {"entries": {each: {"use": "notAllowed"} for each in _NOT_ALLOWED}},
            },
            {"label": "cawg.metadata", "kind": "Json", "data": {"@context": _CONTEXT, **_rights(labels)}},
        ],
    }


def _actions(source_type: str) -> list[Manifest]:
    """Tell what happened: opened, brought into a form for the web, its metadata replaced by credit, published."""
    opened: Manifest = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_ORIGINAL]}}
    if source_type:
        opened["digitalSourceType"] = source_type_url(source_type)
    return [
        opened,
        {"action": "c2pa.transcoded"},
        {"action": "c2pa.edited.metadata"},
        {"action": "c2pa.published"},
    ]


def _rights(labels: Labels) -> Manifest:
    """Say what the file's XMP says, where nobody can change it unseen."""
    creator, licensor_url = legible(labels.creator), legible(labels.licensor_url)
    said: Manifest = {
        "dc:creator": [creator],
        "dc:rights": legible(labels.copyright_notice),
        "photoshop:Credit": legible(labels.credit),
        "xmpRights:UsageTerms": legible(labels.usage_terms),
        "xmpRights:WebStatement": legible(labels.web_statement),
        "plus:Licensor": [{"plus:LicensorName": creator, "plus:LicensorURL": licensor_url}],
        "plus:DataMining": DATA_MINING,
    }
    return {name: value for name, value in said.items() if value}
