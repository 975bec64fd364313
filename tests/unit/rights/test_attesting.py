"""What a brand attests: its own word with proof, which never stands against the creator's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from chorus.errors import Conflict, Invalid
from chorus.rights.domain.attestation import Basis
from chorus.rights.domain.board import EVERY_CARD, Column
from chorus.rights.domain.evidence import IMPERSONAL, Statement, statements
from chorus.rights.domain.facts import Ended, Granted, Narrowed, Revoked
from chorus.rights.domain.grant import Grant, GrantState, Via
from chorus.rights.domain.journal import End, EndKind, end_again, ends
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import Wish
from chorus.rights.domain.post import Account
from chorus.rights.domain.proof import MOST_BYTES, Proof, proof_of, proof_problem
from chorus.rights.domain.request import Answer
from chorus.rights.domain.thread import Kind
from chorus.rights.domain.words import attested_in_words
from chorus.rights.handlers import answering, attesting, hearing, looking, opting
from chorus.rights.handlers.timing import pass_time
from chorus.scope import Scope, Use
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import HOME, NOW, PDF, TERMS, WEB, WEB_AND_MAIL, WINDOW, coming, permission, ready
from tests.unit.rights.test_rights import LINK, NO, YES, answer, approve, ask, capture, column, dossier, refusal

ADA = "ada@lumen.example"
PNG, JPEG = b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest"
MAIL = "From: Mira <mira@example.com>\r\nSubject: Yes\r\n\r\nYou may. – Mira ✨\r\n".encode()


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has terms and one approved post with a picture."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    capture(made, "p1", ready("pic"))
    approve(made, "p1")
    return made


def attest(store: FakeStore, post: str = "p1", *, grant: str = "a1", **given: object) -> Grant:
    """Attest as a rights manager does."""
    made = permission(**given)
    return attesting.attest_grant(store, "lumen", post, made, by=ADA, now=NOW, means=samples.means(lambda: grant))[1]


def end(store: FakeStore, grant: str = "a1", *, reason: str = "The contract was cancelled.") -> Grant:
    return attesting.end_attestation(store, "lumen", grant, reason=reason, by="bo@lumen.example", now=NOW)[1]


def take_back(store: FakeStore) -> answering.View:
    [view] = answering.revoke(store, answering.find_links(store, LINK), nonce="m", now=NOW)
    return view


def told(store: FakeStore) -> list[Kind]:
    return [event.kind for event in store.thread("lumen", "p1")]


def test_what_is_attested_is_a_grant_of_the_pictures_that_would_be_shown_and_of_no_terms(store: FakeStore) -> None:
    grant = attest(store)
    assert (grant.via, grant.request, grant.scope, grant.surfaces) == (Via.ATTESTED, "", WEB, (HOME,))
    assert (grant.terms, grant.terms_version, grant.terms_language, grant.terms_sha256) == ("", 0, "", "")
    assert (grant.media_sha256, grant.revision, grant.credit) == ((ready("pic").sha256,), 1, "Mira E.")
    assert (grant.valid_from, grant.valid_until) == (NOW, NOW + timedelta(days=365))
    said = grant.attestation
    assert said is not None
    assert (said.basis, said.given_by, said.given_on, said.by) == (
        Basis.CONTRACT,
        "Studio North",
        date(2026, 11, 3),
        ADA,
    )
    assert said.proof == Proof("contract.pdf", "application/pdf", len(PDF), hashlib.sha256(PDF).hexdigest())
    assert attesting.find_proof(store, "lumen", "a1") == (said.proof, PDF)
    assert store.told[-1] == ("lumen", "p1", Granted(grant))
    assert column(store) is Column.GRANTED
    assert store.active(["a1"], NOW) == ["a1"]


def test_it_holds_for_days_or_to_an_end_or_without_one(store: FakeStore) -> None:
    assert attest(store, days=30, until=None).valid_until == NOW + timedelta(days=30)
    assert attest(store, grant="a2", until=None).valid_until is None
    with pytest.raises(Invalid) as caught:
        attest(store, days=30)
    assert set(caught.value.fields) == {"valid_until"}


def test_only_an_approved_post_that_is_there_and_complete_is_attested(store: FakeStore) -> None:
    assert refusal(lambda: attest(store, "nowhere")) == "POST_NOT_YET_HERE"
    capture(store, "p2", ready("pic"))
    assert refusal(lambda: attest(store, "p2")) == "NOT_APPROVED"
    capture(store, "p3", coming("pic"))
    approve(store, "p3")
    assert refusal(lambda: attest(store, "p3")) == "PICTURE_COMING"
    hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    assert refusal(lambda: attest(store)) == "POST_WITHDRAWN"
    assert store.told == []


SAYS: dict[str, Callable[[FakeStore], object]] = {
    "no": lambda store: answer(store, NO),
    "takes back": lambda store: (answer(store, YES), take_back(store)),
    "allows less": lambda store: (
        answer(store, YES),
        answering.allow_less(store, answering.find_links(store, LINK), WEB, None, nonce="m", now=NOW),
    ),
}


@pytest.mark.parametrize("says", SAYS)
def test_no_brand_attests_against_what_its_creator_said(store: FakeStore, says: str) -> None:
    ask(store)
    SAYS[says](store)
    assert refusal(lambda: attest(store)) == "SAID_NO"


@pytest.mark.parametrize("says", SAYS)
def test_whatever_a_creator_says_but_yes_ends_what_the_brand_had_attested(store: FakeStore, says: str) -> None:
    """In whichever order the two come, the creator's word stands."""
    attest(store)
    ask(store)
    SAYS[says](store)
    [attested] = dossier(store).attested
    assert (attested.state, attested.ended_at) == (GrantState.REVOKED, NOW)
    assert Revoked("a1", request="ff-id1") in [fact for _, _, fact in store.told]
    assert refusal(lambda: attest(store)) == "SAID_NO"


ENDS: dict[str, Callable[[FakeStore], object]] = {
    "takes back": take_back,
    "allows less": lambda store: answering.allow_less(
        store, answering.find_links(store, LINK), WEB, None, nonce="m", now=NOW
    ),
    "erases": lambda store: answering.have_erased(store, answering.find_links(store, LINK), nonce="m", now=NOW),
}


@pytest.mark.parametrize("ends", ENDS)
def test_what_the_brand_attested_ends_before_what_the_creator_gave(store: FakeStore, ends: str) -> None:
    """In between, publishing would show the post by the brand's word, and find that nothing has left."""
    ask(store)
    given = answer(store, YES).grant
    attest(store)
    before = len(store.told)
    ENDS[ends](store)
    first, second, *_ = (fact for _, _, fact in store.told[before:])
    assert isinstance(first, Revoked)
    assert first.grant == "a1"
    assert given is not None
    assert second == Revoked(given.grant, request="ff-id1") or isinstance(second, Narrowed)


def test_a_yes_stands_beside_what_was_attested_and_goes_before_it(store: FakeStore) -> None:
    attest(store, scope=WEB_AND_MAIL)
    ask(store)
    view = answer(store, YES)
    assert view.grant is not None
    attest(store, grant="a2", scope=WEB_AND_MAIL)
    assert [grant.active for grant in dossier(store).attested] == [True, True]
    assert dossier(store).covering == view.grant, "also before what was attested after it"
    [standing] = looking.standings(store, "lumen", ["p1"], NOW)
    assert standing.summary.startswith("Lumen may show this")


def test_while_the_creator_may_still_answer_nothing_is_attested(store: FakeStore) -> None:
    ask(store)
    assert refusal(lambda: attest(store)) == "ALREADY_ASKED"
    later = NOW + WINDOW
    pass_time(store, samples.means(), "lumen", "p1", later)
    made = permission(until=None)
    _, grant = attesting.attest_grant(store, "lumen", "p1", made, by=ADA, now=later, means=samples.means(lambda: "a1"))
    assert grant.active


def test_a_link_that_gave_nothing_ends_what_was_attested_and_nothing_else(store: FakeStore) -> None:
    """Also one whose question nobody answered in time."""
    ask(store)
    pass_time(store, samples.means(), "lumen", "p1", NOW + WINDOW)
    assert refusal(lambda: take_back(store)) == "NO_GRANT"
    attest(store)
    view = take_back(store)
    assert [grant.state for grant in view.attested] == [GrantState.REVOKED]
    before = list(store.told)
    take_back(store)
    assert store.told == before, "again is the same"


def test_an_upload_s_own_link_takes_nothing_that_was_attested_for_what_its_uploader_gave(store: FakeStore) -> None:
    """Nothing was: what was agreed to with it could not be asked."""
    unasked = replace(samples.consent(), offer=replace(samples.OFFER, days=-1))
    hearing.captured(samples.hearing(store, "up"), samples.seen("up", unasked), samples.first(ready("own")))
    approve(store, "up")
    attest(store, "up")
    [view] = answering.see(store, answering.find_links(store, "a" * 64))
    assert (view.grant, [grant.grant for grant in view.attested]) == (None, ["a1"])


def test_an_uploader_who_withdraws_ends_what_was_attested_of_the_upload(store: FakeStore) -> None:
    hearing.captured(samples.hearing(store, "up"), samples.seen("up", samples.consent()), samples.first(ready("own")))
    approve(store, "up")
    attest(store, "up", scope=WEB_AND_MAIL)
    assert dossier(store, "up").granted_by("") != dossier(store, "up").attested[0]
    hearing.withdrawn(samples.hearing(store, "up"), erased=False)
    assert [grant.state for grant in dossier(store, "up").grants] == [GrantState.REVOKED] * 2


def test_until_all_who_have_to_agree_have_done_so_nothing_is_attested_and_one_who_does_not_ends_it(
    store: FakeStore,
) -> None:
    """Whose word it needs beside the creator's goes before the brand's, too."""
    attest(store)
    ask(store)
    view = answer(store, Answer(grant=True, others=1))
    assert refusal(lambda: attest(store, grant="a2")) == "ALREADY_ASKED"
    assert view.request is not None
    [other] = view.request.confirmations
    links = answering.find_links(store, f"link of {other.confirmation}")
    [seen] = answering.see(store, links)
    assert seen.attested == [], "it is no business of theirs"
    answering.confirm(store, links, agrees=False, nonce="c", now=NOW, means=samples.means())
    assert [grant.state for grant in dossier(store).attested] == [GrantState.REVOKED]
    assert Revoked("a1", "person", "ff-id1") in [fact for _, _, fact in store.told]
    assert refusal(lambda: attest(store)) == "SAID_NO"


def test_nothing_is_attested_of_whoever_does_not_want_to_be_asked(store: FakeStore) -> None:
    ask(store)
    opting.choose(store, samples.VAULT, LINK, Wish.BRAND, NOW)
    answer(store, YES)
    assert refusal(lambda: attest(store)) == "OPTED_OUT"


def test_the_brand_ends_what_it_attested_once_and_with_a_reason(store: FakeStore) -> None:
    attest(store)
    with pytest.raises(Invalid) as caught:
        end(store, reason=" ")
    assert set(caught.value.fields) == {"reason"}
    ended = end(store)
    said = ended.attestation
    assert said is not None
    assert (ended.state, said.ended_by, said.end_reason) == (
        GrantState.ENDED,
        "bo@lumen.example",
        "The contract was cancelled.",
    )
    assert end(store, reason="Again.") == ended
    assert [fact for _, _, fact in store.told][1:] == [Ended("a1")]
    assert told(store) == [Kind.ATTESTED, Kind.ATTESTATION_ENDED]
    assert [event.by for event in store.thread("lumen", "p1")] == [ADA, "bo@lumen.example"]
    assert attest(store, grant="a2").active, "nobody said no"


def test_a_brand_ends_nothing_that_a_creator_gave(store: FakeStore) -> None:
    ask(store)
    view = answer(store, YES)
    assert view.grant is not None
    given = view.grant.grant
    for name in (given, "x"):
        assert refusal(partial(end, store, name)) == "ATTESTATION_NOT_FOUND"
        assert refusal(partial(attesting.find_proof, store, "lumen", name)) == "ATTESTATION_NOT_FOUND"


def test_another_brand_finds_nothing(store: FakeStore) -> None:
    attest(store)
    assert refusal(lambda: attesting.find_proof(store, "other", "a1")) == "ATTESTATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scope": Scope(frozenset()), "surfaces": ()}, "scope.uses"),
        ({"surfaces": (samples.LETTER,)}, "surfaces[0]"),
        ({"days": -1, "until": None}, "days"),
        ({"until": NOW}, "valid_until"),
        ({"until": NOW + timedelta(days=40_000)}, "valid_until"),
        ({"basis": None}, "basis"),
        ({"basis": Basis.OTHER}, "other"),
        ({"basis": Basis.OTHER, "other": "x" * 81}, "other"),
        ({"given_by": " \n"}, "given_by"),
        ({"given_on": "3 Nov 2026"}, "given_on"),
        ({"given_on": "2026-11-25"}, "given_on"),
        ({"given_on": "1815-06-18"}, "given_on"),
        ({"note": "x" * 2_001}, "note"),
        ({"credit": "x" * 81}, "credit"),
        ({"proof": b""}, "proof"),
    ],
)
def test_each_field_that_is_wrong_is_named(store: FakeStore, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        attest(store, **given)
    assert set(caught.value.fields) == {field}
    assert store.told == []


def test_all_that_is_wrong_is_said_at_once(store: FakeStore) -> None:
    with pytest.raises(Invalid) as caught:
        attest(store, basis=None, given_by="", given_on="", proof=b"", scope=Scope(frozenset({Use.WEB}), paid=False))
    assert set(caught.value.fields) == {"basis", "given_by", "given_on", "proof"}


def test_content_of_the_brand_s_own_needs_nobody_who_gave_it(store: FakeStore) -> None:
    said = attest(store, basis=Basis.OWN_CONTENT, given_by="", other="left over").attestation
    assert said is not None
    assert (said.other, attested_in_words(said)) == (
        "",
        f"as content of its own, of 3 Nov 2026, attested by {ADA}",
    )


def test_a_card_a_standing_and_an_end_say_that_it_is_the_brand_s_word(store: FakeStore) -> None:
    attest(store, basis=Basis.OTHER, other="model release")
    words = f"by model release of 3 Nov 2026, attested by {ADA}"
    [standing] = looking.standings(store, "lumen", ["p1"], NOW)
    assert standing.summary == (
        f"Lumen says that it may show this on the web, not as paid promotion, worldwide, until 23 Nov 2027: {words}."
    )
    [card], _ = looking.cards(store, "lumen", Column.GRANTED, EVERY_CARD, now=NOW, after=None, limit=9)
    assert card.grant is not None
    assert card.grant.attested
    end(store)
    [over] = looking.standings(store, "lumen", ["p1"], NOW)
    assert (over.column, over.summary) == (Column.ENDED, "The brand ended on 23 Nov 2026 what it had attested.")


def test_evidence_of_what_was_attested_tells_nothing_that_the_brand_could_not_keep(store: FakeStore) -> None:
    """Its own proof by its hash, who of it attested it, and nobody else."""
    grant = attest(store)
    made = replace(dossier(store), facts=(Granted(grant),))
    [statement] = statements(made)
    assert (statement.kind, statement.subject) == ("attested", "a1")
    assert set(statement.details) <= IMPERSONAL
    assert statement.details["proof"] == {
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "content_type": "application/pdf",
        "size": len(PDF),
    }
    assert (statement.details["basis"], statement.details["attested_by"]) == ("contract", ADA)
    assert "Mira" not in str(statement.details)
    assert "Studio" not in str(statement.details)


def test_who_ended_it_has_the_receipt_of_the_end(store: FakeStore) -> None:
    attest(store)
    ask(store)
    before = dossier(store)
    by_link = replace(before, facts=(Revoked("a1", request="ff-id1"),)).with_grant(
        before.attested[0].ended(GrantState.REVOKED, NOW)
    )
    by_brand = replace(before, facts=(Ended("a1"),)).with_grant(before.attested[0].ended(GrantState.ENDED, NOW))

    def said(statement: Statement) -> tuple[str, str]:
        return statement.kind, statement.subject

    assert [said(each) for each in statements(by_link)] == [("revoked", "ff-id1")]
    assert [said(each) for each in statements(by_brand)] == [("ended", "a1")]


def test_an_end_by_the_brand_is_kept_apart_and_made_true_again(store: FakeStore) -> None:
    attest(store)
    before = dossier(store)
    end(store)
    decided = replace(dossier(store), facts=(Ended("a1"),))
    [kept] = ends(decided)
    assert kept == End(EndKind.ENDED, "lumen", "p1", "a1", NOW)
    again = end_again(before, kept)
    assert (again.grants[0].state, again.grants[0].ended_at) == (GrantState.ENDED, NOW)
    assert not again.refused
    assert end_again(again, kept) == again


def test_with_the_post_goes_all_that_was_said_of_it_and_its_proof(store: FakeStore) -> None:
    attest(store, basis=Basis.OTHER, other="Mira's word")
    end(store, reason="Mira called.")
    hearing.withdrawn(samples.hearing(store, "p1"), erased=True)
    [grant] = dossier(store).grants
    said = grant.attestation
    assert said is not None
    assert (said.other, said.given_by, said.note, said.end_reason, said.proof.name, said.proof.sha256) == ("",) * 6
    assert (grant.credit, grant.media_sha256, dossier(store).post.account) == ("", (), Account("mastodon.example"))
    assert (said.basis, said.by, said.ended_by) == (Basis.OTHER, ADA, "bo@lumen.example")
    assert refusal(lambda: attesting.find_proof(store, "lumen", "a1")) == "ATTESTATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("content", "name", "kind", "saved"),
    [
        (PDF, "contract.pdf", "application/pdf", "contract.pdf"),
        (PNG, "C:\\Desktop\\Scan 3.PNG", "image/png", "Scan 3.png"),
        (JPEG, "../../etc/passwd", "image/jpeg", "passwd.jpg"),
        (MAIL, "yes.eml", "text/plain", "yes.txt"),
        (MAIL, "", "text/plain", "proof.txt"),
        (b"\xef\xbb\xbfYou may.", "täglich\u202e.exe", "text/plain", "täglich.txt"),
        (b"%PDF-1.7 <script>alert(1)</script>", "contract.html", "application/pdf", "contract.pdf"),
    ],
)
def test_a_proof_is_what_its_bytes_are_whatever_it_is_called(content: bytes, name: str, kind: str, saved: str) -> None:
    assert proof_problem(content) == ""
    proof = proof_of(content, name)
    assert (proof.content_type, proof.name, proof.size) == (kind, saved, len(content))


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\xef\xbb\xbf \n<HTML onload=alert(1)>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"PK\x03\x04 a zip, or a Word document",
        b"MZ\x90\x00 a program",
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
        b"text with a \x00 in it",
        b"\x1b[2J text that moves the cursor",
        "Grüße".encode("latin-1"),
        "Yes".encode("utf-16"),
    ],
)
def test_what_could_run_or_is_none_of_the_kinds_is_no_proof(content: bytes) -> None:
    """A page that is called contract.pdf is a page."""
    assert "no PDF" in proof_problem(content)


def test_a_proof_has_at_most_five_megabytes() -> None:
    assert proof_problem(PDF.ljust(MOST_BYTES)) == ""
    assert "more than 5 MB" in proof_problem(PDF.ljust(MOST_BYTES + 1))


def test_an_answer_that_gives_only_a_part_leaves_what_was_attested(store: FakeStore) -> None:
    """It is a yes. What the brand says besides stands on the creator's page, to be ended there."""
    attest(store, scope=WEB_AND_MAIL)
    ask(store)
    answer(store, Answer(grant=True, uses=frozenset({Use.WEB})))
    assert dossier(store).attested[0].active


def test_a_claim_is_refused_before_anything_is_looked_at(store: FakeStore) -> None:
    with pytest.raises(Invalid):
        attest(store, "nowhere", basis=None)
    hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    with pytest.raises(Conflict):
        attest(store)
