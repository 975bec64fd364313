"""The rights service over gRPC: each rpc is one transaction around one handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import grpc
from psycopg import Connection

from chorus.api.rights.v1 import contact_pb2, rights_pb2_grpc
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import scope_pb2
from chorus.errors import Invalid, NotFound
from chorus.evidence.keys import published
from chorus.evidence.receipt import issue
from chorus.platform import paging, telemetry
from chorus.platform.facts import moment, timestamp
from chorus.platform.idempotency import once
from chorus.platform.rpc import Mounted
from chorus.platform.secrets import new_secret, sha256_hex
from chorus.rights.adapters import answers, wire
from chorus.rights.adapters.attestation_servicer import AttestationServicer
from chorus.rights.adapters.claim_servicer import ClaimServicer
from chorus.rights.adapters.contact_messages import read_channel
from chorus.rights.adapters.contact_servicer import ContactServicer
from chorus.rights.adapters.evidence import EvidenceLog, Sealer
from chorus.rights.adapters.standing_work import StandingWork
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.adapters.wiring import Wiring, address_of, caller
from chorus.rights.domain import odrl
from chorus.rights.domain.board import Column, Filter
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.evidence import IMPERSONAL
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.link import Brand, Link, Purpose, named
from chorus.rights.domain.offer import Span
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.request import Answer, Channel, Request
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.words import LINK_HINT, REMINDER, filled, link_words
from chorus.rights.handlers import answering, asking, looking, templates, terms
from chorus.rights.handlers.barring import bars
from chorus.rights.ports import Row

Context = grpc.ServicerContext
_MOST_LEAVES = 1_000
_Decides = pb.AnswerRequest | pb.ConfirmRequest | pb.NarrowRequest | pb.RevokeRequest | pb.EraseRequest


class RightsServicer(ContactServicer, AttestationServicer, ClaimServicer):
    """See rights.proto: the contract stands there."""

    def __init__(self, wiring: Wiring) -> None:
        """Keep the wiring."""
        super().__init__(wiring)
        self._sealer = Sealer(wiring.database, wiring.signer)
        self._standing = StandingWork(wiring.database)

    def CreateTerms(self, request: pb.CreateTermsRequest, context: Context) -> scope_pb2.TermsText:
        def act() -> scope_pb2.TermsText:
            added = terms.create_terms(PostgresStore(conn), _terms(request))
            return wire.terms_message(added)

        with self._wiring.transaction() as conn:
            return once(conn, "CreateTerms", request, scope_pb2.TermsText, act)

    def ListTerms(self, request: pb.ListTermsRequest, context: Context) -> pb.ListTermsResponse:
        with self._wiring.store() as store:
            return pb.ListTermsResponse(terms=[wire.terms_message(each) for each in store.all_terms(request.brand)])

    def CreateRequest(self, request: pb.CreateRequestRequest, context: Context) -> pb.CreateRequestResponse:
        now = self._wiring.clock()

        def act() -> pb.RightsRequest:
            dossier, asked = asking.create_request(
                PostgresStore(conn),
                request.brand,
                request.post,
                _asked(request, now),
                occasion=asking.Occasion(caller(), now, self._wiring.window, self._wiring.means),
            )
            telemetry.add_links(dossier.post.links)
            return answers.request_message(request.post, asked)

        with self._wiring.transaction() as conn:
            asked = once(conn, "CreateRequest", request, pb.RightsRequest, act)
            # The link is no part of what is remembered, since secrets are kept nowhere: asked for again, it is a
            # fresh one, or none where the request has been closed since.
            store = PostgresStore(conn)
            given = pb.CreateLinkResponse()
            dossier = store.lock(request.brand, request.post)
            if dossier.open is not None and asking.awaits_answer(dossier, asked.request, now):
                given = self._given(store, dossier, dossier.open, now)
            return pb.CreateRequestResponse(request=asked, link=given.link, message=given.message)

    def CreateLink(self, request: pb.CreateLinkRequest, context: Context) -> pb.CreateLinkResponse:
        now = self._wiring.clock()
        with self._wiring.store() as store:
            found = asking.open_requests(store, request.brand, request.request, request.others, now)
            for dossier, asked in found:
                asking.check_link(store, self._wiring.means.vault, dossier, asked)
                asking.note_link(store, dossier, asked, by=caller(), now=now)
            return self._create_link(store, found, now)

    def Remind(self, request: contact_pb2.RemindRequest, context: Context) -> contact_pb2.RemindResponse:
        now, means, channel = self._wiring.clock(), self._wiring.means, read_channel(request.channel)
        reminded = asking.Reminded(request.brand, request.request, channel, request.email, caller())

        def act() -> contact_pb2.RemindResponse:
            asking.remind(PostgresStore(conn), means, reminded, now)
            return contact_pb2.RemindResponse()

        with self._wiring.transaction() as conn:
            once(conn, "Remind", request, contact_pb2.RemindResponse, act)
            if channel is Channel.EMAIL:
                return contact_pb2.RemindResponse()
            store = PostgresStore(conn)
            [(dossier, asked)] = asking.open_requests(store, request.brand, request.request, (), now)
            if channel is Channel.REPLY:
                return contact_pb2.RemindResponse(message=asking.public(store, dossier, asked))
            given = self._create_link(store, [(dossier, asked)], now, words=REMINDER)
            return contact_pb2.RemindResponse(link=given.link, message=given.message)

    def ListCards(self, request: pb.ListCardsRequest, context: Context) -> pb.ListCardsResponse:
        column = _column(request.column)
        limit = paging.size(request.page_size)
        wanted, after = _filter(request.filter), _row(request.page_token)
        with self._wiring.store() as store:
            now, brand = self._wiring.clock(), request.brand
            found, more = looking.cards(store, brand, column, wanted, now=now, after=after, limit=limit)
            barred = bars(store, self._wiring.means.vault, brand, {card.dossier.post.creator for card in found}, now)
        token = paging.encode(more.post, more.at.isoformat(), int(more.first)) if more else ""
        cards = [answers.card_message(card, column, barred.get(card.dossier.post.creator)) for card in found]
        return pb.ListCardsResponse(cards=cards, next_page_token=token)

    def CountCards(self, request: pb.CountCardsRequest, context: Context) -> pb.CountCardsResponse:
        wanted = _filter(request.filter)
        with self._wiring.store() as store:
            counts = store.counts(request.brand, wanted, self._wiring.clock())
        columns = [pb.ColumnCount(column=answers.COLUMNS[each], cards=counts.get(each, 0)) for each in Column]
        return pb.CountCardsResponse(counts=columns)

    def BatchGetPostRights(
        self, request: pb.BatchGetPostRightsRequest, context: Context
    ) -> pb.BatchGetPostRightsResponse:
        with self._wiring.store() as store:
            found = looking.standings(store, request.brand, request.posts, self._wiring.clock())
        return pb.BatchGetPostRightsResponse(rights=[answers.standing_message(each) for each in found])

    def GetThread(self, request: pb.GetThreadRequest, context: Context) -> pb.Thread:
        with self._wiring.store() as store:
            found = looking.thread(store, request.brand, request.post)
        return answers.thread_message(found) if found else pb.Thread()

    def CreateTemplate(self, request: pb.CreateTemplateRequest, context: Context) -> pb.Template:
        def act() -> pb.Template:
            return answers.template_message(templates.create_template(PostgresStore(conn), _template(request)))

        with self._wiring.transaction() as conn:
            return once(conn, "CreateTemplate", request, pb.Template, act)

    def ListTemplates(self, request: pb.ListTemplatesRequest, context: Context) -> pb.ListTemplatesResponse:
        limit = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, str) or ("",)
        with self._wiring.store() as store:
            found = store.templates(request.brand, after=str(after), limit=limit + 1)
        token = paging.encode(found[limit - 1].template) if len(found) > limit else ""
        return pb.ListTemplatesResponse(
            templates=[answers.template_message(each) for each in found[:limit]], next_page_token=token
        )

    def UpdateTemplate(self, request: pb.UpdateTemplateRequest, context: Context) -> pb.Template:
        def act() -> pb.Template:
            return answers.template_message(templates.update_template(PostgresStore(conn), _template(request)))

        with self._wiring.transaction() as conn:
            return once(conn, "UpdateTemplate", request, pb.Template, act)

    def DeleteTemplate(self, request: pb.DeleteTemplateRequest, context: Context) -> pb.DeleteTemplateResponse:
        def act() -> pb.DeleteTemplateResponse:
            templates.delete_template(PostgresStore(conn), request.brand, request.template)
            return pb.DeleteTemplateResponse()

        with self._wiring.transaction() as conn:
            return once(conn, "DeleteTemplate", request, pb.DeleteTemplateResponse, act)

    def GetPolicy(self, request: pb.GetPolicyRequest, context: Context) -> pb.Policy:
        with self._wiring.store() as store:
            policy = store.policy(request.brand)
        if policy is None:
            message = "Nothing is asked by itself yet."
            raise NotFound(message, reason="POLICY_NOT_FOUND")
        return answers.policy_message(policy)

    def SetPolicy(self, request: pb.SetPolicyRequest, context: Context) -> pb.Policy:
        wanted = _policy(request.brand, request.policy)

        def act() -> pb.Policy:
            return answers.policy_message(terms.set_policy(PostgresStore(conn), wanted))

        with self._wiring.transaction() as conn:
            return once(conn, "SetPolicy", request, pb.Policy, act)

    def CheckGrants(self, request: pb.CheckGrantsRequest, context: Context) -> pb.CheckGrantsResponse:
        self._wiring.journal.check_read()
        now = self._wiring.clock()
        with self._wiring.store() as store:
            checked = looking.check_grants(store, request.grants, now)
        narrowed = [answers.narrowed_message(each) for each in checked.narrowed]
        return pb.CheckGrantsResponse(active=checked.active, ended=checked.ended, narrowed=narrowed, at=timestamp(now))

    def GetLink(self, request: pb.GetLinkRequest, context: Context) -> pb.CreatorView:
        with self._wiring.store() as store:
            links = answering.find_links(store, *address_of(request.link))
            return self._view(store, links, answering.see(store, links, request.languages))

    def Answer(self, request: pb.AnswerRequest, context: Context) -> pb.CreatorView:
        def act(store: PostgresStore, links: list[Link], *, nonce: str, now: datetime) -> list[answering.View]:
            chosen = answering.chosen(links, request.posts)
            return answering.answer(store, chosen, _said(request), nonce=nonce, now=now, means=self._wiring.means)

        return self._decide(request, Purpose.ANSWER, act, ends=not request.grant)

    def Confirm(self, request: pb.ConfirmRequest, context: Context) -> pb.CreatorView:
        act = partial(answering.confirm, agrees=request.agree, means=self._wiring.means)
        return self._decide(request, Purpose.CONFIRM, act, ends=not request.agree)

    def GetReceipts(self, request: pb.GetReceiptsRequest, context: Context) -> pb.GetReceiptsResponse:
        with self._wiring.transaction() as conn:
            store = PostgresStore(conn)
            link = answering.only(answering.own_links(store, *address_of(request.link)))
            return self._receipts(conn, link.brand, link.post, link.request)

    def GetPostReceipts(self, request: pb.GetPostReceiptsRequest, context: Context) -> pb.GetReceiptsResponse:
        with self._wiring.transaction() as conn:
            return self._receipts(conn, request.brand, request.post, None, only=IMPERSONAL)

    def GetAgreements(self, request: pb.GetAgreementsRequest, context: Context) -> pb.GetAgreementsResponse:
        with self._wiring.store() as store:
            link = answering.only(answering.own_links(store, *address_of(request.link)))
            [view] = answering.see(store, [link])
        answered = view.dossier.given_by(link.request)
        given = [each for each in odrl.holding(view.dossier, self._wiring.clock()) if each in answered]
        return self._agreements(view.dossier, given, view.brand, personal=True)

    def GetPostAgreements(self, request: pb.GetPostAgreementsRequest, context: Context) -> pb.GetAgreementsResponse:
        with self._wiring.store() as store:
            brand = store.brand(request.brand)
            found = next(iter(store.read(request.brand, [request.post])), None)
        if found is None:
            return pb.GetAgreementsResponse()
        return self._agreements(found, odrl.holding(found, self._wiring.clock()), brand, personal=False)

    def GetEvidenceLog(self, request: pb.GetEvidenceLogRequest, context: Context) -> pb.EvidenceLog:
        with self._evidence() as log:
            return pb.EvidenceLog(keys=json.dumps(published(log.keys()), indent=2), checkpoint=log.head())

    def GetEvidenceConsistency(
        self, request: pb.GetEvidenceConsistencyRequest, context: Context
    ) -> pb.GetEvidenceConsistencyResponse:
        with self._evidence() as log:
            return pb.GetEvidenceConsistencyResponse(proof=log.consistency(request.old_size, request.size))

    def GetEvidenceLeaves(self, request: pb.GetEvidenceLeavesRequest, context: Context) -> pb.GetEvidenceLeavesResponse:
        if request.start < 0:
            message = "Leaves are counted from 0."
            raise Invalid(message, fields={"start": message})
        limit = paging.size(request.limit, default=_MOST_LEAVES, most=_MOST_LEAVES)
        with self._evidence() as log:
            leaves, checkpoints = log.leaves(request.start, limit)
        return pb.GetEvidenceLeavesResponse(leaves=leaves, checkpoints=checkpoints)

    def Narrow(self, request: pb.NarrowRequest, context: Context) -> pb.CreatorView:
        # A narrowing is numbered within its grant: first it must be known how many there were.
        self._wiring.journal.check_read()
        scope = wire.read_scope(request.scope)
        until = moment(request.valid_until, "valid_until") if request.HasField("valid_until") else None
        return self._decide(request, Purpose.MANAGE, partial(answering.allow_less, scope=scope, until=until))

    def Revoke(self, request: pb.RevokeRequest, context: Context) -> pb.CreatorView:
        _, named = address_of(request.link)
        revoke = partial(answering.revoke, only_new=request.only_new, whole=named is None)
        return self._decide(request, Purpose.MANAGE, answering.end_attested if request.attested_only else revoke)

    def Erase(self, request: pb.EraseRequest, context: Context) -> pb.CreatorView:
        return self._decide(request, Purpose.ERASE, answering.have_erased)

    def _decide(
        self, request: _Decides, purpose: Purpose, act: Callable[..., list[answering.View]], *, ends: bool = True
    ) -> pb.CreatorView:
        """Let whoever has a link decide. It is in the log of evidence, and an end in the journal, before the answer."""
        find = answering.find_links if purpose is Purpose.CONFIRM else answering.own_links
        with self._wiring.store() as store:
            links = find(store, *address_of(request.link))
            nonce = self._wiring.nonces.read(request.nonce, named(links), purpose)
            for view in act(store, links, nonce=nonce, now=self._wiring.clock()):
                telemetry.add_links(view.dossier.post.links)
        if ends:
            self._standing.revoke_soon(self._wiring.clock)
            self._wiring.journal.write_soon()
        self._sealer.seal_soon()
        with self._wiring.store() as store:
            return self._view(store, links, answering.see(store, links))

    @contextmanager
    def _evidence(self) -> Iterator[EvidenceLog]:
        with self._wiring.transaction() as conn:
            yield EvidenceLog(conn, self._wiring.signer)

    def _receipts(
        self,
        conn: Connection[Any],
        brand: str,
        post: str,
        subject: str | None,
        *,
        only: frozenset[str] | None = None,
    ) -> pb.GetReceiptsResponse:
        names = {"brand": PostgresStore(conn).brand(brand).name}
        log = EvidenceLog(conn, self._wiring.signer)
        log.publish_key()
        found = log.sealed(brand, post, subject)
        waiting = log.waiting(brand, post, subject)
        documents = [issue(each, names, self._wiring.signer.key, only=only) for each in found]
        return pb.GetReceiptsResponse(receipts=[answers.receipt_message(each) for each in documents], waiting=waiting)

    def _agreements(
        self, dossier: Dossier, grants: Iterable[Grant], brand: Brand, *, personal: bool
    ) -> pb.GetAgreementsResponse:
        def made(grant: Grant) -> pb.Agreement:
            document = odrl.agreement(dossier, grant, brand, self._wiring.public_url, personal=personal)
            return answers.agreement_message(grant, document)

        return pb.GetAgreementsResponse(agreements=[made(each) for each in grants])

    def _given(self, store: PostgresStore, dossier: Dossier, asked: Request, now: datetime) -> pb.CreateLinkResponse:
        """Hand out what goes to the creator: a link in its words, or words for the public, which hold none."""
        if asked.channel is Channel.REPLY:
            return pb.CreateLinkResponse(message=asking.public(store, dossier, asked))
        if asked.channel is Channel.EMAIL:
            return pb.CreateLinkResponse(message=_message(store, dossier, asked.message, LINK_HINT))
        return self._create_link(store, [(dossier, asked)], now)

    def _create_link(
        self, store: PostgresStore, found: Sequence[tuple[Dossier, Request]], now: datetime, *, words: str = ""
    ) -> pb.CreateLinkResponse:
        secret = new_secret()
        for dossier, asked in found:
            asking.add_link(store, dossier, asked, sha256=sha256_hex(secret), now=now)
        [first, asked], address = found[0], self._page(secret)
        message = _message(store, first, words or link_words(asked), address)
        return pb.CreateLinkResponse(link=address, message=message)

    def _view(self, store: PostgresStore, links: Sequence[Link], views: Sequence[answering.View]) -> pb.CreatorView:
        made = partial(self._wiring.nonces.make, named(links))
        passed_on = self._passed_on(store, views)
        if len(links) == 1:
            [view] = views
            erase_nonce = "" if view.part else made(Purpose.ERASE)
            return answers.view_message(view, passed_on, nonce=made(view.purpose), erase_nonce=erase_nonce)
        purpose, revoke_nonce = (Purpose.CONFIRM, "") if views[0].part else (Purpose.ANSWER, made(Purpose.MANAGE))
        return answers.views_message(
            views, passed_on, answering.asked_together(views), nonce=made(purpose), revoke_nonce=revoke_nonce
        )

    def _passed_on(self, store: PostgresStore, views: Sequence[answering.View]) -> dict[str, str]:
        """Answer the links by which others agree, by their parts' ids: for the creator alone."""
        awaited = {
            each.confirmation
            for view in views
            for each in (view.request.awaited if view.request and not view.part else ())
        }
        secrets = {each: self._wiring.confirm_links.secret(store, each) for each in awaited}
        return {part: self._page(secret) for part, secret in secrets.items() if secret}

    def _page(self, secret: str) -> str:
        return f"{self._wiring.public_url.rstrip('/')}/r/{secret}"


def mounted(wiring: Wiring) -> Mounted:
    """Make the servicer, ready to be put on a server."""
    descriptor = pb.DESCRIPTOR.services_by_name["Rights"]
    return Mounted(rights_pb2_grpc.add_RightsServicer_to_server, RightsServicer(wiring), descriptor)


def _message(store: PostgresStore, dossier: Dossier, words: str, address: str) -> str:
    brand = store.brand(dossier.post.brand).name
    return filled(words, creator=dossier.post.account.called, brand=brand, link=address)


def _asked(request: pb.CreateRequestRequest, now: datetime) -> asking.Asked:
    return asking.Asked(
        wire.read_scope(request.scope),
        wire.read_surfaces(request.surfaces),
        request.days,
        request.message,
        request.terms,
        request.terms_version,
        request.only_new,
        read_channel(request.channel),
        request.email,
        _span(request.standing, now) if request.HasField("standing") else None,
    )


def _span(asked: pb.Standing, now: datetime) -> Span:
    starts = moment(asked.starts, "standing.starts") if asked.HasField("starts") else now
    return Span(starts, moment(asked.until, "standing.until"))


def _terms(request: pb.CreateTermsRequest) -> Terms:
    said = request
    return Terms(said.brand, said.terms, said.version, said.language, said.summary, said.text, "", said.minimum_age)


def _said(request: pb.AnswerRequest) -> Answer:
    return Answer(
        request.grant,
        wire.read_uses(request.uses),
        request.credit,
        request.language,
        request.of_age if request.HasField("of_age") else None,
        request.others,
        request.standing,
    )


def _filter(chosen: pb.CardFilter) -> Filter:
    uses = wire.read_uses(chosen.uses)
    return Filter(uses, chosen.surface, chosen.creator, chosen.text, chosen.asked_by)


def _template(request: pb.CreateTemplateRequest | pb.UpdateTemplateRequest) -> Template:
    return Template(request.brand, request.template, request.title.strip(), request.message.strip())


def _policy(brand: str, policy: pb.Policy) -> Policy:
    return Policy(
        brand,
        policy.ask_on_approval,
        wire.read_scope(policy.scope),
        wire.read_surfaces(policy.surfaces),
        policy.terms,
        policy.message,
        policy.days,
    )


def _column(number: int) -> Column:
    if number in answers.READ_COLUMNS:
        return answers.READ_COLUMNS[pb.Column.ValueType(number)]
    message = "Name a column of the board."
    raise Invalid(message, fields={"column": message})


def _row(token: str) -> Row | None:
    parts = paging.decode(token, str, str, int)
    return Row(str(parts[0]), paging.moment(str(parts[1])), bool(parts[2])) if parts else None
