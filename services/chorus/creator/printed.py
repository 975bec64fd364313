"""What a receipt says, on the page and on paper: what was agreed, and on paper all that proves it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.creator import portable
from chorus.creator.language import N_, Language
from chorus.creator.seen import claims, declined, refused
from chorus.creator.sheet import Attachment, Fact, Photo, Section, Sheet
from chorus.creator.words import Words, called, capital

_KINDS = {
    "granted": N_("You allowed it"),
    "narrowed": N_("You allowed less"),
    "declined": N_("You said no"),
    "revoked": N_("You took it back"),
    "expired": N_("Its time was over"),
    "standing_ended": N_("Consent to later posts ended"),
    "ended": N_("It was taken down"),
    "erased": N_("You had it erased"),
}
# What ended neither by the creator nor by anybody else who was asked.
_OVER = {
    "expired": N_("This ended on %(day)s."),
    "ended": N_("%(name)s took this down on %(day)s, since somebody said that it is theirs. What you allowed is over."),
}
# Where it was somebody else whose yes was needed as well.
_BY_OTHERS = {"declined": N_("Not allowed"), "revoked": N_("It was taken back")}
_PARTS = {pb.PART_GUARDIAN: N_("A parent or guardian"), pb.PART_PERSON: N_("A person in the picture")}
# What turns a line around. A name of somebody's would do so with all of it; on paper, isolates of ours keep it apart.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ISOLATES = {"<bdi>": "\u2068", "</bdi>": "\u2069"}


def agreed(view: pb.CreatorView, say: Words) -> Iterator[Fact]:
    """List what was given by a link, one fact after the other; nothing where nothing was."""
    if not view.HasField("grant"):
        return
    grant, scope = view.grant, view.grant.scope
    yield Fact(say.gettext("You allowed"), say.own(view.brand_name))
    yield Fact(say.gettext("To show this"), capital(say.where(scope)))
    yield Fact(say.gettext("Paid promotion"), say.gettext("Yes") if scope.paid else say.gettext("No"))
    yield Fact(say.gettext("Countries"), say.countries(scope))
    kept = say.gettext("None, but to make it fit in size")
    yield Fact(say.gettext("Changes"), say.gettext("Cropping and overlays") if scope.derivatives else kept)
    yield Fact(say.gettext("Others"), say.others(scope))
    yield Fact(say.gettext("Named as"), say.own(grant.credit) or "–")
    yield Fact(say.gettext("From"), say.dated(grant.valid_from))
    ends = grant.HasField("valid_until")
    yield Fact(say.gettext("Until"), say.dated(grant.valid_until) if ends else say.gettext("No end date"))
    if grant.via == "standing":
        yield Fact(say.gettext("By consent to later posts"), say.dated(grant.standing_given_at))
    elif view.request.standing_agreed:
        span = say.span(view.request.standing, grant.valid_from.ToDatetime(UTC))
        yield Fact(say.gettext("Later posts too"), capital(span))
    if grant.surfaces:
        yield Fact(say.gettext("Shown to you"), say.places(grant.surfaces))
    for each in view.request.confirmations:
        if each.HasField("agreed_at"):
            who = say.gettext(_PARTS[each.part])
            yield Fact(say.gettext("Agreed as well"), say.clauses(who, say.day(each.agreed_at)))
    terms = {"terms": say.own(view.terms.terms), "version": view.terms.version}
    yield Fact(say.gettext("Terms"), Markup(say.gettext("%(terms)s, version %(version)s")) % terms)  # noqa: S704 -- our own sentence
    yield Fact(say.gettext("Terms’ SHA-256"), grant.terms_sha256, code=True)
    for sha256 in grant.media_sha256:
        yield Fact(say.gettext("Picture’s SHA-256"), sha256, code=True)
    yield Fact(say.gettext("Number"), grant.grant, code=True)


def kinds(view: pb.CreatorView) -> Mapping[str, str]:
    """Name the receipts of a link by their kinds."""
    return {**_KINDS, **_BY_OTHERS} if refused(view) else _KINDS


def settled(view: pb.CreatorView, state: str, say: Words) -> Iterator[Markup]:
    """Say how things stand, where that is not what was agreed: by the answer, and by the end of each claim."""
    name = say.own(view.brand_name)
    if sentence := _answered(view, state, say):
        at = view.grant.ended_at if view.HasField("grant") else view.request.answered_at
        yield _filled(sentence, say.day(at), name)
    for claim in claims(view, pb.GRANT_STATE_REVOKED):
        yield _filled(_ended(view, say), say.day(claim.ended_at), name)


def _answered(view: pb.CreatorView, state: str, say: Words) -> str:
    by_others = refused(view)
    if state == "revoked" and by_others:
        return say.gettext("This was taken back on %(day)s.")
    if state == "revoked":
        return say.gettext("You took this back on %(day)s.")
    if state in _OVER:
        return say.gettext(_OVER[state])
    if not declined(view):
        return ""
    if by_others:
        return say.gettext("Somebody who had to agree as well said no on %(day)s. %(name)s may not show this.")
    return say.gettext("You said no on %(day)s. %(name)s may not show this.")


def _ended(view: pb.CreatorView, say: Words) -> str:
    """Whoever had to agree as well ends a claim too, by a link of their own."""
    if refused(view):
        return say.gettext("What %(name)s said that it may do by another permission ended on %(day)s.")
    return say.gettext("On %(day)s you ended what %(name)s said that it may do by another permission.")


def _filled(sentence: str, day: str, name: str) -> Markup:
    return Markup(sentence) % {"day": day, "name": name}  # noqa: S704 -- our own sentence


class Printing:
    """Puts one receipt on paper, in one language."""

    def __init__(self, view: pb.CreatorView, state: str, language: Language, public_url: str) -> None:
        """Say what a link is about and how that stands; the log of evidence is published at `public_url`."""
        self._view = view
        self._state = state
        self._language = language
        self._say = Words(language)
        self._public_url = public_url

    def sheet(
        self, receipts: Mapping[str, pb.Receipt], keys: str, photos: Sequence[tuple[bytes, str]], now: datetime
    ) -> Sheet:
        """Put together what is printed: each proof, the keys, and photos (JPEG, and what they show)."""
        view, say = self._view, self._say
        name = say.own(view.brand_name or view.brand)
        files = list(self._files(receipts, keys))
        return Sheet(
            title=plain(Markup(say.gettext("Receipt · %(name)s")) % {"name": name}),  # noqa: S704 -- our own sentence
            language=self._language.tag,
            direction=self._language.direction,
            accent=view.brand_accent,
            made_at=now.isoformat(),
            brand=plain(name),
            heading=say.gettext("Your receipt"),
            notice=plain(Markup(" ").join(settled(view, self._state, say))),
            photos=[
                Photo(base64.b64encode(data).decode(), plain(alt) or say.gettext("Your picture"))
                for data, alt in photos
            ],
            facts=[*self._post(), *(Fact(each.label, plain(each.value), each.code) for each in agreed(view, say))],
            sections=[self._proof(name, receipts, files)],
            files=files,
        )

    def _post(self) -> Iterator[Fact]:
        """Say which post it is about, while that is known here."""
        account, address = called(self._view.account), Markup("<bdi>{}</bdi>").format(self._view.permalink)
        if account and not self._view.post_withdrawn:
            yield Fact(self._say.gettext("Your post"), f"{plain(self._say.own(account))}\n{plain(address)}")

    def _proof(self, name: str, receipts: Mapping[str, pb.Receipt], files: Sequence[Attachment]) -> Section:
        say = self._say
        sentences = (
            say.gettext("This page is to read and to print. The proof is attached to it, as files: %(files)s."),
            say.gettext("Open %(address)s in a browser and choose the attached files, or give them to %(program)s."),
            say.gettext("Nobody is asked, not even %(name)s: once that page is saved, it works without a network."),
        )
        values = {
            "files": say.listed(Markup("<bdi>{}</bdi>").format(each.name) for each in files),
            "address": Markup("<bdi>{}/evidence/verify</bdi>").format(self._public_url),
            "program": Markup("<bdi>chorus-verify</bdi>"),
            "name": name,
        }
        documents = [json.loads(each.document) for each in receipts.values()]
        facts = [
            Fact(say.gettext(kinds(self._view)[each.kind]), f"{say.day(each.at)} · {plain(self._placed(document))}")
            for each, document in zip(receipts.values(), documents, strict=True)
        ]
        checkpoint = documents[-1]["evidence"]["checkpoint"]
        return Section(
            say.gettext("The proof, to keep"),
            [plain(Markup(each) % values) for each in sentences],  # noqa: S704 -- our own sentences
            [*facts, Fact(say.gettext("Checkpoint of the log"), checkpoint.rstrip(), code=True)],
        )

    def _placed(self, document: Mapping[str, Any]) -> str:
        """Say where the log holds an entry."""
        evidence, say = document["evidence"], self._say
        log, size, *_ = evidence["checkpoint"].split("\n")
        place = Markup(say.gettext("Entry %(place)s of %(log)s, which had %(size)s."))  # noqa: S704 -- our own sentence
        said = place % {"place": evidence["leaf"], "log": Markup("<bdi>{}</bdi>").format(log), "size": size}
        return said + (" " + say.gettext("It has a time stamp of an authority.") if "stamp" in evidence else "")

    def _files(self, receipts: Mapping[str, pb.Receipt], keys: str) -> Iterator[Attachment]:
        say = self._say
        for name, each in receipts.items():
            yield Attachment(f"receipt-{name}.json", "application/json", say.gettext("The receipt"), each.document)
        yield Attachment("keys.json", "application/jwk-set+json", say.gettext("The keys that it is checked with"), keys)
        if self._view.HasField("terms"):
            text = portable.terms(self._view.terms)
            yield Attachment("terms.md", "text/markdown", say.gettext("The terms, as you were shown them"), text)


def plain(text: str) -> str:
    """Write for paper what was written for a page: names that are set apart there are isolated here."""
    bare = _TURNING.sub("", text)
    if not isinstance(text, Markup):
        return bare
    for tag, control in _ISOLATES.items():
        bare = bare.replace(tag, control)
    return Markup(bare).striptags()  # noqa: S704 -- read, and not shown, as such
