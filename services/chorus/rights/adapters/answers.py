"""What the rights service answers, in protobuf."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from chorus.api.rights.v1 import contact_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.rights.adapters.attestation_messages import attestation_message, told_to_creators
from chorus.rights.adapters.claim_messages import claim_message, closed_as, wanted
from chorus.rights.adapters.contact_messages import CHANNELS, bar_message
from chorus.rights.adapters.wire import (
    account_message,
    media_messages,
    scope_message,
    stamp,
    surface_messages,
    terms_message,
)
from chorus.rights.domain.board import Column
from chorus.rights.domain.contact import Barred, public_words
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState
from chorus.rights.domain.offer import Span
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.request import Channel, Confirmation, Part, Request, RequestState
from chorus.rights.domain.standing import Ending, StandingConsent, lasting
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.domain.words import LINK_HINT, attested, filled
from chorus.rights.handlers.answering import View
from chorus.rights.handlers.looking import Card, Standing, Thread
from chorus.scope import GrantedScope

_REQUEST_STATES = {
    RequestState.REQUESTED: pb.REQUEST_STATE_REQUESTED,
    RequestState.CONFIRMING: pb.REQUEST_STATE_CONFIRMING,
    RequestState.GRANTED: pb.REQUEST_STATE_GRANTED,
    RequestState.DECLINED: pb.REQUEST_STATE_DECLINED,
    RequestState.LAPSED: pb.REQUEST_STATE_LAPSED,
    RequestState.SUPERSEDED: pb.REQUEST_STATE_SUPERSEDED,
}
_GRANT_STATES = {
    GrantState.ACTIVE: pb.GRANT_STATE_ACTIVE,
    GrantState.EXPIRED: pb.GRANT_STATE_EXPIRED,
    GrantState.REVOKED: pb.GRANT_STATE_REVOKED,
    GrantState.ENDED: pb.GRANT_STATE_ENDED,
}
_KINDS = {
    Kind.ASKED: pb.THREAD_KIND_ASKED,
    Kind.LINKED: pb.THREAD_KIND_LINKED,
    Kind.GRANTED: pb.THREAD_KIND_GRANTED,
    Kind.NARROWED: pb.THREAD_KIND_NARROWED,
    Kind.DECLINED: pb.THREAD_KIND_DECLINED,
    Kind.LAPSED: pb.THREAD_KIND_LAPSED,
    Kind.SUPERSEDED: pb.THREAD_KIND_SUPERSEDED,
    Kind.REVOKED: pb.THREAD_KIND_REVOKED,
    Kind.EXPIRED: pb.THREAD_KIND_EXPIRED,
    Kind.ATTESTED: pb.THREAD_KIND_ATTESTED,
    Kind.ATTESTATION_ENDED: pb.THREAD_KIND_ATTESTATION_ENDED,
    Kind.SAID_YES: pb.THREAD_KIND_SAID_YES,
    Kind.ANSWERED_IN_PUBLIC: pb.THREAD_KIND_ANSWERED_IN_PUBLIC,
    Kind.MAILED: pb.THREAD_KIND_MAILED,
    Kind.MAIL_FAILED: pb.THREAD_KIND_MAIL_FAILED,
    Kind.REMINDED: pb.THREAD_KIND_REMINDED,
    Kind.GUARDIAN_AGREED: pb.THREAD_KIND_GUARDIAN_AGREED,
    Kind.PERSON_AGREED: pb.THREAD_KIND_PERSON_AGREED,
    Kind.STANDING_GIVEN: pb.THREAD_KIND_STANDING_GIVEN,
    Kind.STANDING_ENDED: pb.THREAD_KIND_STANDING_ENDED,
    Kind.STANDING_OVER: pb.THREAD_KIND_STANDING_OVER,
    Kind.CLAIMED: pb.THREAD_KIND_CLAIMED,
    Kind.LINK_MAILED: pb.THREAD_KIND_LINK_MAILED,
    Kind.CLAIM_CLOSED: pb.THREAD_KIND_CLAIM_CLOSED,
    Kind.CLAIM_REOPENED: pb.THREAD_KIND_CLAIM_REOPENED,
    Kind.TAKEN_DOWN: pb.THREAD_KIND_TAKEN_DOWN,
}
_NO_LINKS: Mapping[str, str] = MappingProxyType({})
_PARTS = {Part.GUARDIAN: pb.PART_GUARDIAN, Part.PERSON: pb.PART_PERSON}
COLUMNS = {
    Column.TO_ASK: pb.COLUMN_TO_ASK,
    Column.ASKED: pb.COLUMN_ASKED,
    Column.GRANTED: pb.COLUMN_GRANTED,
    Column.ENDING_SOON: pb.COLUMN_ENDING_SOON,
    Column.DECLINED: pb.COLUMN_DECLINED,
    Column.LAPSED: pb.COLUMN_LAPSED,
    Column.ENDED: pb.COLUMN_ENDED,
    Column.CLAIMED: pb.COLUMN_CLAIMED,
}
READ_COLUMNS = {number: column for column, number in COLUMNS.items()}


def request_message(post: str, request: Request, links: Mapping[str, str] = _NO_LINKS) -> pb.RightsRequest:
    """Write a request. `links` are those by which others agree, by their parts' ids: for its creator alone."""
    return pb.RightsRequest(
        request=request.request,
        post=post,
        state=_REQUEST_STATES[request.state],
        scope=scope_message(request.offer.scope),
        surfaces=surface_messages(request.offer.surfaces),
        message=request.message,
        terms=request.offer.terms,
        terms_version=request.offer.terms_version,
        terms_sha256=request.offer.terms_sha256,
        created_at=stamp(request.created_at),
        window_ends_at=stamp(request.window_ends_at),
        answered_at=stamp(request.answered_at),
        by=request.by,
        days=request.offer.days,
        revision=request.revision,
        code=request.code,
        said_yes_at=stamp(request.said_yes_at),
        said_yes_in=request.said_yes_in,
        confirmations=[_confirmation(each, links) for each in request.confirmations],
        standing=_span(request.offer.standing) if request.offer.standing else None,
        standing_agreed=bool(request.offer.standing and request.answer and request.answer.standing),
    )


def grant_message(post: str, grant: Grant) -> pb.Grant:
    """Write a grant."""
    return pb.Grant(
        grant=grant.grant,
        request=grant.request,
        post=post,
        state=_GRANT_STATES[grant.state],
        scope=scope_message(grant.scope),
        surfaces=surface_messages(grant.surfaces),
        media_sha256=grant.media_sha256,
        terms_sha256=grant.terms_sha256,
        terms_language=grant.terms_language,
        valid_from=stamp(grant.valid_from),
        valid_until=stamp(grant.valid_until),
        ended_at=stamp(grant.ended_at),
        via=grant.via.value,
        credit=grant.credit,
        narrowed_at=stamp(grant.narrowed_at),
        attestation=attestation_message(grant.attestation) if grant.attestation else None,
        standing_given_at=stamp(grant.standing_given_at),
    )


def consent_message(consent: StandingConsent) -> pb.StandingConsent:
    """Write a standing consent."""
    return pb.StandingConsent(
        starts=stamp(consent.span.starts),
        until=stamp(consent.span.until),
        given_at=stamp(consent.given_at),
        ended_at=stamp(consent.ended_at),
        taken_back=consent.ended is Ending.TAKEN_BACK,
    )


def card_message(card: Card, column: Column, barred: Barred | None) -> pb.Card:
    """Write a card of the board, with why its creator may not be contacted now."""
    post, claim = card.dossier.post, card.dossier.claim
    return pb.Card(
        post=post.post,
        column=COLUMNS[column],
        account=account_message(post.account),
        text=post.shown.text,
        media=media_messages(post.shown),
        request=request_message(post.post, card.request) if card.request else None,
        grant=grant_message(post.post, card.grant) if card.grant else None,
        at=stamp(card.at),
        barred=bar_message(barred) if barred else None,
        attested=attested(card.dossier),
        claim=claim_message(claim) if claim and claim.open else None,
    )


def standing_message(standing: Standing) -> pb.PostRights:
    """Write how a post's rights stand, the newest first."""
    dossier = standing.dossier
    post = dossier.post.post
    return pb.PostRights(
        post=post,
        requests=[request_message(post, each) for each in reversed(dossier.requests)],
        grants=[grant_message(post, each) for each in reversed(dossier.grants)],
        summary=standing.summary,
        column=COLUMNS[standing.column] if standing.column else pb.COLUMN_UNSPECIFIED,
        permits=standing.permits,
        attested=attested(dossier),
        standing=consent_message(standing.consent) if standing.consent else None,
        claim=claim_message(dossier.claim) if dossier.claim else None,
    )


def thread_message(thread: Thread) -> pb.Thread:
    """Write what happened about a post's rights."""
    dossier = thread.dossier
    post = dossier.post.post
    return pb.Thread(
        events=[_event(thread, each) for each in thread.events],
        requests=[request_message(post, each) for each in dossier.requests],
        grants=[grant_message(post, each) for each in dossier.grants],
    )


def template_message(template: Template) -> pb.Template:
    """Write a template."""
    return pb.Template(brand=template.brand, template=template.template, title=template.title, message=template.message)


def view_message(view: View, links: Mapping[str, str], *, nonce: str = "", erase_nonce: str = "") -> pb.CreatorView:
    """Write what a creator's page shows. `links` are those by which others agree, by their parts' ids."""
    post = view.dossier.post
    shown = post.at(view.revision)
    message = _whose(view)
    message.MergeFrom(
        pb.CreatorView(
            post=post.post,
            text=shown.text,
            media=media_messages(shown),
            permalink=post.permalink,
            request=request_message(post.post, view.request, links) if view.request else None,
            terms=terms_message(view.terms) if view.terms else None,
            grant=grant_message(post.post, view.grant) if view.grant else None,
            nonce=nonce,
            being_prepared=_being_prepared(view.dossier, view),
            post_withdrawn=post.withdrawn,
            erase_nonce=erase_nonce,
            erased=post.erased,
            agreed_at=stamp(view.part.agreed_at) if view.part else None,
            refused_at=stamp(view.part.refused_at) if view.part else None,
            attested=[told_to_creators(grant_message(post.post, each)) for each in view.attested],
            standing=consent_message(view.standing) if view.standing else None,
        )
    )
    return message


def views_message(
    views: Sequence[View], links: Mapping[str, str], terms: Terms | None, *, nonce: str, revoke_nonce: str
) -> pb.CreatorView:
    """Write what the page of a link shows that leads to several posts. `terms` are those of all open questions."""
    message = _whose(next((view for view in views if not view.dossier.post.erased), views[0]))
    linked = [view_message(replace(view, terms=None), links) for view in views]
    terms_shown = terms_message(terms) if terms else None
    consent = lasting(view.standing for view in views if view.standing)
    message.MergeFrom(
        pb.CreatorView(
            terms=terms_shown,
            nonce=nonce,
            revoke_nonce=revoke_nonce,
            linked=linked,
            standing=consent_message(consent) if consent else None,
        )
    )
    return message


def receipt_message(document: Mapping[str, Any]) -> pb.Receipt:
    """Write a receipt: the document as its holder keeps it."""
    said = document["receipt"]
    return pb.Receipt(
        kind=said["kind"],
        at=stamp(datetime.fromisoformat(said["at"])),
        document=_written(document),
    )


def agreement_message(grant: Grant, document: Mapping[str, Any]) -> pb.Agreement:
    """Write an agreement: the document as others read it."""
    return pb.Agreement(grant=grant.grant, document=_written(document))


def narrowed_message(grant: GrantedScope) -> pb.NarrowedGrant:
    """Write what is left of a grant."""
    return pb.NarrowedGrant(grant=grant.grant, scope=scope_message(grant.scope), valid_until=stamp(grant.valid_until))


def policy_message(policy: Policy) -> pb.Policy:
    """Write a policy."""
    return pb.Policy(
        brand=policy.brand,
        ask_on_approval=policy.ask_on_approval,
        scope=scope_message(policy.scope),
        surfaces=surface_messages(policy.surfaces),
        terms=policy.terms,
        message=policy.message,
        days=policy.days,
    )


def _span(span: Span) -> pb.Standing:
    return pb.Standing(starts=stamp(span.starts), until=stamp(span.until))


def _whose(view: View) -> pb.CreatorView:
    """Write who asks, who is asked, and whose link it is."""
    return pb.CreatorView(
        brand=view.brand.brand,
        brand_name=view.brand.name,
        brand_accent=view.brand.accent,
        account=account_message(view.dossier.post.account),
        part=_PARTS[view.part.part] if view.part else pb.PART_UNSPECIFIED,
    )


def _confirmation(part: Confirmation, links: Mapping[str, str]) -> pb.Confirmation:
    return pb.Confirmation(
        part=_PARTS[part.part],
        agreed_at=stamp(part.agreed_at),
        refused_at=stamp(part.refused_at),
        link=links.get(part.confirmation, ""),
    )


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _event(thread: Thread, event: Event) -> pb.ThreadEvent:
    asked = thread.dossier.request(event.subject) if event.kind is Kind.ASKED else None
    return pb.ThreadEvent(
        kind=_KINDS[event.kind],
        at=stamp(event.at),
        subject=event.subject,
        by=event.by,
        scope=scope_message(event.scope) if event.scope else None,
        message=_words(thread, asked) if asked else "",
        channel=CHANNELS[event.channel] if event.channel else contact_pb2.CHANNEL_UNSPECIFIED,
        detail=event.detail if event.channel else "",
        said_in=event.said_in,
        claim=wanted(event),
        outcome=closed_as(event),
    )


def _words(thread: Thread, asked: Request) -> str:
    account = thread.dossier.post.account
    if asked.channel is Channel.REPLY:
        return public_words(asked, account, thread.brand, thread.policy)
    return filled(asked.message, creator=account.called, brand=thread.brand.name, link=LINK_HINT)


def _being_prepared(dossier: Dossier, view: View) -> bool:
    """Tell whether consent has come with the upload and its grant has not been recorded yet."""
    waiting = dossier.post.consent is not None and not dossier.consented
    return waiting and view.request is None and not dossier.post.withdrawn
