"""Rights' words in protobuf, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import singledispatch

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.events.v1 import erasure_pb2 as erasure
from chorus.api.events.v1 import rights_pb2 as events
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.errors import Invalid
from chorus.platform.facts import timestamp
from chorus.rights.domain import facts
from chorus.rights.domain.grant import Grant, Via
from chorus.rights.domain.offer import SurfaceShown
from chorus.rights.domain.post import Account, Picture, PictureState, Revision
from chorus.rights.domain.terms import Terms
from chorus.scope import Scope, Use

_USES = {
    Use.WEB: scope_pb2.USE_WEB,
    Use.SOCIAL: scope_pb2.USE_SOCIAL,
    Use.EMAIL: scope_pb2.USE_EMAIL,
    Use.ADS: scope_pb2.USE_ADS,
    Use.IN_STORE: scope_pb2.USE_IN_STORE,
    Use.PRINT: scope_pb2.USE_PRINT,
}
_READ_USES: dict[int, Use] = {number: use for use, number in _USES.items()}
_VIA = {
    Via.LINK: events.GRANT_VIA_LINK,
    Via.UPLOAD: events.GRANT_VIA_UPLOAD,
    Via.STANDING: events.GRANT_VIA_STANDING,
    Via.ATTESTED: events.GRANT_VIA_ATTESTED,
}
_STATES = {
    media_pb2.MEDIA_STATE_READY: PictureState.READY,
    media_pb2.MEDIA_STATE_FAILED: PictureState.FAILED,
}


def scope_message(scope: Scope) -> scope_pb2.Scope:
    """Write a scope."""
    return scope_pb2.Scope(
        uses=[_USES[use] for use in Use if use in scope.uses],
        paid=scope.paid,
        territories=sorted(scope.territories),
        derivatives=scope.derivatives,
        exclusive=scope.exclusive,
    )


def read_scope(message: scope_pb2.Scope) -> Scope:
    """Read a scope; Invalid where it names a use that is none."""
    uses, territories = read_uses(message.uses), frozenset(message.territories)
    return Scope(uses, message.paid, territories, message.derivatives, message.exclusive)


def heard_scope(message: scope_pb2.Scope) -> Scope:
    """Read a scope that another service tells of; one that names a use that is none becomes a scope without any."""
    known = all(number in _READ_USES for number in message.uses)
    return read_scope(message) if known else Scope(frozenset())


def read_uses(numbers: Iterable[int]) -> frozenset[Use]:
    """Read uses; Invalid where one is none."""
    wanted = list(numbers)
    unknown = [number for number in wanted if number not in _READ_USES]
    if unknown:
        message = f"Not a use: {unknown[0]}."
        raise Invalid(message, fields={"uses": message})
    return frozenset(_READ_USES[number] for number in wanted)


def surface_messages(surfaces: Iterable[SurfaceShown]) -> list[scope_pb2.SurfaceShown]:
    """Write surfaces as they were shown."""
    return [
        scope_pb2.SurfaceShown(
            surface=each.surface, title=each.title, address=each.address, scope=scope_message(each.scope)
        )
        for each in surfaces
    ]


def read_surfaces(messages: Iterable[scope_pb2.SurfaceShown]) -> tuple[SurfaceShown, ...]:
    """Read surfaces."""
    return tuple(SurfaceShown(each.surface, each.title, each.address, read_scope(each.scope)) for each in messages)


def heard_surfaces(messages: Iterable[scope_pb2.SurfaceShown]) -> tuple[SurfaceShown, ...]:
    """Read surfaces that another service tells of."""
    return tuple(SurfaceShown(each.surface, each.title, each.address, heard_scope(each.scope)) for each in messages)


def terms_message(terms: Terms) -> scope_pb2.TermsText:
    """Write a version of terms."""
    return scope_pb2.TermsText(
        terms=terms.terms,
        version=terms.version,
        language=terms.language,
        summary=terms.summary,
        text=terms.text,
        sha256=terms.sha256,
        minimum_age=terms.minimum_age,
    )


def read_terms(brand: str, message: scope_pb2.TermsText) -> Terms:
    """Read a version of terms."""
    return Terms(
        brand,
        message.terms,
        message.version,
        message.language,
        message.summary,
        message.text,
        message.sha256,
        message.minimum_age,
    )


def account_message(account: Account) -> media_pb2.Account:
    """Write an account."""
    return media_pb2.Account(
        platform=account.platform,
        id=account.id,
        handle=account.handle,
        display_name=account.display_name,
        url=account.url,
    )


def read_account(message: media_pb2.Account) -> Account:
    """Read an account."""
    return Account(message.platform, message.id, message.handle, message.display_name, message.url)


def read_picture(message: media_pb2.Media) -> Picture:
    """Read a picture; its whole message is its preview, for the pages that show it."""
    state = _STATES.get(message.state, PictureState.PENDING)
    return Picture(message.media, state, message.sha256, message.SerializeToString())


def media_messages(revision: Revision) -> list[media_pb2.Media]:
    """Write a revision's pictures as they were heard of."""
    return [media_pb2.Media.FromString(picture.preview) for picture in revision.pictures]


def stamp(at: datetime | None) -> Timestamp | None:
    """Write a moment; None stays unset."""
    return timestamp(at) if at else None


@singledispatch
def fact_message(fact: facts.Fact) -> Message:
    """Write a fact as it goes out on chorus.rights.v1."""
    raise TypeError(type(fact))


@fact_message.register
def _(fact: facts.Requested) -> Message:
    request = fact.request
    return events.Requested(
        request=request.request,
        scope=scope_message(request.offer.scope),
        terms_sha256=request.offer.terms_sha256,
        window_ends_at=stamp(request.window_ends_at),
    )


@fact_message.register
def _(fact: facts.Granted) -> Message:
    return _granted(fact.grant)


@fact_message.register
def _(fact: facts.Narrowed) -> Message:
    grant = fact.grant
    return events.Narrowed(
        grant=grant.grant,
        scope=scope_message(grant.scope),
        surfaces=surface_messages(grant.surfaces),
        valid_until=stamp(grant.valid_until),
    )


@fact_message.register
def _(fact: facts.Declined) -> Message:
    return events.Declined(request=fact.request)


@fact_message.register
def _(fact: facts.Lapsed) -> Message:
    return events.Lapsed(request=fact.request)


@fact_message.register
def _(fact: facts.Revoked | facts.Ended) -> Message:
    return events.Revoked(grant=fact.grant)


@fact_message.register
def _(fact: facts.Expired) -> Message:
    return events.Expired(grant=fact.grant)


@fact_message.register
def _(fact: facts.Forgotten | facts.Erased) -> Message:  # noqa: ARG001 -- it says no more than which post
    return erasure.Forgotten()


def _granted(grant: Grant) -> events.Granted:
    return events.Granted(
        grant=grant.grant,
        request=grant.request,
        via=_VIA[grant.via],
        scope=scope_message(grant.scope),
        terms_sha256=grant.terms_sha256,
        surfaces=surface_messages(grant.surfaces),
        media_sha256=grant.media_sha256,
        valid_from=stamp(grant.valid_from),
        valid_until=stamp(grant.valid_until),
        credit=grant.credit,
        revision=grant.revision,
    )
