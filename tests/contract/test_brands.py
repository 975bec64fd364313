"""Brands, asked over gRPC on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.api.types.v1 import access_pb2
from chorus.brands.adapters import servicer
from chorus.brands.adapters.servicer import BrandsServicer
from chorus.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated, Unavailable
from chorus.platform.postgres import Database
from chorus.platform.rpc import Mounted, channel
from tests.engines.fixtures import MakeDatabase
from tests.serving import ADMIN, CURATOR, KEYS, SIGNER, as_member, as_operator, database_of, refused, served, told

pytestmark = pytest.mark.postgres
LUMEN = pb.CreateBrandRequest(
    brand="lumen", display_name="Lumen", admin_email="Ada@Lumen.example", admin_name="Ada Sample"
)


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    return database_of("brands", make_database)


@pytest.fixture
def address(url: str) -> Iterator[str]:
    database = Database(url)
    with served(database, lambda database: [servicer.mounted(database, SIGNER)]) as address:
        yield address
    database.close()


@pytest.fixture
def operator(address: str) -> BrandsStub:
    return BrandsStub(as_operator(address))


def test_a_brand_is_created_with_its_first_admin_and_announced_once(operator: BrandsStub, url: str) -> None:
    request = pb.CreateBrandRequest()
    request.CopyFrom(LUMEN)
    request.request_id = "the-same-command"
    assert operator.CreateBrand(request) == operator.CreateBrand(request)
    assert [each.email for each in operator.ListMembers(pb.ListMembersRequest(brand="lumen")).members] == [
        "ada@lumen.example"
    ]
    assert told(url) == ["created 1", "members_changed 2"]


def test_an_id_that_is_taken_is_refused(operator: BrandsStub) -> None:
    operator.CreateBrand(LUMEN)
    error = refused(lambda: operator.CreateBrand(LUMEN))
    assert isinstance(error, Conflict)
    assert error.reason == "ALREADY_EXISTS"


def test_every_field_that_is_wrong_is_named_at_once(operator: BrandsStub) -> None:
    bad = pb.CreateBrandRequest(brand="Lu men", display_name=" ", accent="red", home_page="lumen.example")
    error = refused(lambda: operator.CreateBrand(bad))
    assert isinstance(error, Invalid)
    assert set(error.fields) == {"brand", "display_name", "accent", "home_page"}


def test_only_the_operator_creates_brands(address: str) -> None:
    admin = BrandsStub(as_member(address, ADMIN))
    assert isinstance(refused(lambda: admin.CreateBrand(LUMEN)), Denied)


def test_an_admin_of_one_brand_has_no_say_in_another(operator: BrandsStub, address: str) -> None:
    operator.CreateBrand(LUMEN)
    stranger = BrandsStub(as_member(address, ADMIN, brand="other"))
    assert isinstance(refused(lambda: stranger.GetBrand(pb.GetBrandRequest(brand="lumen"))), Denied)
    assert not stranger.ListBrands(pb.ListBrandsRequest()).brands


def test_nobody_and_a_forged_token_are_told_to_sign_in(address: str) -> None:
    nobody = BrandsStub(channel(address))
    forger = BrandsStub(channel(address, lambda: SIGNER.operator_token()[:-4] + "AAAA"))
    for caller in (nobody, forger):
        error = refused(lambda caller=caller: caller.ListBrands(pb.ListBrandsRequest()))  # type: ignore[misc]  # bound at once
        assert isinstance(error, Unauthenticated)


def test_a_sign_in_code_works_once_and_its_session_gives_access_tokens(operator: BrandsStub, address: str) -> None:
    operator.CreateBrand(LUMEN)
    anyone = BrandsStub(channel(address))
    code = operator.CreateSignIn(pb.CreateSignInRequest(email="ada@lumen.example")).code
    session = anyone.RedeemSignIn(pb.RedeemSignInRequest(code=code))
    again = refused(lambda: anyone.RedeemSignIn(pb.RedeemSignInRequest(code=code)))
    token = anyone.IssueAccessToken(pb.IssueAccessTokenRequest(credential=session.session))
    who = SIGNER.verify(token.access_token)
    assert (who.kind, who.name, who.roles) == ("member", "Ada Sample", {"lumen": ADMIN})
    assert isinstance(again, Unauthenticated)


def test_a_session_that_was_ended_gives_nothing_any_more(operator: BrandsStub, address: str) -> None:
    operator.CreateBrand(LUMEN)
    anyone = BrandsStub(channel(address))
    code = operator.CreateSignIn(pb.CreateSignInRequest(email="ada@lumen.example")).code
    session = anyone.RedeemSignIn(pb.RedeemSignInRequest(code=code)).session
    anyone.EndSession(pb.EndSessionRequest(session=session))
    request = pb.IssueAccessTokenRequest(credential=session)
    assert isinstance(refused(lambda: anyone.IssueAccessToken(request)), Unauthenticated)


def test_a_sign_in_code_ends_after_ten_minutes(url: str) -> None:
    clock = [datetime(2026, 11, 20, 9, tzinfo=UTC)]
    database = Database(url)

    def mounted(database: Database) -> list[Mounted]:
        room = servicer.mounted(database, SIGNER)
        return [Mounted(room.add, BrandsServicer(database, SIGNER, now=lambda: clock[0]), room.descriptor)]

    with served(database, mounted) as address:
        operator = BrandsStub(as_operator(address))
        operator.CreateBrand(LUMEN)
        code = operator.CreateSignIn(pb.CreateSignInRequest(email="ada@lumen.example")).code
        clock[0] += timedelta(minutes=10)
        error = refused(lambda: BrandsStub(channel(address)).RedeemSignIn(pb.RedeemSignInRequest(code=code)))
    database.close()
    assert isinstance(error, Unauthenticated)


def test_a_machine_token_carries_its_role_until_it_is_revoked(operator: BrandsStub, address: str) -> None:
    operator.CreateBrand(LUMEN)
    admin, anyone = BrandsStub(as_member(address, ADMIN)), BrandsStub(channel(address))
    made = admin.CreateMachineToken(
        pb.CreateMachineTokenRequest(brand="lumen", title="web team", role=access_pb2.ROLE_VIEWER)
    )
    request = pb.IssueAccessTokenRequest(credential=made.secret)
    who = SIGNER.verify(anyone.IssueAccessToken(request).access_token)
    admin.RevokeMachineToken(pb.RevokeMachineTokenRequest(brand="lumen", machine_token=made.token.machine_token))
    assert (who.kind, who.roles) == ("machine", {"lumen": 1})
    assert isinstance(refused(lambda: anyone.IssueAccessToken(request)), Unauthenticated)


def test_a_brand_keeps_its_last_admin(operator: BrandsStub) -> None:
    operator.CreateBrand(LUMEN)
    ada = pb.RemoveMemberRequest(brand="lumen", email="ada@lumen.example")
    less = pb.SetMemberRequest(brand="lumen", email="ada@lumen.example", role=access_pb2.ROLE_VIEWER)
    assert refused(lambda: operator.RemoveMember(ada)).reason == "LAST_ADMIN"
    assert refused(lambda: operator.SetMember(less)).reason == "LAST_ADMIN"
    operator.SetMember(pb.SetMemberRequest(brand="lumen", email="bo@lumen.example", role=access_pb2.ROLE_ADMIN))
    operator.RemoveMember(ada)
    assert [each.email for each in operator.ListMembers(pb.ListMembersRequest(brand="lumen")).members] == [
        "bo@lumen.example"
    ]


def test_a_curator_does_not_manage_members(operator: BrandsStub, address: str) -> None:
    operator.CreateBrand(LUMEN)
    curator = BrandsStub(as_member(address, CURATOR))
    request = pb.SetMemberRequest(brand="lumen", email="eve@lumen.example", role=access_pb2.ROLE_ADMIN)
    assert isinstance(refused(lambda: curator.SetMember(request)), Denied)


def test_lists_are_paged_and_a_strange_page_token_is_refused(operator: BrandsStub) -> None:
    for name in ("a", "b", "c"):
        operator.CreateBrand(pb.CreateBrandRequest(brand=name, display_name=name))
    first = operator.ListBrands(pb.ListBrandsRequest(page_size=2))
    rest = operator.ListBrands(pb.ListBrandsRequest(page_size=2, page_token=first.next_page_token))
    assert [each.brand for each in (*first.brands, *rest.brands)] == ["a", "b", "c"]
    assert not rest.next_page_token
    error = refused(lambda: operator.ListBrands(pb.ListBrandsRequest(page_token="bogus!")))
    assert isinstance(error, Invalid)
    assert error.reason == "PAGE_TOKEN"


def test_unknown_brands_members_and_tokens_are_not_found(operator: BrandsStub) -> None:
    operator.CreateBrand(LUMEN)
    for act in (
        lambda: operator.GetBrand(pb.GetBrandRequest(brand="nobody")),
        lambda: operator.RemoveMember(pb.RemoveMemberRequest(brand="lumen", email="no@lumen.example")),
        lambda: operator.CreateSignIn(pb.CreateSignInRequest(email="no@lumen.example")),
        lambda: operator.RevokeMachineToken(pb.RevokeMachineTokenRequest(brand="lumen", machine_token="none")),
    ):
        assert isinstance(refused(act), NotFound)


def test_a_database_that_is_down_answers_unavailable(operator: BrandsStub, url: str) -> None:
    down = Database(url.rpartition("@")[0] + "@127.0.0.1:1/nothing")
    with served(down, lambda database: [servicer.mounted(database, SIGNER)]) as address:
        stub = BrandsStub(channel(address, SIGNER.operator_token))
        error = refused(lambda: stub.ListBrands(pb.ListBrandsRequest(), timeout=60))
    down.close()
    assert isinstance(error, Unavailable)
    assert error.reason == "DATABASE_DOWN"


def test_a_rotated_key_goes_on_verifying() -> None:
    from chorus.platform.auth import Principal, Signer

    old = SIGNER.issue(Principal("member", "Ada Sample"))[0]
    rotated = Signer(["another-secret-for-tests-0123456789abcdef", *KEYS])
    assert rotated.verify(old).name == "Ada Sample"
    with pytest.raises(Unauthenticated):
        Signer(["another-secret-for-tests-0123456789abcdef"]).verify(old)
