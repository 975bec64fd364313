"""Standing consent over gRPC and on PostgreSQL: followed, ended, finished after a crash, revived by no restore."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

import grpc
import pytest

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.events.v1.rights_pb2 import GRANT_VIA_STANDING
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.errors import Unavailable
from chorus.evidence.keys import read_published
from chorus.evidence.receipt import verify
from chorus.rights.adapters import standing as table
from chorus.rights.adapters import standing_work
from chorus.rights.adapters.evidence import Sealer
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.standing_work import StandingWork
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.post import Account
from chorus.rights.domain.standing import Ending
from chorus.rights.handlers.standing import end
from tests.contract.test_attesting import attested
from tests.contract.test_rights_service import refused
from tests.engines import wait_until
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.posts import approval, approve, arrive, ask_together
from tests.unit.rights.service import RightsService, golden, rights_with_terms

pytestmark = pytest.mark.postgres
DAY = timedelta(days=1)
MIRA = Account("mastodon", "https://mastodon.example/users/mira")


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms."""
    with rights_with_terms(make_database) as running:
        yield running


def ask(service: RightsService, *posts: str, days: int = 365) -> str:
    """Ask about posts, and for what is posted later; answers the link's secret."""
    asked = pb.Standing()
    asked.starts.FromDatetime(service.clock.now)
    asked.until.FromDatetime(service.clock.now + days * DAY)
    return ask_together(service, *posts, standing=asked)


def give(service: RightsService) -> tuple[str, str]:
    """Have it given beside a yes to one post; answers the link and the post."""
    post = arrive(service, "The first")
    link = ask(service, post)
    nonce = see(service, link).nonce
    service.client("creator").Answer(pb.AnswerRequest(link=link, nonce=nonce, grant=True, standing=True))
    return link, post


def see(service: RightsService, link: str) -> pb.CreatorView:
    return service.client("creator").GetLink(pb.GetLinkRequest(link=link))


def later(service: RightsService, text: str = "Later", **given: object) -> str:
    """Let a post arrive that was posted a day after now."""
    return arrive(service, text, posted_at=service.clock.now + DAY, **given)  # type: ignore[arg-type]  # as arrive takes


def facts(service: RightsService, post: str) -> list[str | None]:
    return [event.WhichOneof("fact") for event in service.told() if event.meta.post == post]


def consents(service: RightsService) -> list[tuple[object, ...]]:
    with service.database.transaction() as conn:
        return conn.execute("SELECT ended, revoking, looked_back FROM standing ORDER BY standing").fetchall()


def take_back(service: RightsService, link: str, *, only_new: bool = False) -> pb.CreatorView:
    view = see(service, link)
    nonce = view.revoke_nonce or view.nonce
    return service.client("creator").Revoke(pb.RevokeRequest(link=link, nonce=nonce, only_new=only_new))


def test_a_later_post_is_granted_told_proved_shown_and_taken_back(service: RightsService) -> None:
    """One fact, one receipt, one more post behind the link."""
    link, first = give(service)
    assert see(service, link).HasField("standing")
    post = later(service)
    [event] = [event for event in service.told() if event.meta.post == post]
    assert event.granted.via == GRANT_VIA_STANDING
    creator, publishing = service.client("creator"), service.client("publishing")
    view = see(service, link)
    assert [each.post for each in view.linked] == [first, post]
    assert view.standing.until.ToDatetime() == (service.clock.now + 365 * DAY).replace(tzinfo=None)
    own = see(service, f"{link}~{post}")
    assert (own.grant.via, own.grant.standing_given_at, own.HasField("request")) == (
        "standing",
        view.standing.given_at,
        False,
    )
    Sealer(service.database, service.evidence).seal_soon()
    [receipt] = creator.GetReceipts(pb.GetReceiptsRequest(link=f"{link}~{post}")).receipts
    keys = read_published(json.loads(creator.GetEvidenceLog(pb.GetEvidenceLogRequest()).keys))
    said = verify(receipt.document.encode(), keys).receipt
    assert (said["details"]["standing"]["post"], said["details"]["identity"]["shown_by"]) == (first, "standing")
    assert creator.GetAgreements(pb.GetAgreementsRequest(link=f"{link}~{post}")).agreements
    check = pb.CheckGrantsRequest(grants=[event.granted.grant])
    assert publishing.CheckGrants(check).active
    ended = take_back(service, link)
    assert ended.standing.taken_back
    assert publishing.CheckGrants(check).ended
    assert [facts(service, each)[-1] for each in (first, post)] == ["revoked", "revoked"]
    assert consents(service) == [("taken_back", False, True)]
    kinds = [each.kind for each in creator.GetReceipts(pb.GetReceiptsRequest(link=f"{link}~{first}")).receipts]
    assert sorted(kinds) == ["granted", "revoked", "standing_ended"]


def test_the_brand_sees_by_what_a_post_may_be_shown_and_what_was_allowed_with_another(service: RightsService) -> None:
    link, first = give(service)
    post = later(service)
    client = service.client()
    asked = pb.BatchGetPostRightsRequest(brand="lumen", posts=[first, post])
    rights = {each.post: each for each in client.BatchGetPostRights(asked).rights}
    assert rights[first].HasField("standing")
    assert rights[first].requests[0].standing_agreed
    assert not rights[post].HasField("standing")
    assert "by standing consent of 23 Nov 2026" in rights[post].summary
    take_back(service, link, only_new=True)
    kinds = [each.kind for each in client.GetThread(pb.GetThreadRequest(brand="lumen", post=first)).events]
    assert kinds[-2:] == [pb.THREAD_KIND_STANDING_GIVEN, pb.THREAD_KIND_STANDING_ENDED]
    filtered = pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_GRANTED, filter=pb.CardFilter(asked_by="standing"))
    [card] = client.ListCards(filtered).cards
    assert (card.post, card.HasField("request"), card.grant.via) == (post, False, "standing")


def test_what_cannot_be_asked_or_given_or_ended_is_refused_by_field(service: RightsService) -> None:
    post, moment = arrive(service, "One"), service.clock.now
    wrong = pb.Standing()
    wrong.until.FromDatetime(moment - DAY)
    code = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID")
    assert refused(lambda: ask_together(service, post, standing=wrong)) == code
    broken = pb.Standing()
    broken.until.seconds = 10**14
    assert refused(lambda: ask_together(service, post, standing=broken)) == code
    assert refused(lambda: ask(service, post, days=2000)) == code
    link, creator = ask_together(service, post), service.client("creator")
    yes = pb.AnswerRequest(link=link, nonce=see(service, link).nonce, grant=True, standing=True)
    assert refused(lambda: creator.Answer(yes)) == (grpc.StatusCode.INVALID_ARGUMENT, "WIDER")
    yes.standing = False
    creator.Answer(yes)
    code = (grpc.StatusCode.FAILED_PRECONDITION, "NO_STANDING_CONSENT")
    assert refused(lambda: take_back(service, link, only_new=True)) == code


def test_several_posts_with_one_answer_give_it_once_each_and_one_end_ends_all(service: RightsService) -> None:
    posts = [arrive(service, f"Lamp {number}") for number in range(2)]
    link = ask(service, *posts)
    nonce = see(service, link).nonce
    said = pb.AnswerRequest(link=link, nonce=nonce, grant=True, standing=True, posts=posts)
    service.client("creator").Answer(said)
    assert len(consents(service)) == 2
    assert facts(service, later(service)) == ["granted"]
    take_back(service, link, only_new=True)
    assert {each[0] for each in consents(service)} == {"ended"}
    assert facts(service, later(service, "After")) == []


def test_a_post_that_was_approved_before_the_yes_is_found_by_the_clock(service: RightsService) -> None:
    early = later(service, "Early")
    give(service)
    assert facts(service, early) == []
    work = StandingWork(service.database)
    work.tick(service.clock.now)
    assert facts(service, early) == ["granted"]
    assert consents(service) == [(None, False, False)]
    work.tick(service.clock.now + timedelta(minutes=2))
    assert consents(service) == [(None, False, True)]


def test_it_is_over_by_the_clock(service: RightsService) -> None:
    link, post = give(service)
    StandingWork(service.database).tick(service.clock.now + 366 * DAY)
    assert [each[0] for each in consents(service)] == ["over"]
    assert see(service, link).standing.HasField("ended_at")
    events = service.client().GetThread(pb.GetThreadRequest(brand="lumen", post=post)).events
    assert events[-1].kind == pb.THREAD_KIND_STANDING_OVER


def test_what_a_crash_left_is_revoked_by_the_next_look(service: RightsService) -> None:
    """The mark stands; nothing new follows; and what followed before ends, each post by itself."""
    give(service)
    posts = [later(service, f"Later {number}") for number in range(3)]
    with service.database.transaction() as conn:
        store = PostgresStore(conn)
        end(store, store.covering("lumen", MIRA), Ending.TAKEN_BACK, service.clock.now, by="creator", others=True)
    assert consents(service) == [("taken_back", True, True)]
    assert facts(service, later(service, "Meanwhile")) == []
    work = StandingWork(service.database)
    assert [work.revoke(service.clock.now) for _ in range(2)] == [3, 0]
    assert [facts(service, post) for post in posts] == [["granted", "revoked"]] * 3
    assert consents(service) == [("taken_back", False, True)]


def test_what_the_brand_attested_of_a_post_for_which_consent_ran_out_is_taken_back_too(service: RightsService) -> None:
    """Whoever takes all of it back means every post behind the link."""
    link, _ = give(service)
    post = later(service)
    with service.database.transaction() as conn:
        conn.execute("UPDATE grants SET state = 'expired', ended_at = valid_until WHERE post = %s", [post])
    service.client(role=3).AttestGrant(attested(post=post))
    take_back(service, link)
    assert facts(service, post) == ["granted", "granted", "revoked"]
    assert consents(service) == [("taken_back", False, True)]


def test_what_was_taken_back_is_revoked_also_where_something_that_follows_cannot_be_done(
    service: RightsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(service)
    post = later(service)
    with service.database.transaction() as conn:
        store = PostgresStore(conn)
        end(store, store.covering("lumen", MIRA), Ending.TAKEN_BACK, service.clock.now, by="creator", others=True)
    later(service, "Waits")
    give(service)

    def fails(*_: object) -> None:
        raise Unavailable("This cannot be done just now.")

    monkeypatch.setattr(standing_work, "look_back", fails)
    with pytest.raises(Unavailable):
        StandingWork(service.database).tick(service.clock.now)
    assert facts(service, post) == ["granted", "revoked"]


def test_hearing_of_a_post_and_taking_back_wait_for_each_other(service: RightsService) -> None:
    """What follows while somebody ends it is revoked with the rest; and after that nothing follows."""
    link, _ = give(service)
    post = later(service, approved=False)
    with ThreadPoolExecutor(1) as pool:
        with service.database.transaction() as conn:
            service.subscriber(conn, approval(post))
            ending = pool.submit(take_back, service, link)
            wait_until(lambda: waits_for_a_lock(service), "ending it to wait")
        ending.result()
    assert facts(service, post) == ["granted", "revoked"]
    assert facts(service, later(service, "After")) == []


def test_who_hears_of_a_post_while_it_is_ended_waits_and_nothing_follows(service: RightsService) -> None:
    give(service)
    post = later(service, approved=False)
    with ThreadPoolExecutor(1) as pool:
        with service.database.transaction() as conn:
            store = PostgresStore(conn)
            end(store, store.covering("lumen", MIRA), Ending.ENDED, service.clock.now, by="creator", others=True)
            hearing = pool.submit(approve, service, post)
            wait_until(lambda: waits_for_a_lock(service), "hearing to wait")
        hearing.result()
    assert facts(service, post) == []


def waits_for_a_lock(service: RightsService) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with service.database.transaction() as conn:
        return conn.execute(query).rowcount > 0


def test_many_who_hear_and_many_who_end_never_stop_each_other(service: RightsService, seed: int) -> None:
    """Posts in any order, two links of one account ended at once: no deadlock, and in the end nothing is shown."""
    chance = random.Random(seed)
    links = [give(service)[0] for _ in range(2)]
    posts = [later(service, f"Later {number}", approved=False) for number in range(8)]
    batches = [[approval(post) for post in chance.sample(posts, len(posts))] for _ in range(4)]
    refusals: list[Exception] = []

    def hear(batch: list[ReviewEvent]) -> None:
        try:
            with service.database.transaction() as conn:
                service.subscriber.handle_all(conn, batch)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told below
            refusals.append(error)

    def stop(link: str) -> None:
        for _ in range(20):
            try:
                take_back(service, link)
            except grpc.RpcError as error:
                # The page has become that of several posts meanwhile: whoever sent the form opens it again.
                if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
                    raise
            else:
                return

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(hear, batch) for batch in batches[:2]] + [pool.submit(stop, link) for link in links]
        work += [pool.submit(hear, batch) for batch in batches[2:]]
        for each in work:
            each.result()
    assert refusals == []
    for link in links:
        take_back(service, link)
    assert all((facts(service, post) or ["revoked"])[-1] == "revoked" for post in posts)
    assert {each[:2] for each in consents(service)} <= {("taken_back", False), ("ended", False)}


@pytest.mark.parametrize("only_new", [True, False])
def test_no_restore_revives_what_was_ended(service: RightsService, only_new: bool) -> None:
    """A database from before the end learns it from the journal; what had followed ends too where it was taken back."""
    link, _ = give(service)
    post = later(service)
    take_back(service, link, only_new=only_new)
    with service.database.transaction() as conn:
        conn.execute("UPDATE standing SET ended = NULL, ended_at = NULL, revoking = false")
        conn.execute("UPDATE grants SET state = 'active', ended_at = NULL")
        # What had followed was not known to the journal yet.
    for key in [each for each in service.objects.list() if each.startswith("revoked/")]:
        service.objects.delete(key)
    again = Journal(service.database, service.objects)
    assert [again.read(), again.read()] == [1, 0]
    StandingWork(service.database).tick(service.clock.now)
    assert [each[0] for each in consents(service)] == ["ended" if only_new else "taken_back"]
    assert facts(service, post)[1:] == ([] if only_new else ["revoked", "revoked"])
    assert facts(service, later(service, "After")) == []


def test_what_follows_anew_after_a_restore_is_the_grant_that_the_journal_may_end(service: RightsService) -> None:
    link, _ = give(service)
    post = later(service)
    nonce = see(service, f"{link}~{post}").nonce
    service.client("creator").Revoke(pb.RevokeRequest(link=f"{link}~{post}", nonce=nonce))
    with service.database.transaction() as conn:
        conn.execute("DELETE FROM grants WHERE post = %s", [post])
        conn.execute("UPDATE posts SET approved = 0 WHERE post = %s", [post])
    approve(service, post)
    assert facts(service, post) == ["granted", "revoked", "granted"]
    assert Journal(service.database, service.objects).read() == 1
    assert facts(service, post)[3:] == ["revoked"]


def test_erasing_forgets_whose_it_was_and_what_followed_stays_with_its_own_pages(service: RightsService) -> None:
    link, first = give(service)
    post = later(service)
    creator = service.client("creator")
    nonce = see(service, f"{link}~{first}").erase_nonce
    creator.Erase(pb.EraseRequest(link=f"{link}~{first}", nonce=nonce))
    with service.database.transaction() as conn:
        [kept] = conn.execute("SELECT platform, account, credit, ended FROM standing").fetchall()
    assert kept == ("", "", "", "ended")
    assert see(service, f"{link}~{post}").grant.state == pb.GRANT_STATE_ACTIVE
    assert facts(service, later(service, "After")) == []
    take_back(service, link)
    assert facts(service, post) == ["granted", "revoked"]


def test_a_consent_comes_back_from_the_database_as_it_was_kept(service: RightsService) -> None:
    give(service)
    with service.database.transaction() as conn:
        store = PostgresStore(conn)
        [consent] = store.covering("lumen", MIRA)
        assert (consent.account, consent.credit, consent.offer.days) == (MIRA, "Mira Example", 365)
        assert consent.offer.standing is None
        assert store.standing("lumen", posts=[consent.post]) == store.standing("lumen", requests=[consent.request])
        assert store.standing("other", posts=[consent.post]) == []
        assert store.covering("lumen", replace(MIRA, id="somebody")) == []
        assert store.hold_standing([consent]) == [consent]
        assert table.followed(conn, consent, 9) == []


def test_a_golden_post_without_a_time_is_covered_by_nothing(service: RightsService) -> None:
    give(service)
    event = cast("PostEvent", golden(PostEvent, "post/captured"))
    event.meta.post = "0" * 32
    event.captured.ClearField("posted_at")
    del event.captured.media[:]
    service.hear(event)
    approve(service, "0" * 32)
    assert facts(service, "0" * 32) == []
    refused(partial(see, service, "unknown"))
