"""The store of rights keeps its contract, in memory and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import time, timedelta

import psycopg
import pytest

from chorus.api.events.v1.rights_pb2 import RightsEvent
from chorus.platform.postgres import Database
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.address import Address
from chorus.rights.domain.answering import answer_open
from chorus.rights.domain.asking import Question, ask
from chorus.rights.domain.attesting import attest
from chorus.rights.domain.board import EVERY_CARD, Column, Filter
from chorus.rights.domain.claim import Claim, ClaimKind, Saying
from chorus.rights.domain.claiming import claimed, take_down
from chorus.rights.domain.consenting import accept
from chorus.rights.domain.contact import ContactPolicy, Quiet
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Erased, Forgotten, Narrowed
from chorus.rights.domain.grant import GrantState, Kept
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.opting import StopLink, Turn
from chorus.rights.domain.outgoing import Mail
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import AccountOf, Revision
from chorus.rights.domain.request import Answer, Channel, RequestState
from chorus.rights.domain.template import Template
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.ports import Row, Store
from chorus.scope import Use
from tests.engines.fixtures import MakeDatabase
from tests.serving import as_owner, database_of
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import GERMAN, HOME, NOW, OFFER, TERMS, WEB, WINDOW, first, ready

CODES = {"r1": "222-222", "r2": "222-223", "r3": "222-224"}
Work = Callable[[], AbstractContextManager[Store]]


@dataclass
class Stores:
    """Begins transactions, and knows which facts they told."""

    work: Work
    told: Callable[[], list[str]]


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """The same suite over both."""
    if request.param == "fake":
        yield _fake()
        return
    database = Database(database_of("rights", request.getfixturevalue("make_database")))
    yield _real(database)
    database.close()


def _fake() -> Stores:
    store = FakeStore()

    @contextmanager
    def work() -> Iterator[Store]:
        yield store

    return Stores(work, lambda: [type(fact).__name__.lower() for _, _, fact in store.told])


def _real(database: Database) -> Stores:
    @contextmanager
    def work() -> Iterator[Store]:
        with database.transaction() as conn:
            yield PostgresStore(conn)

    def told() -> list[str]:
        with database.transaction() as conn:
            payloads = [row[0] for row in conn.execute("SELECT payload FROM outbox ORDER BY id")]
        return [str(RightsEvent.FromString(payload).WhichOneof("fact")) for payload in payloads]

    return Stores(work, told)


def seed(stores: Stores, *posts: str) -> None:
    """Let posts arrive and be approved, an hour apart."""
    with stores.work() as store:
        store.add_terms(TERMS, entered=True)
        for number, name in enumerate(posts):
            dossier = store.lock("lumen", name)
            seen = replace(samples.seen(name), approved=1, approved_at=NOW + timedelta(hours=number))
            store.save(dossier.with_post(seen.revised(1, first(ready(f"pic-{name}")))), NOW)


def put_question(stores: Stores, post: str, request: str = "r1") -> Dossier:
    """Ask about a post."""
    with stores.work() as store:
        question = Question(request, OFFER, "Hello", "ada", WINDOW, CODES[request])
        store.save(ask(store.lock("lumen", post), question, NOW), NOW)
    return read(stores, post)


def put_yes(stores: Stores, post: str, grant: str = "g1") -> Dossier:
    """Answer the open question with yes."""
    with stores.work() as store:
        dossier = store.lock("lumen", post)
        assert dossier.open is not None
        said = Answer(grant=True)
        given = answer_open(dossier, dossier.open, said, terms=TERMS, others=[], now=NOW, new_id=lambda: grant)
        store.save(given, NOW)
    return read(stores, post)


def read(stores: Stores, post: str, brand: str = "lumen") -> Dossier:
    """Read a dossier anew."""
    with stores.work() as store:
        return store.read(brand, [post])[0]


def test_a_dossier_comes_back_as_it_was_saved(stores: Stores) -> None:
    """Post, consent, request and grant, every field."""
    with stores.work() as store:
        store.add_terms(TERMS, entered=True)
        dossier = store.lock("lumen", "p1")
        post = replace(samples.seen("p1", samples.consent()), approved=1, approved_at=NOW, links=("trace-1",)).revised(
            1, first(ready("a"), samples.coming("b"))
        )
        store.save(dossier.with_post(post), NOW)
    assert read(stores, "p1").post == post
    asked = put_question(stores, "p1")
    assert asked.open is not None
    assert (asked.open.offer, asked.open.window_ends_at, asked.open.message) == (OFFER, NOW + WINDOW, "Hello")
    with stores.work() as store:
        dossier = store.lock("lumen", "p1")
        store.save(dossier.with_post(dossier.post.arrived(ready("b"))), NOW)
    granted = put_yes(stores, "p1")
    [grant] = granted.grants
    assert (grant.scope, grant.surfaces, grant.media_sha256) == (WEB, (HOME,), (ready("a").sha256, ready("b").sha256))
    assert (grant.valid_until, grant.credit) == (NOW + timedelta(days=365), "Mira Example")
    assert stores.told() == ["requested", "granted"]


def test_posts_are_added_where_nothing_was_heard_of_them(stores: Stores) -> None:
    """A post of which only its review was heard is not new; neither is one of another brand by the same id."""
    seed(stores, "p1")
    known = read(stores, "p1")
    new = replace(samples.seen("p2"), links=("trace-1", "trace-2")).revised(1, first(ready("a"), samples.coming("b")))
    with stores.work() as store:
        store.save(store.lock("lumen", "reviewed").with_post(replace(samples.seen("reviewed"), approved=1)), NOW)
    others = [replace(new, post="p1"), replace(new, post="reviewed"), replace(new, brand="other", post="p1")]
    with stores.work() as store:
        assert store.add([*others, new], NOW) == {("other", "p1"), ("lumen", "p2")}
        assert store.add([], NOW) == set()
    assert read(stores, "p1") == known
    assert read(stores, "p2") == Dossier(new)
    assert read(stores, "p1", "other") == Dossier(replace(new, brand="other", post="p1"))
    with stores.work() as store:
        assert store.counts("lumen", EVERY_CARD, NOW) == {Column.TO_ASK: 1}
        assert ("lumen", "p2") in store.untouched(NOW, 10)
        assert ("lumen", "p2") not in store.untouched(NOW - timedelta(seconds=1), 10)


def test_a_post_never_heard_of_has_an_empty_dossier_and_is_not_read(stores: Stores) -> None:
    """Its review may be heard before it."""
    with stores.work() as store:
        dossier = store.lock("lumen", "p1")
        assert not dossier.post.known
        store.save(dossier.with_post(replace(dossier.post, approved=1, approved_at=NOW)), NOW)
    with stores.work() as store:
        assert store.read("lumen", ["p1"]) == []
        assert store.lock("lumen", "p1").post.approved == 1
        assert store.counts("lumen", EVERY_CARD, NOW) == {}


def test_an_ended_grant_stays_with_its_end(stores: Stores) -> None:
    """Nothing that was given is ever removed."""
    seed(stores, "p1")
    put_question(stores, "p1")
    [grant] = put_yes(stores, "p1").grants
    with stores.work() as store:
        store.save(store.lock("lumen", "p1").with_grant(grant.ended(GrantState.REVOKED, NOW)), NOW)
    [ended] = read(stores, "p1").grants
    assert ended == replace(grant, state=GrantState.REVOKED, ended_at=NOW)


def test_a_grant_that_was_narrowed_comes_back_as_it_is_now_and_is_named(stores: Stores) -> None:
    seed(stores, "p1")
    put_question(stores, "p1")
    [wide] = put_yes(stores, "p1").grants
    with stores.work() as store:
        locked = store.lock("lumen", "p1")
        left = wide.narrowed_to(Kept(WEB, NOW + timedelta(days=1)), 1, NOW)
        store.save(locked.with_grant(left, Narrowed(left)), NOW)
    with stores.work() as store:
        assert store.read("lumen", ["p1"])[0].grants == (left,)
        [named] = store.narrowed([wide.grant, "unknown"], NOW)
        assert (named.grant, named.scope, named.valid_until) == (wide.grant, WEB, NOW + timedelta(days=1))
        assert store.narrowed([wide.grant], NOW + timedelta(days=1)) == []
    assert stores.told()[-1] == "narrowed"


def test_brands_do_not_see_each_other(stores: Stores) -> None:
    """The same ids in another brand are other things."""
    seed(stores, "p1")
    put_question(stores, "p1")
    with stores.work() as store:
        assert store.read("other", ["p1"]) == []
        assert store.post_of("lumen", "r1") == "p1"
        assert store.post_of("other", "r1") is None
        assert store.terms("other", "share") is None
        assert store.all_terms("other") == []
        assert store.page("other", Column.ASKED, EVERY_CARD, now=NOW, after=None, limit=9) == []


def test_the_newest_terms_are_those_that_the_brand_entered(stores: Stores) -> None:
    """What an uploader agreed to elsewhere is kept, and never taken for the brand's newest terms."""
    later = replace(TERMS, version=2, text="Later")
    foreign = replace(TERMS, terms="upload", version=9)
    for terms, entered in [(TERMS, True), (later, True), (foreign, False)]:
        with stores.work() as store:
            store.add_terms(terms, entered=entered)
    with stores.work() as store:
        store.add_terms(replace(later, text="Never"), entered=True)
        store.lock_terms("lumen", "share")
        assert store.terms("lumen", "share", 1) == TERMS
        assert store.terms("lumen", "share") == later
        assert store.terms("lumen") == later
        assert store.terms("lumen", "upload", 9) == foreign
        assert store.terms("lumen", "share", 3) is None
        assert {each.terms for each in store.all_terms("lumen")} == {"share", "upload"}


def test_a_version_is_there_in_the_languages_that_it_was_translated_into(stores: Stores) -> None:
    """The one that it was written in stands for all; a translation made later makes no version newer."""
    later = replace(TERMS, version=2, text="Later")
    unseen = replace(TERMS, language="fr")
    for text, entered in [(TERMS, True), (later, True), (GERMAN, True), (unseen, False)]:
        with stores.work() as store:
            store.add_terms(text, entered=entered)
    with stores.work() as store:
        assert store.terms("lumen", "share", 1) == TERMS
        assert store.terms("lumen", "share", 1, "de") == GERMAN
        assert store.terms("lumen", "share", 2, "de") is None
        assert store.terms("lumen") == later
        assert store.texts("lumen", "share", 1) == [TERMS, GERMAN]
        assert store.texts("other", "share", 1) == []
        assert store.all_terms("lumen") == [later, TERMS, GERMAN, unseen]


def test_small_things_come_back_as_they_were_kept(stores: Stores) -> None:
    """Brands, one-time values and policies."""
    policy = Policy("lumen", True, WEB, (HOME,), "share", "Hi", 30)
    with stores.work() as store:
        assert store.brand("lumen") == Brand("lumen", "lumen")
        store.save_brand(Brand("lumen", "Lumen", "#e8a33d"))
        store.save_brand(Brand("lumen", "Lumen Lamps", "#e8a33d"))
        assert store.policy("lumen") is None
        store.save_policy(replace(policy, days=1))
        store.save_policy(policy)
        assert store.use_nonce("n", NOW)
    with stores.work() as store:
        assert store.brand("lumen").name == "Lumen Lamps"
        assert store.policy("lumen") == policy
        assert not store.use_nonce("n", NOW)


def test_a_link_leads_to_each_post_once_and_lists_them_in_the_order_of_their_ids(stores: Stores) -> None:
    secret, other = "a" * 64, "b" * 64
    with stores.work() as store:
        for post, request in [("p2", "r2"), ("p1", ""), ("p1", "r1")]:
            store.add_link(Link(secret, "lumen", post, request), NOW)
        store.add_link(Link(other, "lumen", "p1", "r1", "part"), NOW)
    with stores.work() as store:
        assert store.links(secret) == [Link(secret, "lumen", "p1", "r1"), Link(secret, "lumen", "p2", "r2")]
        assert store.links(other) == [Link(other, "lumen", "p1", "r1", "part")]
        assert store.links("c" * 64) == []


def test_the_board_lists_and_counts_what_lies_in_each_column(stores: Stores) -> None:
    """The newest first, page after page; a grant's card moves when its end comes near."""
    seed(stores, "p1", "p2", "p3", "p4")
    put_question(stores, "p1")
    put_question(stores, "p2", "r2")
    put_yes(stores, "p2")
    soon = NOW + timedelta(days=340)
    with stores.work() as store:
        assert store.counts("lumen", EVERY_CARD, NOW) == {Column.ASKED: 1, Column.GRANTED: 1, Column.TO_ASK: 2}
        assert store.counts("lumen", EVERY_CARD, soon)[Column.ENDING_SOON] == 1
        assert store.page("lumen", Column.GRANTED, EVERY_CARD, now=soon, after=None, limit=9) == []
        assert store.page("lumen", Column.ENDING_SOON, EVERY_CARD, now=soon, after=None, limit=9) == [Row("p2", NOW)]
        [newest] = store.page("lumen", Column.TO_ASK, EVERY_CARD, now=NOW, after=None, limit=1)
        assert newest == Row("p4", NOW + timedelta(hours=3))
        rest = store.page("lumen", Column.TO_ASK, EVERY_CARD, now=NOW, after=newest, limit=9)
        assert [row.post for row in rest] == ["p3"]


def test_who_said_yes_in_public_lies_on_top_of_those_who_were_asked(stores: Stores) -> None:
    """Page after page; a question that was put later comes behind."""
    seed(stores, "p1", "p2", "p3")
    for number in (1, 2, 3):
        put_question(stores, f"p{number}", f"r{number}")
    with stores.work() as store:
        dossier = store.lock("lumen", "p1")
        assert dossier.open is not None
        store.save(dossier.with_request(dossier.open.answered_in_public(NOW - timedelta(hours=1), "reply")), NOW)
    with stores.work() as store:
        [said_yes] = store.page("lumen", Column.ASKED, EVERY_CARD, now=NOW, after=None, limit=1)
        assert said_yes == Row("p1", NOW - timedelta(hours=1), first=True)
        rest = store.page("lumen", Column.ASKED, EVERY_CARD, now=NOW, after=said_yes, limit=1)
        rest += store.page("lumen", Column.ASKED, EVERY_CARD, now=NOW, after=rest[0], limit=9)
        assert [row.post for row in rest] == ["p3", "p2"]
        assert store.thread("lumen", "p1")[-1] == Event(
            Kind.ANSWERED_IN_PUBLIC, "r1", NOW - timedelta(hours=1), said_in="reply"
        )
        request = store.read("lumen", ["p1"])[0].open
        assert request is not None
        assert (request.said_yes_at, request.said_yes_in) == (NOW - timedelta(hours=1), "reply")


def test_who_is_being_asked_is_found_by_account(stores: Stores) -> None:
    """Not after an answer, not in another brand, and not by a name that is not the whole one."""
    seed(stores, "p1", "p2", "p3")
    put_question(stores, "p1")
    put_question(stores, "p2", "r2")
    put_yes(stores, "p2")
    mira = AccountOf("lumen", samples.MIRA.platform, samples.MIRA.id)
    with stores.work() as store:
        assert store.asked([mira, mira._replace(id="10")]) == [("lumen", "p1")]
        assert store.asked([mira._replace(brand="other")]) == []
        assert store.asked([]) == []
        assert [store.open_code("lumen", code) for code in ("222-222", "222-223")] == [True, False]
        assert not store.open_code("other", "222-222")


def test_how_a_brand_keeps_in_touch_is_kept_and_usual_where_nobody_chose(stores: Stores) -> None:
    chosen = ContactPolicy(
        "lumen", 5, 14, Quiet(time(20, 30), time(9), "Europe/Paris"), (3, 10), "#yay", "Hi {creator}"
    )
    with stores.work() as store:
        assert store.contact_policy("lumen") == ContactPolicy("lumen")
        store.save_contact_policy(replace(chosen, most=1))
        store.save_contact_policy(chosen)
    with stores.work() as store:
        assert store.contact_policy("lumen") == chosen
        assert store.contact_policy("other") == ContactPolicy("other")


def test_where_creators_are_written_to_is_kept_by_brand_and_account(stores: Stores) -> None:
    mira = AccountOf("lumen", samples.MIRA.platform, samples.MIRA.id)
    first_, second = Address("sealed 1", "m…@one.example"), Address("sealed 2", "m…@two.example")
    with stores.work() as store:
        assert store.address(mira) is None
        store.save_address(mira, first_)
        store.save_address(mira, second)
    with stores.work() as store:
        others = [mira._replace(brand="other"), mira._replace(id="110")]
        assert store.addresses([mira, *others]) == {mira: second}
        assert store.addresses([]) == {}


@pytest.mark.parametrize("by_creator", [True, False])
def test_where_a_creator_is_written_to_goes_with_the_last_post_or_by_their_word(
    stores: Stores, *, by_creator: bool
) -> None:
    seed(stores, "p1", "p2")
    mira = read(stores, "p1").post.creator
    with stores.work() as store:
        store.save_address(mira, Address("sealed", "m…@one.example"))
        for post in ("p1", "p2"):
            store.add_contact(mira, post, f"c-{post}", NOW)
            store.note("lumen", post, Event(Kind.MAILED, "r1", NOW, channel=Channel.EMAIL, detail="m…@one.example"))
            store.queue(Mail(f"m-{post}", mira, post, "r1", reminder=False, contact="c1", due_at=NOW, next_try_at=NOW))
        gone = store.lock("lumen", "p1").forgotten()
        store.save(replace(gone, facts=(Erased("", NOW) if by_creator else Forgotten(),)), NOW)
        assert (store.address(mira) is None) is by_creator
        assert [mail.mail for mail in store.mails([mira])] == ["m-p2"]
        assert [store.thread("lumen", post)[-1].detail for post in ("p1", "p2")] == ["", "m…@one.example"]
        store.save(replace(store.lock("lumen", "p2").forgotten(), facts=(Forgotten(),)), NOW)
        assert store.address(mira) is None
        assert store.mails([mira]) == []


def test_a_creator_s_contacts_are_counted_and_what_has_one_id_is_one(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    mira = read(stores, "p1").post.creator
    with stores.work() as store:
        store.lock_contacts(mira)
        for post, contact, hours in (("p2", "c1", 2), ("p1", "c1", 1), ("p1", "c2", 1), ("p1", "c3", 0)):
            store.add_contact(mira, post, contact, NOW + timedelta(hours=hours))
        hour = NOW + timedelta(hours=1)
        assert store.contacted([mira, mira._replace(brand="other")], NOW) == {mira: [hour, hour]}
        assert store.contacted([mira], NOW - WINDOW) == {mira: [NOW, hour, hour]}
        assert store.contacted([mira], NOW + WINDOW) == store.contacted([], NOW) == {}


def test_mail_waits_until_it_is_due_and_is_kept_as_it_was_tried(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    mira = read(stores, "p1").post.creator
    one = Mail("m1", mira, "p1", "r1", reminder=False, contact="c1", due_at=NOW, next_try_at=NOW)
    two = replace(one, mail="m2", post="p2", reminder=True, due_at=NOW - WINDOW, next_try_at=NOW + WINDOW)
    with stores.work() as store:
        assert store.due_mail(NOW) is None
        store.queue(one)
        store.queue(two)
    with stores.work() as store:
        assert store.due_mail(NOW - timedelta(seconds=1)) is None
        assert store.due_mail(NOW) == one
        assert store.mails([mira]) == [two, one]
        assert store.mails([mira._replace(brand="other")]) == []
        tried = replace(one.tried(NOW), trouble="451 Later")
        store.keep_mail(tried)
        store.keep_mail(replace(one, mail="gone"))
    with stores.work() as store:
        assert store.due_mail(NOW) is None
        assert store.mails([mira]) == [two, tried]
        store.drop_mail("m1")
        assert store.mails([mira]) == [two]
        assert store.due_mail(NOW + WINDOW) == two


def test_who_does_not_want_to_be_asked_is_known_by_hashes(stores: Stores) -> None:
    with stores.work() as store:
        assert len(store.opt_out_keys()) == 1
        for brand, name in (("lumen", "a"), ("", "b"), ("other", "a")):
            store.turn(Turn(out=True, brand=brand, print=name, at=NOW))
            store.turn(Turn(out=True, brand=brand, print=name, at=NOW))
        store.turn(Turn(out=False, brand="other", print="a", at=NOW))
    with stores.work() as store:
        assert store.opted_out(["lumen", "", "other"], ["a", "b", "c"]) == {("lumen", "a"), ("", "b")}
        assert store.opted_out(["lumen"], ["b"]) == store.opted_out([], []) == set()
        stop = StopLink("c" * 64, "lumen", ("a", "b"))
        store.add_stop_link(stop, NOW)
        assert store.stop_link("c" * 64) == stop
        assert store.stop_link("d" * 64) is None


def test_the_board_is_searched_by_what_its_cards_stand_for(stores: Stores) -> None:
    """On every page and in every count; what is asked of nobody has neither uses nor surfaces."""
    seed(stores, "p1", "p2", "p3")
    put_question(stores, "p1")
    put_question(stores, "p2", "r2")
    put_yes(stores, "p2")
    with stores.work() as store:
        dossier = store.lock("lumen", "p3")
        told = replace(dossier.post, account=replace(dossier.post.account, handle="@Noa", display_name="Ñoa É."))
        store.save(dossier.with_post(told.revised(1, Revision("100% _warm_ Évening"))), NOW)

    def found(**parts: object) -> dict[Column, int]:
        wanted = Filter(**parts)  # type: ignore[arg-type]  # parts of a filter
        with stores.work() as store:
            counted = store.counts("lumen", wanted, NOW)
            for column in Column:
                page = store.page("lumen", column, wanted, now=NOW, after=None, limit=9)
                assert len(page) == counted.get(column, 0)
            return counted

    both, to_ask = {Column.ASKED: 1, Column.GRANTED: 1}, {Column.TO_ASK: 1}
    assert found() == both | to_ask
    assert found(uses=frozenset({Use.WEB, Use.PRINT})) == both
    assert found(uses=frozenset({Use.PRINT})) == {}
    assert (found(surface="home-wall"), found(surface="home"), found(surface='"')) == (both, {}, {})
    assert (found(asked_by="ada"), found(asked_by="ad")) == (both, {})
    assert (found(creator=" noa "), found(creator="ÑOA é"), found(creator="mira")) == (to_ask, to_ask, both)
    assert (found(text="_WARM_ é"), found(text="100%"), found(text="%1"), found(text="w_rm")) == (
        to_ask,
        to_ask,
        {},
        {},
    )
    assert found(uses=frozenset({Use.WEB}), creator="noa") == {}


def test_a_grant_that_came_with_an_upload_was_asked_for_by_the_upload(stores: Stores) -> None:
    seed(stores, "p1")
    with stores.work() as store:
        dossier = store.lock("lumen", "p1")
        store.save(accept(dossier, samples.consent()), NOW)
        assert store.counts("lumen", Filter(asked_by="upload"), NOW) == {Column.GRANTED: 1}
        assert store.counts("lumen", Filter(asked_by="link"), NOW) == {}


def put_permission(stores: Stores, post: str, grant: str = "a1") -> Dossier:
    """Attest a permission for a post, with its proof."""
    with stores.work() as store:
        made = attest(store.lock("lumen", post), samples.permission(), by="ada", now=NOW, grant=grant)
        store.save(made, NOW)
        store.add_proof("lumen", grant, samples.PDF)
    return made


def test_what_was_attested_comes_back_as_it_was_saved_with_its_proof(stores: Stores) -> None:
    """Every field, of a grant that has neither request nor terms."""
    seed(stores, "p1")
    made = put_permission(stores, "p1")
    assert read(stores, "p1") == made
    assert stores.told() == ["granted"]
    with stores.work() as store:
        assert (store.post_of_grant("lumen", "a1"), store.post_of_grant("other", "a1")) == ("p1", None)
        assert (store.proof("lumen", "a1"), store.proof("other", "a1")) == (samples.PDF, None)
        assert store.counts("lumen", Filter(asked_by="attested"), NOW) == {Column.GRANTED: 1}


def test_a_proof_goes_with_its_post_and_no_other(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    put_permission(stores, "p1", "a1")
    put_permission(stores, "p2", "a2")
    with stores.work() as store:
        dossier = store.lock("lumen", "p1").forgotten()
        store.save(dossier, NOW)
    assert read(stores, "p1") == dossier
    with stores.work() as store:
        assert (store.proof("lumen", "a1"), store.proof("lumen", "a2")) == (None, samples.PDF)


def put_claim(
    stores: Stores, post: str, claim: str = "c1", *, after: timedelta = timedelta(), words: str = ""
) -> Dossier:
    """Let somebody say that a post is theirs, and keep what they said."""
    at = NOW + after
    with stores.work() as store:
        dossier = store.lock("lumen", post)
        store.save(claimed(dossier, ClaimKind.NOT_ALLOWED, claim=claim, now=at, due_at=at + WINDOW), NOW)
        store.add_saying("lumen", post, claim, Saying(f"{claim}-1", ClaimKind.NOT_ALLOWED, at, words))
    return read(stores, post)


def test_a_claim_comes_back_as_it_was_saved_and_so_does_what_was_taken_down_for_it(stores: Stores) -> None:
    seed(stores, "p1")
    put_question(stores, "p1")
    put_yes(stores, "p1")
    put_claim(stores, "p1")
    with stores.work() as store:
        again = store.lock("lumen", "p1")
        assert again.claim is not None
        store.save(again.with_claim(again.claim.again(ClaimKind.LOST_LINK)), NOW)
    claim = Claim("c1", NOW, NOW + WINDOW, (ClaimKind.NOT_ALLOWED, ClaimKind.LOST_LINK), 2)
    assert read(stores, "p1").claim == claim
    with stores.work() as store:
        locked = store.lock("lumen", "p1")
        store.save(ended := take_down(locked, claim, by="ada", now=NOW), NOW)
    assert read(stores, "p1") == replace(ended, facts=())
    assert (read(stores, "p1").taken_down, ended.grants[0].claimed) == (True, True)
    assert stores.told()[-1] in {"ended", "revoked"}
    with stores.work() as store:
        assert store.ended(["g1"], NOW) == ["g1"]


def test_a_question_that_is_closed_before_its_time_keeps_when(stores: Stores) -> None:
    seed(stores, "p1")
    put_question(stores, "p1")
    put_claim(stores, "p1")
    later = NOW + timedelta(hours=1)
    with stores.work() as store:
        locked = store.lock("lumen", "p1")
        assert locked.claim is not None
        store.save(take_down(locked, locked.claim, by="ada", now=later), later)
    [asked] = read(stores, "p1").requests
    assert (asked.state, asked.window_ends_at) == (RequestState.LAPSED, later)


def test_claims_are_listed_by_when_they_are_to_be_answered_and_searched_as_all_cards_are(stores: Stores) -> None:
    seed(stores, "p1", "p2", "p3", "p4")
    put_question(stores, "p2")
    put_yes(stores, "p2")
    for post, hours in (("p1", 3), ("p2", 1), ("p3", 1)):
        put_claim(stores, post, f"c-{post}", after=timedelta(hours=hours))

    def rows(wanted: Filter = EVERY_CARD, after: Row | None = None, limit: int = 9) -> list[Row]:
        with stores.work() as store:
            return store.page("lumen", Column.CLAIMED, wanted, now=NOW, after=after, limit=limit)

    [second, third, first_] = rows()
    assert [each.post for each in (second, third, first_)] == ["p2", "p3", "p1"]
    assert [each.at for each in rows()] == [NOW + WINDOW + timedelta(hours=hours) for hours in (1, 1, 3)]
    assert (rows(limit=1), rows(after=second), rows(after=first_)) == ([second], [third, first_], [])
    assert [each.post for each in rows(Filter(asked_by="ada"))] == ["p2"]
    with stores.work() as store:
        assert store.counts("lumen", EVERY_CARD, NOW) == {Column.CLAIMED: 3, Column.TO_ASK: 1}
        assert store.page("lumen", Column.GRANTED, EVERY_CARD, now=NOW, after=None, limit=9) == []
        untouched = store.untouched(NOW + WINDOW, 9)
    assert ("lumen", "p4") in untouched
    assert ("lumen", "p1") not in untouched, "whoever waits for an answer is not forgotten"


def test_an_open_question_is_found_by_its_account_also_while_somebody_says_that_the_post_is_theirs(
    stores: Stores,
) -> None:
    seed(stores, "p1", "p2")
    put_question(stores, "p1")
    put_claim(stores, "p1")
    put_claim(stores, "p2", "c2")
    mira = read(stores, "p1").post.creator
    with stores.work() as store:
        assert store.asked([mira]) == [("lumen", "p1")]


def test_what_was_said_is_kept_with_its_claim_until_it_is_over(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    put_claim(stores, "p1", words="sealed 1")
    put_claim(stores, "p2", "c2", words="sealed 2")
    later = Saying("c1-2", ClaimKind.LOST_LINK, NOW + timedelta(hours=1), "")
    with stores.work() as store:
        store.add_saying("lumen", "p1", "c1", later)
        first_ = Saying("c1-1", ClaimKind.NOT_ALLOWED, NOW, "sealed 1")
        assert store.sayings("lumen", "c1") == [first_, later]
        assert store.sayings("other", "c1") == []
        store.keep_sayings("lumen", "c1", NOW + WINDOW)
        store.forget_claims(NOW + WINDOW - timedelta(seconds=1), NOW)
        assert store.sayings("lumen", "c1") == [first_, later]
        store.keep_sayings("lumen", "c1", None)
        store.forget_claims(NOW + WINDOW, NOW)
        assert store.sayings("lumen", "c1") == [first_, later], "opened again"
        store.keep_sayings("lumen", "c1", NOW + WINDOW)
        store.forget_claims(NOW + WINDOW, NOW)
        assert (store.sayings("lumen", "c1"), len(store.sayings("lumen", "c2"))) == ([], 1)


def test_links_that_were_mailed_count_for_their_creator_and_go_with_time_or_their_post(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    mira, other = read(stores, "p1").post.creator, AccountOf("other", "mastodon.example", "109")
    hour = timedelta(hours=1)
    with stores.work() as store:
        store.add_mailed(mira, "p1", NOW)
        store.add_mailed(mira, "p2", NOW + hour)
        assert store.mailed(mira, NOW - hour) == ["p1", "p2"]
        assert (store.mailed(mira, NOW), store.mailed(other, NOW - hour)) == (["p2"], [])
        store.forget_claims(NOW, NOW)
        assert store.mailed(mira, NOW - hour) == ["p2"]
    with stores.work() as store:
        store.save(store.lock("lumen", "p2").forgotten(), NOW)
        assert store.mailed(mira, NOW - hour) == []


def test_what_was_written_goes_with_its_post_and_no_other(stores: Stores) -> None:
    seed(stores, "p1", "p2")
    put_claim(stores, "p1", words="sealed 1")
    put_claim(stores, "p2", "c2", words="sealed 2")
    with stores.work() as store:
        dossier = store.lock("lumen", "p1").forgotten()
        store.save(dossier, NOW)
    assert read(stores, "p1").claim is None
    with stores.work() as store:
        assert (store.sayings("lumen", "c1"), len(store.sayings("lumen", "c2"))) == ([], 1)


def test_a_thread_is_told_as_it_happened(stores: Stores) -> None:
    seed(stores, "p1")
    put_question(stores, "p1")
    later = NOW + timedelta(hours=1)
    with stores.work() as store:
        store.lock("lumen", "p1")
        store.note("lumen", "p1", Event(Kind.LINKED, "r1", later, "bo"))
    put_yes(stores, "p1")
    with stores.work() as store:
        assert store.thread("lumen", "p1") == [
            Event(Kind.ASKED, "r1", NOW, "ada", channel=Channel.LINK),
            Event(Kind.LINKED, "r1", later, "bo"),
            Event(Kind.GRANTED, "g1", NOW, scope=WEB),
        ]
        assert store.thread("other", "p1") == []


def test_templates_are_kept_by_brand_and_listed_by_their_ids(stores: Stores) -> None:
    warm, short = Template("lumen", "warm", "Warm", "Hi {creator}"), Template("lumen", "short", "Short", "Hi")
    other = replace(short, brand="other")
    with stores.work() as store:
        assert store.add_template(warm)
        assert store.add_template(short)
        assert store.add_template(other)
        assert not store.add_template(replace(short, title="Again"))
        assert store.templates("lumen", after="", limit=9) == [short, warm]
        assert store.templates("lumen", after="short", limit=9) == [warm]
        assert store.templates("lumen", after="", limit=1) == [short]
        assert store.change_template(changed := replace(short, title="Shorter", message="Hello"))
        assert not store.change_template(replace(short, template="none"))
        assert store.templates("lumen", after="", limit=1) == [changed]
        assert store.remove_template("lumen", "short")
        assert not store.remove_template("lumen", "short")
        assert store.templates("other", after="", limit=9) == [other]


def test_what_is_over_is_due_and_no_longer_active(stores: Stores) -> None:
    """Both requests nobody answered and grants that have ended."""
    seed(stores, "p1", "p2")
    put_question(stores, "p1")
    put_question(stores, "p2", "r2")
    put_yes(stores, "p2")
    end = NOW + timedelta(days=365)
    with stores.work() as store:
        assert store.due(NOW, 10) == []
        assert store.due(NOW + WINDOW, 10) == [("lumen", "p1")]
        assert set(store.due(end, 10)) == {("lumen", "p1"), ("lumen", "p2")}
        assert len(store.due(end, 1)) == 1
        assert store.active(["g1", "g2"], NOW) == ["g1"]
        assert store.active(["g1"], end) == []


def test_a_grant_is_over_only_where_it_was_revoked_or_its_time_is_up(stores: Stores) -> None:
    """What is unknown, or begins only later by our clock, is neither active nor over."""
    seed(stores, "p1", "p2")
    for post, number in (("p1", 1), ("p2", 2)):
        put_question(stores, post, f"r{number}")
        put_yes(stores, post, f"g{number}")
    asked, end = ["g1", "g2", "unknown"], NOW + timedelta(days=365)
    with stores.work() as store:
        assert store.ended(asked, NOW) == []
        early = NOW - timedelta(seconds=1)
        assert (store.active(asked, early), store.ended(asked, early)) == ([], [])
        dossier = store.lock("lumen", "p1")
        store.save(dossier.with_grant(dossier.grants[0].ended(GrantState.REVOKED, NOW)), NOW)
        assert (store.active(asked, NOW), store.ended(asked, NOW)) == (["g2"], ["g1"])
        assert (store.active(asked, end), set(store.ended(asked, end))) == ([], {"g1", "g2"})


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE proofs SET content = 'x'", "as it was handed in"),
        ("UPDATE grants SET via = 'link'", "stand_on_terms"),
        ("UPDATE grants SET attestation = NULL", "stand_on_terms"),
    ],
)
def test_a_proof_is_not_exchanged_nor_the_brand_s_word_made_the_creator_s(
    make_database: MakeDatabase, change: str, why: str
) -> None:
    database = Database(database_of("rights", make_database))
    stores = _real(database)
    seed(stores, "p1")
    put_permission(stores, "p1")
    with pytest.raises(psycopg.Error, match=why), database.transaction() as conn:
        conn.execute(change.encode())
    database.close()


@pytest.mark.postgres
@pytest.mark.parametrize("change", ["UPDATE terms SET body = 'x'", "DELETE FROM terms", "TRUNCATE terms CASCADE"])
def test_a_version_of_terms_can_be_neither_changed_nor_removed(make_database: MakeDatabase, change: str) -> None:
    """Also not by whoever owns the database."""
    database = Database(as_owner(database_of("rights", make_database)))
    with database.transaction() as conn:
        PostgresStore(conn).add_terms(TERMS, entered=True)
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"), database.transaction() as conn:
        conn.execute(change)
    database.close()
