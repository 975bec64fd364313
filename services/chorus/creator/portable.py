"""What is in the one file that a creator carries away, part by part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import attestation_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import scope_pb2
from chorus.creator import words
from chorus.creator.language import N_, Language

_README = (
    N_("This is your post as it is known here, with what was asked and what you decided."),
    N_("post.json: your post, what was asked, what you gave, and where it is shown now, where that is known."),
    N_("terms.md: the terms as you were shown them. Its SHA-256 is the one that your receipts name."),
    N_("receipts: the signed proof of each decision. keys.json is what they are checked with, also without us."),
    N_("takedowns: the signed certificates of where it was taken off. keys.json is what they are checked with too."),
    N_("receipt.pdf: the same to read and to print, with the proofs attached."),
    N_("odrl.jsonld: what is allowed now, for programs to read (W3C ODRL)."),
    N_(
        "pictures: the largest copies that are given out. The original files never leave the place where they are kept."
    ),
    N_("What is missing does not exist, or could not be fetched just now; post.json tells of each picture."),
    N_("Receipts that are still being signed are missing too: save everything again in a minute."),
)
Picture = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Export:
    """What is in the file; `shown` is None where that cannot be known just now. Certificates are the oldest first."""

    view: pb.CreatorView
    shown: list[publishing_pb2.Placement] | None
    receipts: dict[str, pb.Receipt]
    keys: str
    agreement: str
    certificates: list[str]


def texts(export: Export, language: Language) -> Iterator[tuple[str, str]]:
    """List the small files by name."""
    say = language.catalogue.gettext
    yield "README.txt", "\n\n".join(say(each) for each in _README) + "\n"
    if export.view.HasField("terms"):
        yield "terms.md", terms(export.view.terms)
    for name, receipt in export.receipts.items():
        yield f"receipts/{name}.json", receipt.document
    for number, certificate in enumerate(export.certificates, 1):
        yield f"takedowns/{number}.json", certificate
    if export.agreement:
        yield "odrl.jsonld", export.agreement
    yield "keys.json", export.keys


def newest(takedown: publishing_pb2.Takedown) -> str:
    """Answer the newest certificate of a take-down that has one: it says all that those before it say."""
    return takedown.certificates[-1].document


def terms(shown: scope_pb2.TermsText) -> str:
    """Write terms as their hash is made of them."""
    return f"{shown.language}\n{shown.summary}\n{shown.text}"


def post(export: Export, found: list[Picture]) -> str:
    """Write post.json, with what became of each picture."""
    return _json(_post(export, found))


def _post(export: Export, found: list[Picture]) -> dict[str, Any]:
    view = export.view
    account = view.account
    return {
        "brand": {"id": view.brand, "name": view.brand_name},
        "post": view.post,
        "account": {
            "platform": account.platform,
            "id": account.id,
            "handle": account.handle,
            "name": account.display_name,
            "url": account.url,
        },
        # As on the page: what is gone from where it came from is not shown again.
        "text": "" if view.post_withdrawn else view.text,
        "permalink": view.permalink,
        "pictures": found,
        "withdrawn": view.post_withdrawn,
        "erased": view.erased,
        "asked": _asked(view.request) if view.HasField("request") else None,
        "given": _given(view.grant) if view.HasField("grant") else None,
        # What the brand says that it may do besides: its word, and not the creator's.
        "attested_by_brand": [_attested(each) for each in view.attested],
        "shown_now": None if export.shown is None else [_placed(each) for each in export.shown],
    }


def _asked(request: pb.RightsRequest) -> dict[str, Any]:
    return {
        "request": request.request,
        "state": _state(pb.RequestState.Name(request.state)),
        "scope": _scope(request.scope),
        "surfaces": _surfaces(request.surfaces),
        "days": request.days,
        "message": request.message,
        "terms_sha256": request.terms_sha256,
        "asked_at": words.iso(request.created_at),
        "answer_until": words.iso(request.window_ends_at),
        "answered_at": words.iso(request.answered_at) if request.HasField("answered_at") else None,
        "later_posts": _span(request) if request.HasField("standing") else None,
    }


def _span(request: pb.RightsRequest) -> dict[str, Any]:
    return {
        "from": words.iso(request.standing.starts),
        "until": words.iso(request.standing.until),
        "allowed": request.standing_agreed,
    }


def _given(grant: pb.Grant) -> dict[str, Any]:
    return {
        "grant": grant.grant,
        "state": _state(pb.GrantState.Name(grant.state)),
        "by": grant.via,
        "scope": _scope(grant.scope),
        "surfaces": _surfaces(grant.surfaces),
        "credit": grant.credit,
        "pictures_sha256": list(grant.media_sha256),
        "terms_sha256": grant.terms_sha256,
        "terms_language": grant.terms_language,
        "valid_from": words.iso(grant.valid_from),
        "valid_until": words.iso(grant.valid_until) if grant.HasField("valid_until") else None,
        "narrowed_at": words.iso(grant.narrowed_at) if grant.HasField("narrowed_at") else None,
        "ended_at": words.iso(grant.ended_at) if grant.HasField("ended_at") else None,
        "standing_given_at": words.iso(grant.standing_given_at) if grant.HasField("standing_given_at") else None,
    }


def _attested(grant: pb.Grant) -> dict[str, Any]:
    said = grant.attestation
    told = {
        "basis": attestation_pb2.Basis.Name(said.basis).removeprefix("BASIS_").lower(),
        "other": said.other,
        "given_by": said.given_by,
        "given_on": said.given_on,
    }
    nothing = ("by", "terms_sha256", "terms_language", "narrowed_at")
    return told | {name: value for name, value in _given(grant).items() if name not in nothing}


def _placed(placement: publishing_pb2.Placement) -> dict[str, str]:
    return {
        "title": placement.surface_title or placement.surface,
        "address": placement.surface_address,
        "since": words.iso(placement.placed_at),
    }


def _scope(scope: scope_pb2.Scope) -> dict[str, Any]:
    return {
        "uses": [use.value for use in words.uses(scope)],
        "paid_promotion": scope.paid,
        "territories": list(scope.territories),
        "derivatives": scope.derivatives,
        "exclusive": scope.exclusive,
    }


def _surfaces(surfaces: Iterable[scope_pb2.SurfaceShown]) -> list[dict[str, str]]:
    return [{"title": each.title, "address": each.address} for each in surfaces]


def _state(name: str) -> str:
    """Shorten an enum's name: "GRANT_STATE_ACTIVE" is "active"."""
    return name.rpartition("_STATE_")[2].lower()


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
