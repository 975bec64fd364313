"""Several posts in one link, over gRPC and on PostgreSQL: one answer, and no deadlock with what is heard meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc
import pytest

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.platform.secrets import sha256_hex
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.link import Purpose
from chorus.rights.domain.thread import Kind
from tests.contract.test_rights_service import refused, state
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.posts import approval, arrive, ask_together
from tests.unit.rights.service import KEYS, RightsService, rights_with_terms

pytestmark = pytest.mark.postgres


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms."""
    with rights_with_terms(make_database) as running:
        yield running


@pytest.fixture
def posts(service: RightsService) -> list[str]:
    """Three approved posts of one creator."""
    return [arrive(service, f"Lamp {number}") for number in range(3)]


def see(service: RightsService, link: str) -> pb.CreatorView:
    return service.client("creator").GetLink(pb.GetLinkRequest(link=link))


def facts(service: RightsService) -> list[tuple[str, str | None]]:
    """List what was told since the questions, by the post."""
    told = [(event.meta.post, event.WhichOneof("fact")) for event in service.told()]
    return [each for each in told if each[1] != "requested"]


def test_one_link_shows_several_posts_and_takes_one_answer(service: RightsService, posts: list[str]) -> None:
    """The walk: asked, seen together and each by itself, granted, proved, taken back."""
    link, creator = ask_together(service, *posts), service.client("creator")
    view = see(service, link)
    assert [each.post for each in view.linked] == posts
    assert (view.post, view.erase_nonce, view.HasField("request")) == ("", "", False)
    assert (view.account.display_name, view.terms.text) == ("Mira Example", "In full.")
    assert [each.text for each in view.linked] == ["Lamp 0", "Lamp 1", "Lamp 2"]
    assert {(each.nonce, each.erase_nonce, each.terms.text) for each in view.linked} == {("", "", "")}
    one = see(service, f"{link}~{posts[1]}")
    assert (one.post, len(one.linked), one.terms.text, bool(one.erase_nonce)) == (posts[1], 0, "In full.", True)
    answered = creator.Answer(pb.AnswerRequest(link=link, nonce=view.nonce, grant=True, posts=posts))
    assert [each.grant.state for each in answered.linked] == [pb.GRANT_STATE_ACTIVE] * 3
    assert not answered.HasField("terms")
    receipts = [creator.GetReceipts(pb.GetReceiptsRequest(link=f"{link}~{post}")).receipts for post in posts]
    assert [[each.kind for each in found] for found in receipts] == [["granted"]] * 3
    agreement = creator.GetAgreements(pb.GetAgreementsRequest(link=f"{link}~{posts[0]}")).agreements
    assert [each.grant for each in agreement] == [answered.linked[0].grant.grant]
    creator.Revoke(pb.RevokeRequest(link=f"{link}~{posts[2]}", nonce=see(service, f"{link}~{posts[2]}").nonce))
    creator.Revoke(pb.RevokeRequest(link=link, nonce=answered.revoke_nonce))
    assert facts(service) == [
        *((post, "granted") for post in posts),
        (posts[2], "revoked"),
        (posts[0], "revoked"),
        (posts[1], "revoked"),
    ]


def test_making_a_link_for_several_is_in_each_thread(service: RightsService, posts: list[str]) -> None:
    ask_together(service, *posts)
    with service.database.transaction() as conn:
        threads = [PostgresStore(conn).thread("lumen", post) for post in posts]
    assert [[event.kind for event in thread] for thread in threads] == [[Kind.ASKED, Kind.LINKED]] * 3


def test_a_link_leads_to_no_post_of_another_account(service: RightsService, posts: list[str]) -> None:
    other = arrive(service, "Somebody else's", account="https://mastodon.example/users/noa")
    code = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID")
    assert refused(lambda: ask_together(service, posts[0], other)) == code
    assert refused(lambda: ask_together(service, posts[0], *posts * 34)) == code


def test_a_post_to_which_a_link_does_not_lead_is_not_found_by_it(service: RightsService, posts: list[str]) -> None:
    """Whoever has a link has that one, and can name nothing else."""
    link, creator = ask_together(service, *posts[:2]), service.client("creator")
    foreign = ask_together(service, posts[2])
    before = state(service)
    for wrong in (f"{link}~{posts[2]}", f"{foreign}~{posts[0]}", f"{link}~", f"{link}~{posts[0]}~", f"~{posts[0]}"):
        code = (grpc.StatusCode.NOT_FOUND, "LINK_NOT_FOUND")
        assert refused(partial(creator.GetLink, pb.GetLinkRequest(link=wrong))) == code
        assert refused(partial(creator.Answer, pb.AnswerRequest(link=wrong, grant=True))) == code
        assert refused(partial(creator.Revoke, pb.RevokeRequest(link=wrong))) == code
        assert refused(partial(creator.Erase, pb.EraseRequest(link=wrong))) == code
        assert refused(partial(creator.GetReceipts, pb.GetReceiptsRequest(link=wrong))) == code
    assert state(service) == before


def test_a_form_of_one_page_is_worth_nothing_on_another(service: RightsService, posts: list[str]) -> None:
    """Of one post at another, of one at all of them, and of all at one."""
    link, creator = ask_together(service, *posts), service.client("creator")
    all_of_them, first = see(service, link), see(service, f"{link}~{posts[0]}")
    single = Nonces(KEYS).make(sha256_hex(link), Purpose.MANAGE)
    before = state(service)
    for page, nonce in [
        (f"{link}~{posts[1]}", first.nonce),
        (link, first.nonce),
        (f"{link}~{posts[0]}", all_of_them.nonce),
        (link, all_of_them.revoke_nonce),
        (link, single),
    ]:
        call = pb.AnswerRequest(link=page, nonce=nonce, grant=True, posts=[posts[0]] if "~" not in page else [])
        assert refused(partial(creator.Answer, call)) == (grpc.StatusCode.INVALID_ARGUMENT, "NONCE")
    back = pb.RevokeRequest(link=link, nonce=all_of_them.nonce)
    assert refused(partial(creator.Revoke, back)) == (grpc.StatusCode.INVALID_ARGUMENT, "NONCE")
    assert state(service) == before


def test_a_form_from_before_a_link_led_to_more_does_nothing_to_what_came_later(
    service: RightsService, posts: list[str]
) -> None:
    link = ask_together(service, posts[0])
    nonce = see(service, link).nonce
    ask_together(service, posts[1])
    with service.database.transaction() as conn:
        conn.execute(
            "INSERT INTO links (sha256, brand, post, request, created_at)"
            " SELECT %s, brand, post, request, created_at FROM links WHERE post = %s LIMIT 1",
            [sha256_hex(link), posts[1]],
        )
    call = pb.AnswerRequest(link=link, nonce=nonce, grant=True, posts=[posts[0]])
    assert refused(lambda: service.client("creator").Answer(call))[1] == "NONCE"
    service.client("creator").Answer(pb.AnswerRequest(link=f"{link}~{posts[0]}", nonce=nonce, grant=True))
    assert facts(service) == [(posts[0], "granted")]


def test_what_concerns_one_post_takes_no_link_to_several(service: RightsService, posts: list[str]) -> None:
    link, creator = ask_together(service, *posts), service.client("creator")
    view = see(service, link)
    code = (grpc.StatusCode.FAILED_PRECONDITION, "SEVERAL_POSTS")
    assert refused(lambda: creator.GetReceipts(pb.GetReceiptsRequest(link=link))) == code
    assert refused(lambda: creator.GetAgreements(pb.GetAgreementsRequest(link=link))) == code
    made = partial(Nonces(KEYS).make, sha256_hex(link))
    assert refused(lambda: creator.Erase(pb.EraseRequest(link=link, nonce=made(Purpose.ERASE)))) == code
    assert refused(lambda: creator.Narrow(pb.NarrowRequest(link=link, nonce=view.revoke_nonce))) == code


def test_of_many_answers_at_once_one_counts_for_all_posts(service: RightsService, posts: list[str]) -> None:
    """Together, or each by itself, from several tabs: no post is answered twice."""
    link, creator = ask_together(service, *posts), service.client("creator")
    calls = [
        pb.AnswerRequest(link=link, nonce=see(service, link).nonce, grant=number % 2 == 0, posts=posts)
        for number in range(4)
    ] + [
        pb.AnswerRequest(link=f"{link}~{post}", nonce=see(service, f"{link}~{post}").nonce, grant=True)
        for post in posts
    ]

    def answer(call: pb.AnswerRequest) -> str:
        try:
            creator.Answer(call)
        except grpc.RpcError as error:
            return str(error.code())
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = set(pool.map(answer, calls))
    assert outcomes <= {"", str(grpc.StatusCode.FAILED_PRECONDITION)}
    assert sorted(post for post, _ in facts(service)) == posts


def test_hearing_of_posts_and_answering_for_them_wait_for_each_other_and_not_in_a_circle(
    service: RightsService, posts: list[str], seed: int
) -> None:
    """Facts come in any order; who answers locks the posts of a link in theirs. Else PostgreSQL ends one of the two."""
    chance, refusals = random.Random(seed), list[Exception]()
    batches = [[approval(post) for post in chance.sample(posts, len(posts))] for _ in range(60)]

    def work(number: int) -> None:
        try:
            with service.database.transaction() as conn:
                if number % 2:
                    service.subscriber.handle_all(conn, batches[number])
                    return
                store = PostgresStore(conn)
                for post in posts:
                    dossier = store.lock("lumen", post)
                    store.save(dossier.with_post(dossier.post.linked([str(number)])), service.clock.now)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told below
            refusals.append(error)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(len(batches))))
    assert refusals == []
