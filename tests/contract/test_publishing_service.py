"""Publishing over gRPC: surfaces are defined, paused, explained, by whoever may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingStub
from chorus.api.types.v1.access_pb2 import ROLE_ADMIN, ROLE_CURATOR, ROLE_VIEWER
from chorus.api.types.v1.scope_pb2 import USE_WEB, Scope
from chorus.evidence.certificate import verify
from chorus.local.child import free_port
from chorus.platform.auth import Principal, Signer
from chorus.platform.fetch import GuardedFetcher
from chorus.platform.rpc import Server, channel
from chorus.platform.secrets import Vault, sha256_hex
from chorus.publishing.adapters import servicer
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Ended, Reviewed
from chorus.publishing.domain.surface import Access
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.contract.taking_down import KEY, TakingDown
from tests.engines.fixtures import MakeDatabase
from tests.unit.publishing.samples import BRAND, POST, SURFACE

pytestmark = pytest.mark.postgres
PUBLIC_URL = "https://public.example"
SECRET = "a secret of at least thirty-two characters"
FETCHER = GuardedFetcher(user_agent="test")


@dataclass
class Called:
    """A running service, and stubs for whoever calls."""

    house: PublishingHouse
    stub: Callable[[int], PublishingStub]
    creator: PublishingStub

    @property
    def admin(self) -> PublishingStub:
        return self.stub(ROLE_ADMIN)


@pytest.fixture
def service(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Called]:
    """The service on loopback, on a database of its own."""
    house, signer = PublishingHouse(make_database("publishing", prepared), tmp_path), Signer([SECRET])
    server = Server(
        [servicer.mounted(house.database, PUBLIC_URL, Vault([SECRET]), FETCHER.check, 30)], "127.0.0.1:0", signer
    )
    server.start()
    opened: list[grpc.Channel] = []

    def stub(role: int) -> PublishingStub:
        token, _ = signer.issue(Principal("member", "Ada", roles={BRAND: role}), timedelta(minutes=5))
        opened.append(channel(f"127.0.0.1:{server.port}", lambda: token))
        return PublishingStub(opened[-1])

    opened.append(channel(f"127.0.0.1:{server.port}", lambda: signer.service_token("creator")))
    yield Called(house, stub, PublishingStub(opened[-1]))
    for each in opened:
        each.close()
    server.stop(1)
    house.close()


def created(
    service: Called, name: str = SURFACE, access: pb.SurfaceAccess.ValueType = pb.SURFACE_ACCESS_PUBLIC, **more: object
) -> pb.CreateSurfaceResponse:
    request = pb.CreateSurfaceRequest(
        brand=BRAND,
        surface=name,
        title="Wall",
        address="https://lumen.example/",
        access=access,
        **more,  # type: ignore[arg-type]  # further fields by name
    )
    request.scope.uses.append(USE_WEB)
    return service.admin.CreateSurface(request)


def violations(refused: pytest.ExceptionInfo[grpc.RpcError]) -> set[str]:
    """Read the fields that a refusal names."""
    status = rpc_status.from_call(refused.value)
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in status.details)
    return {each.field for each in found.field_violations}


def test_a_surface_is_told_with_its_addresses_its_rule_in_words_and_a_snippet(service: Called) -> None:
    made = created(service, rule=pb.Rule(platforms=["mastodon"], has_media=True, hashtags=["lamp", "light"])).surface
    assert made.rule_text == "Posts on mastodon, with pictures, tagged #lamp or #light"
    assert made.feed_json_url == f"{PUBLIC_URL}/v1/lumen/surfaces/home-wall/feed.json"
    assert made.changes_url == f"{PUBLIC_URL}/v1/lumen/surfaces/home-wall/changes"
    assert f'src="{made.feed_json_url}"' in made.snippet
    assert f'src="{PUBLIC_URL}/gallery/chorus-gallery.js"' in made.snippet
    assert service.stub(ROLE_VIEWER).GetSurface(pb.GetSurfaceRequest(brand=BRAND, surface=SURFACE)) == made


def test_a_key_is_told_only_to_the_request_that_made_it_and_again_when_that_is_repeated(service: Called) -> None:
    first = created(service, "keyed", pb.SURFACE_ACCESS_KEY, request_id="one")
    assert len(first.key) > 40
    assert created(service, "keyed", pb.SURFACE_ACCESS_KEY, request_id="one") == first
    rotate = pb.RotateKeyRequest(brand=BRAND, surface="keyed", request_id="two")
    rotated = service.admin.RotateKey(rotate)
    assert rotated.key not in {"", first.key}
    assert service.admin.RotateKey(rotate) == rotated
    assert key_hash(service, "keyed") == sha256_hex(rotated.key)
    assert created(service, "open").key == ""
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.RotateKey(pb.RotateKeyRequest(brand=BRAND, surface="open"))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_no_key_lies_in_the_database_in_clear(service: Called) -> None:
    key = created(service, "keyed", pb.SURFACE_ACCESS_KEY, request_id="one").key
    with service.house.database.transaction() as conn:
        rows = conn.execute("SELECT response FROM idempotency").fetchall()
        rows += conn.execute("SELECT convert_to(surfaces::text, 'utf8') FROM surfaces").fetchall()
    assert len(rows) == 2
    assert not any(key.encode() in row[0] for row in rows)


def test_a_surface_that_is_to_need_a_key_is_given_its_first_by_rotating(service: Called) -> None:
    created(service)
    update = pb.UpdateSurfaceRequest(
        brand=BRAND, surface=SURFACE, title="Wall", access=pb.SURFACE_ACCESS_KEY, scope=Scope(uses=[USE_WEB])
    )
    assert service.admin.UpdateSurface(update).access == pb.SURFACE_ACCESS_KEY
    assert key_hash(service, SURFACE) == "", "nobody has its key"
    rotated = service.admin.RotateKey(pb.RotateKeyRequest(brand=BRAND, surface=SURFACE))
    assert key_hash(service, SURFACE) == sha256_hex(rotated.key)


def key_hash(service: Called, name: str) -> str:
    """Read the hash that a reader compares keys with."""
    with service.house.database.transaction() as conn:
        return PostgresStore(conn).surface(BRAND, name).key_sha256


def test_what_cannot_be_is_refused_with_each_field(service: Called) -> None:
    request = pb.CreateSurfaceRequest(brand=BRAND, surface="Home Wall", access=pb.SURFACE_ACCESS_PUBLIC)
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.CreateSurface(request)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations(refused) == {"surface", "title", "scope.uses"}
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.CreateSurface(pb.CreateSurfaceRequest(brand=BRAND, surface="x", scope=Scope(uses=[77])))  # type: ignore[list-item]  # a use that there is not
    assert violations(refused) == {"access", "scope.uses"}


def test_a_second_surface_of_the_same_id_is_refused(service: Called) -> None:
    created(service)
    with pytest.raises(grpc.RpcError) as refused:
        created(service)
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


def test_only_who_may_can_and_only_in_their_brand(service: Called) -> None:
    created(service)
    pause = pb.PauseSurfaceRequest(brand=BRAND, surface=SURFACE)
    with pytest.raises(grpc.RpcError) as refused:
        service.stub(ROLE_VIEWER).PauseSurface(pause)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert service.stub(ROLE_CURATOR).PauseSurface(pause).paused
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.ListSurfaces(pb.ListSurfacesRequest(brand="other"))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_what_is_not_there_is_not_found(service: Called) -> None:
    for call in (
        lambda: service.admin.GetSurface(pb.GetSurfaceRequest(brand=BRAND, surface="nowhere")),
        lambda: service.admin.PauseSurface(pb.PauseSurfaceRequest(brand=BRAND, surface="nowhere")),
        lambda: service.admin.ListPlacements(pb.ListPlacementsRequest(brand=BRAND, surface="nowhere")),
        lambda: service.admin.Explain(pb.ExplainRequest(brand=BRAND, post="nothing")),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_surfaces_and_placements_are_listed_page_by_page(service: Called) -> None:
    for name in ("a", "b", "c"):
        created(service, name)
    first = service.admin.ListSurfaces(pb.ListSurfacesRequest(brand=BRAND, page_size=2))
    rest = service.admin.ListSurfaces(
        pb.ListSurfacesRequest(brand=BRAND, page_size=2, page_token=first.next_page_token)
    )
    assert [each.surface for each in (*first.surfaces, *rest.surfaces)] == ["a", "b", "c"]
    assert rest.next_page_token == ""
    for name in ("one", "two", "three"):
        service.house.approved(name)
        service.house.work()
    asked = pb.ListPlacementsRequest(brand=BRAND, surface="a", page_size=2)
    page = service.admin.ListPlacements(asked)
    asked.page_token = page.next_page_token
    more = service.admin.ListPlacements(asked)
    assert [each.post for each in (*page.placements, *more.placements)] == ["three", "two", "one"]
    assert page.placements[0].thumbnail_url.endswith("m1-320.jpg")
    assert service.admin.GetSurface(pb.GetSurfaceRequest(brand=BRAND, surface="a")).live == 3
    asked = pb.ListPlacementsRequest(brand=BRAND, surface="a", states=[pb.PLACEMENT_STATE_WITHDRAWN])
    assert list(service.admin.ListPlacements(asked).placements) == []
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.ListPlacements(pb.ListPlacementsRequest(brand=BRAND, surface="a", page_token="nonsense"))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_where_a_post_is_and_was_is_answered_for_many_posts_at_once(service: Called) -> None:
    created(service)
    for name in ("here", "gone"):
        service.house.approved(name)
        service.house.work()
    service.house.hear("gone", Reviewed(None))
    service.house.work()
    answer = service.admin.BatchGetPostPlacements(
        pb.BatchGetPostPlacementsRequest(brand=BRAND, posts=["here", "gone", "unheard"])
    )
    found = {each.post: each for each in answer.placements}
    assert found["here"].state == pb.PLACEMENT_STATE_LIVE
    assert (found["here"].surface_title, found["here"].surface_address) == ("Wall", "https://lumen.example/")
    assert (found["gone"].state, found["gone"].reason) == (pb.PLACEMENT_STATE_WITHDRAWN, "unapproved")
    assert found["gone"].thumbnail_url == ""
    assert set(found) == {"here", "gone"}
    with pytest.raises(grpc.RpcError) as refused:
        service.admin.BatchGetPostPlacements(pb.BatchGetPostPlacementsRequest(brand=BRAND, posts=["x"] * 101))
    assert violations(refused) == {"posts"}


def test_why_a_post_is_here_and_not_there_is_said_in_sentences(service: Called) -> None:
    created(service, "here")
    created(service, "there", rule=pb.Rule(collection="spring"))
    service.house.approved(POST)
    service.house.work()
    answer = service.admin.Explain(pb.ExplainRequest(brand=BRAND, post=POST))
    here, there = answer.surfaces
    assert here.here
    assert all(each.met for each in here.conditions)
    assert not there.here
    assert [each.text for each in there.conditions if not each.met] == ["It is not in the collection “spring”."]


def test_take_downs_of_a_post_are_told_to_members_and_to_its_creator_s_door(service: Called) -> None:
    created(service)
    for _ in range(2):
        service.house.approved(POST)
        service.house.work()
        service.house.hear(POST, Ended(f"g-{POST}", GrantState.REVOKED))
        service.house.work()
    taking_down = TakingDown(service.house, f"http://127.0.0.1:{free_port()}")
    (second, first) = listed(service.stub(ROLE_VIEWER)).takedowns
    assert (second.takedown > first.takedown, second.state) == (True, pb.TAKEDOWN_STATE_RUNNING)
    assert second.due_at.seconds - second.decided_at.seconds == 30
    taking_down.look(seconds=60)
    taking_down.look(days=15)
    page = listed(service.stub(ROLE_VIEWER), page_size=1)
    (second,) = page.takedowns
    assert (second.cause, second.state) == ("revoked", pb.TAKEDOWN_STATE_GIVEN_UP)
    assert [(each.number, each.complete) for each in second.certificates] == [(1, False), (2, False)]
    assert verify(second.certificates[0].document.encode(), [KEY.public])["takedown"] == second.takedown
    (wall,) = second.surfaces
    assert (wall.title, wall.address, wall.HasField("confirmed_at")) == ("Wall", "https://lumen.example/", False)
    (last,) = listed(service.creator, page_token=page.next_page_token).takedowns
    assert last.takedown == first.takedown
    assert not listed(service.creator, post="another").takedowns


def listed(stub: PublishingStub, post: str = POST, **more: object) -> pb.ListTakedownsResponse:
    return stub.ListTakedowns(pb.ListTakedownsRequest(brand=BRAND, post=post, **more))  # type: ignore[arg-type]


def test_a_surface_is_paused_and_resumed_and_everything_comes_back(service: Called) -> None:
    created(service)
    service.house.approved(POST)
    service.house.work()
    request = pb.PauseSurfaceRequest(brand=BRAND, surface=SURFACE, request_id="once")
    assert service.admin.PauseSurface(request).live == 0
    service.house.work()
    assert service.house.lying_public() == []
    service.admin.ResumeSurface(pb.ResumeSurfaceRequest(brand=BRAND, surface=SURFACE))
    service.admin.PauseSurface(request)
    service.house.work()
    assert service.admin.GetSurface(pb.GetSurfaceRequest(brand=BRAND, surface=SURFACE)).live == 1


def test_a_redefined_surface_loses_what_no_longer_fits(service: Called) -> None:
    created(service)
    service.house.approved(POST)
    service.house.work()
    update = pb.UpdateSurfaceRequest(
        brand=BRAND,
        surface=SURFACE,
        title="Text only",
        access=pb.SURFACE_ACCESS_PUBLIC,
        rule=pb.Rule(has_media=False),
        scope=Scope(uses=[USE_WEB]),
    )
    changed = service.admin.UpdateSurface(update)
    assert (changed.title, changed.live, changed.rule_text) == ("Text only", 0, "Posts without pictures")
    service.house.work()
    assert service.house.column("ending") == ["surface-changed"]


# --- what everybody can see -------------------------------------------------------------------------------------------


def found(service: Called, **named: object) -> list[pb.PublicItem]:
    asked = pb.FindPublicItemsRequest(brand=BRAND, **named)  # type: ignore[arg-type]  # fields by name
    return list(service.creator.FindPublicItems(asked).items)


def shown_on(service: Called, *surfaces: str, posts: tuple[str, ...] = (POST,)) -> None:
    """Show posts on public surfaces."""
    for name in surfaces:
        service.house.surface(name)
    for each in posts:
        service.house.approved(each)
    service.house.work()


def test_an_item_is_found_by_its_placement_as_everybody_sees_it(service: Called) -> None:
    shown_on(service, SURFACE)
    [placement] = service.house.column("placement")
    [item] = found(service, placement=placement)
    assert (item.placement, item.post, item.text, item.language) == (placement, POST, "Blue hour", "en")
    assert item.credit == "Photo: Mira Example (@mira@mastodon.example)"
    assert (item.url, item.surface_title) == ("https://mastodon.example/@mira/1", f"The {SURFACE}")
    base = f"{PUBLIC_URL}/media/pk-{SURFACE}/{placement}"
    [picture] = item.pictures
    assert (picture.url, picture.thumbnail_url) == (f"{base}/m1-1080.jpg", f"{base}/m1-320.jpg")
    assert (picture.width, picture.height, picture.alt_text) == (1080, 810, "A brass lamp")


@pytest.mark.parametrize("placement", ["no-such-one", "%", "' OR '1'='1", "0" * 5000])
def test_what_names_no_item_finds_none(service: Called, placement: str) -> None:
    shown_on(service, SURFACE)
    assert found(service, placement=placement) == []
    named = pb.FindPublicItemsRequest(brand="other", placement=service.house.column("placement")[0])
    assert list(service.creator.FindPublicItems(named).items) == []


def test_an_item_is_found_by_where_its_post_came_from_and_by_where_it_is_seen(service: Called) -> None:
    shown_on(service, "one", "two")
    for address in ("https://mastodon.example/@mira/1", " https://mastodon.example/@mira/1/#reply "):
        assert [each.post for each in found(service, address=address)] == [POST], "on two surfaces, once"
    assert [each.post for each in found(service, address="https://lumen.example")] == [POST]
    assert found(service, address="https://mastodon.example/@mira/2") == []


def test_all_that_everybody_can_see_comes_page_by_page_the_newest_first(service: Called) -> None:
    shown_on(service, SURFACE, posts=("a", "b", "c"))
    token, posts = "", []
    for _ in range(2):
        asked = pb.FindPublicItemsRequest(brand=BRAND, page_size=2, page_token=token)
        page = service.creator.FindPublicItems(asked)
        posts += [each.post for each in page.items]
        token = page.next_page_token
    assert (posts, token) == (["c", "b", "a"], "")


def test_what_not_everybody_can_see_is_not_found_by_any_name(service: Called) -> None:
    """Behind a key, held, taken down, or past its end by the clock alone."""
    service.house.surface("keyed", access=Access.KEY, key_sha256="0" * 64)
    shown_on(service)
    [hidden] = service.house.column("placement")
    assert service.house.states() == ["live"]
    assert found(service) == found(service, placement=hidden) == []
    with service.house.database.transaction() as conn:
        open_ = """UPDATE surfaces SET definition = definition || '{"access": "public"}'"""
        conn.execute(open_)
    assert [each.placement for each in found(service)] == [hidden]
    for change in ("state = 'held', hold = 'lease'", "state = 'withdrawn'"):
        with service.house.database.transaction() as conn:
            conn.execute(f"UPDATE placements SET {change}".encode())  # noqa: S608 -- words of our own
        assert found(service, placement=hidden) == []
    over = """UPDATE placements SET state = 'live', hold = NULL,
        shown = shown || '{"valid_until": "2001-01-01T00:00:00Z"}'"""
    with service.house.database.transaction() as conn:
        conn.execute(over)
    assert found(service, placement=hidden) == []
