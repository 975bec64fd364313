"""Agreements in ODRL, as rdflib reads their JSON-LD: they say what the grant says, and nothing of who gave it unasked.

The context is the part of W3C's that agreements use, kept here: nothing is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from chorus.rights.domain.attesting import attest
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState, Kept, Via
from chorus.rights.domain.link import Brand
from chorus.rights.domain.odrl import PROFILE, agreement, holding
from chorus.scope import GrantedScope, Scope, Use, permits
from tests.unit.rights import samples
from tests.unit.rights.samples import HOME, LETTER, NOW, PDF, TERMS, WEB, WEB_AND_MAIL, first, ready, seen

# rdflib's own way of reading JSON-LD.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
CONTEXT = json.loads((Path(__file__).parent / "odrl" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
ODRL, SCHEMA = Namespace("http://www.w3.org/ns/odrl/2/"), Namespace("https://schema.org/")
CHORUS, DCT = Namespace(f"{PROFILE}#"), Namespace("http://purl.org/dc/terms/")
COUNTRY = DCT.ISO3166
GRANT, POST = "019a8f3d000170008000000000000009", "019a8f3c5e2b7c41a6d0e1f2a3b4c5d6"
UID = URIRef("urn:uuid:019a8f3d-0001-7000-8000-000000000009")
PICTURE = ready("lamp")
LUMEN = Brand("lumen", "Lumen")


def granted(scope: Scope = WEB_AND_MAIL, *, days: int = 365, credit: str = "Mira E.") -> Grant:
    """Make a grant of a picture."""
    return Grant(
        grant=GRANT,
        request="r",
        via=Via.LINK,
        scope=scope,
        surfaces=(HOME, LETTER),
        terms="share",
        terms_version=1,
        terms_language="en",
        terms_sha256=TERMS.sha256,
        media_sha256=(PICTURE.sha256,),
        revision=1,
        credit=credit,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=days) if days else None,
    )


def dossier(*grants: Grant) -> Dossier:
    return Dossier(seen(POST).revised(1, first(PICTURE)), grants=grants)


def read(grant: Grant, *, personal: bool = True) -> Graph:
    """Write an agreement and read its triples."""
    document = agreement(dossier(grant), grant, LUMEN, "https://public.example/", personal=personal)
    document = json.loads(json.dumps(document))
    asked, own = document["@context"]
    assert asked == "http://www.w3.org/ns/odrl.jsonld"
    return Graph().parse(data=json.dumps({**document, "@context": [CONTEXT, own]}), format="json-ld")


def one(graph: Graph, subject: Node, predicate: URIRef) -> Node:
    [found] = graph.objects(subject, predicate)
    return found


def permission(graph: Graph) -> Node:
    return one(graph, UID, ODRL.permission)


def constraints(graph: Graph) -> set[tuple[Node, Node, frozenset[Node]]]:
    return {
        (
            one(graph, each, ODRL.leftOperand),
            one(graph, each, ODRL.operator),
            frozenset(graph.objects(each, ODRL.rightOperand)),
        )
        for each in graph.objects(permission(graph), ODRL.constraint)
    }


def moment(at: datetime) -> Literal:
    return Literal(at.isoformat().replace("+00:00", "Z"), datatype=XSD.dateTime)


def test_what_follows_from_standing_consent_says_when_that_was_given() -> None:
    followed = replace(granted(), via=Via.STANDING, standing_given_at=NOW - timedelta(days=9))
    said = read(followed, personal=False).value(UID, CHORUS.standing)
    assert said == Literal("2026-11-14T12:00:00Z", datatype=XSD.dateTime)
    assert read(granted()).value(UID, CHORUS.standing) is None


def test_an_agreement_says_what_the_grant_says() -> None:
    graph = read(granted(replace(WEB_AND_MAIL, territories=frozenset({"DE", "AT"}))))
    assert one(graph, UID, RDF.type) == ODRL.Agreement
    assert one(graph, UID, ODRL.profile) == URIRef(PROFILE)
    assert one(graph, UID, ODRL.assignee) == URIRef("https://public.example/v1/lumen")
    assert one(graph, UID, DCT.issued) == moment(NOW)
    rule = permission(graph)
    assert set(graph.objects(rule, ODRL.action)) == {ODRL.display, ODRL.reproduce, ODRL.distribute}
    hashed = base64.urlsafe_b64encode(bytes.fromhex(PICTURE.sha256)).decode().rstrip("=")
    post = URIRef("urn:uuid:019a8f3c-5e2b-7c41-a6d0-e1f2a3b4c5d6")
    assert set(graph.objects(rule, ODRL.target)) == {post, URIRef(f"ni:///sha-256;{hashed}")}
    assert constraints(graph) == {
        (CHORUS.channel, ODRL.isAnyOf, frozenset({CHORUS.web, CHORUS.email})),
        (CHORUS.promotion, ODRL.eq, frozenset({CHORUS.unpaid})),
        (ODRL.spatial, ODRL.isAnyOf, frozenset({Literal("DE", datatype=COUNTRY), Literal("AT", datatype=COUNTRY)})),
        (ODRL.dateTime, ODRL.gteq, frozenset({moment(NOW)})),
        (ODRL.dateTime, ODRL.lt, frozenset({moment(NOW + timedelta(days=365))})),
    }
    terms = one(graph, UID, DCT.references)
    assert (one(graph, terms, SCHEMA.name), one(graph, terms, SCHEMA.version)) == (Literal("share"), Literal(1))
    shown = {str(one(graph, each, SCHEMA.name)) for each in graph.objects(UID, CHORUS.shown)}
    assert shown == {HOME.title, LETTER.title}


def test_every_word_of_an_agreement_becomes_a_triple() -> None:
    """A name that the contexts do not know would be dropped without a word."""
    known = set(CONTEXT) | {"@context", "@type", "@id", "@value"}

    def names(node: object) -> set[str]:
        if isinstance(node, list):
            return {name for each in node for name in names(each)}
        if isinstance(node, dict):
            return set(node) | names([value for name, value in node.items() if name != "@context"])
        return set()

    whole = granted(Scope(frozenset(Use), paid=True, territories=frozenset({"DE"}), derivatives=True, exclusive=True))
    document = agreement(dossier(whole), whole, LUMEN, "https://public.example", personal=True)
    assert {name for name in names(document) if ":" not in name} <= known
    graph = read(whole)
    assert not [each for each in graph.predicates() if not str(each).startswith(("http:", "https:"))]


def test_what_is_paid_without_end_and_changed_is_bounded_by_no_constraint() -> None:
    graph = read(granted(Scope(frozenset(Use), paid=True, derivatives=True), days=0))
    assert ODRL.derive in set(graph.objects(permission(graph), ODRL.action))
    assert {left for left, _, _ in constraints(graph)} == {CHORUS.channel, ODRL.dateTime}


def test_the_creator_is_named_by_the_line_that_they_chose() -> None:
    graph = read(granted())
    duty = one(graph, permission(graph), ODRL.duty)
    assert one(graph, duty, ODRL.action) == ODRL.attribute
    assert one(graph, duty, ODRL.attributedParty) == one(graph, UID, ODRL.assigner)
    assert one(graph, duty, SCHEMA.creditText) == Literal("Mira E.")
    without = read(granted(credit=""))
    assert list(without.objects(permission(without), ODRL.duty)) == []


def test_a_brand_s_copy_is_of_the_same_permission_and_tells_nobody_s_name() -> None:
    own, theirs = read(granted()), read(granted(), personal=False)
    assert constraints(own) == constraints(theirs)
    assert one(own, UID, ODRL.assigner) == one(theirs, UID, ODRL.assigner)
    left_out = {str(value) for _, _, value in own if not isinstance(value, BNode)} - {str(o) for _, _, o in theirs}
    account = seen(POST).account
    permalink = seen(POST).permalink
    assert left_out == {"Mira E.", account.handle, account.id, account.url, permalink}
    assert "mira" not in theirs.serialize(format="nt").lower()


@pytest.mark.parametrize("personal", [True, False])
def test_what_a_brand_attests_is_its_assertion_by_its_proof_and_nobody_s_agreement(personal: bool) -> None:
    made = attest(
        dossier(), samples.permission(scope=WEB_AND_MAIL), by="ada@lumen.example", now=NOW, grant=GRANT
    ).grants[0]
    graph = read(made, personal=personal)
    assert one(graph, UID, RDF.type) == ODRL.Assertion
    assert list(graph.objects(UID, ODRL.assigner)) == []
    assert one(graph, UID, CHORUS.basis) == CHORUS.contract
    assert one(graph, UID, DCT.date) == Literal("2026-11-03", datatype=XSD.date)
    hashed = base64.urlsafe_b64encode(hashlib.sha256(PDF).digest()).decode().rstrip("=")
    assert one(graph, UID, DCT.references) == URIRef(f"ni:///sha-256;{hashed}")
    assert constraints(graph) == constraints(read(granted()))
    assert "ada@" not in graph.serialize(format="nt")


def test_a_narrowed_grant_is_exported_as_what_is_left_of_it() -> None:
    later = NOW + timedelta(days=7)
    left = granted().narrowed_to(Kept(WEB, later), 1, NOW + timedelta(days=1))
    graph = read(left)
    assert (CHORUS.channel, ODRL.isAnyOf, frozenset({CHORUS.web})) in constraints(graph)
    assert (ODRL.dateTime, ODRL.lt, frozenset({moment(later)})) in constraints(graph)
    assert one(graph, UID, DCT.modified) == moment(NOW + timedelta(days=1))


@pytest.mark.parametrize("state", [GrantState.REVOKED, GrantState.EXPIRED])
def test_what_is_over_or_gone_is_not_exported(state: GrantState) -> None:
    """An agreement without a permission is none in ODRL."""
    grant = granted()
    assert holding(dossier(grant), NOW) == [grant]
    assert holding(dossier(grant.ended(state, NOW)), NOW) == []
    assert holding(dossier(grant), NOW + timedelta(days=365)) == []
    gone = dossier(grant)
    assert holding(gone.with_post(gone.post.gone(erased=False)), NOW) == []


SCOPES = st.builds(
    Scope,
    st.frozensets(st.sampled_from(Use), min_size=1),
    st.booleans(),
    st.frozensets(st.sampled_from(["AT", "DE", "FR"])),
    st.booleans(),
    st.booleans(),
)


@settings(deadline=None, max_examples=150, print_blob=True)
@given(SCOPES, SCOPES, st.sampled_from([0, 30]), st.sampled_from([-1, 0, 29, 30]))
def test_whoever_follows_the_constraints_allows_what_chorus_allows(
    scope: Scope, use: Scope, days: int, after: int
) -> None:
    grant, now = granted(scope, days=days), NOW + timedelta(days=after)
    allowed, _ = permits([GrantedScope(GRANT, scope, grant.valid_from, grant.valid_until)], use, now)
    assert followed(read(grant), use, now) == allowed


def followed(graph: Graph, use: Scope, now: datetime) -> bool:
    """Decide as a reader of ODRL does: each constraint alone, of what the use has, where the use has any place."""
    wanted = {ODRL.display, *([ODRL.derive] if use.derivatives else [])}
    if not wanted <= set(graph.objects(permission(graph), ODRL.action)):
        return False
    if use.exclusive and (permission(graph), CHORUS.exclusive, Literal(True)) not in graph:
        return False
    has: dict[URIRef, set[Node]] = {
        CHORUS.channel: {CHORUS[each.value] for each in use.uses},
        CHORUS.promotion: {CHORUS.paid if use.paid else CHORUS.unpaid},
        ODRL.spatial: {Literal(code, datatype=COUNTRY) for code in use.territories} or {Literal("the whole world")},
    }
    return all(_met(has, now, *each) for each in constraints(graph))


def _met(has: dict[URIRef, set[Node]], now: datetime, left: Node, operator: Node, right: frozenset[Node]) -> bool:
    if left != ODRL.dateTime:
        return has[URIRef(str(left))] <= right
    [bound] = (datetime.fromisoformat(str(each)) for each in right)
    return now >= bound if operator == ODRL.gteq else now < bound
