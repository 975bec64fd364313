"""The console's gateway, asked over HTTP as a browser would, in front of real brands and curation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import grpc
import httpx2
import pytest
from google.protobuf.descriptor import MethodDescriptor

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.api.curation.v1 import curation_pb2
from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import attestation_pb2, rights_pb2
from chorus.api.types.v1.access_pb2 import Role
from chorus.brands.adapters import servicer as brands
from chorus.console.app import ConsoleSettings, build
from chorus.curation.adapters import servicer as curation
from chorus.errors import NotFound
from chorus.local.child import free_port
from chorus.platform.postgres import Database
from chorus.platform.rpc import Mounted, access_of
from chorus.platform.web import HttpServer, application
from tests.contract.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider
from tests.engines.postgres import Postgres
from tests.serving import ADMIN, KEYS, SIGNER, as_operator, database_of, served

pytestmark = pytest.mark.postgres
NOBODY = "127.0.0.1:1"
WEBP = b"RIFF....WEBP"
PDF = b"%PDF-1.7 <script>alert(1)</script>"
ROOMS = (pb, curation_pb2, ingest_pb2, publishing_pb2, rights_pb2)


def _preview(request: ingest_pb2.GetPreviewRequest, _context: grpc.ServicerContext) -> ingest_pb2.GetPreviewResponse:
    """Answer the one preview that there is."""
    if (request.brand, request.media, request.size) != ("lumen", "m1", 640):
        message = "There is no such preview."
        raise NotFound(message)
    return ingest_pb2.GetPreviewResponse(data=WEBP, content_type=request.content_type, etag="abc")


def _proof(
    request: attestation_pb2.GetProofRequest, _context: grpc.ServicerContext
) -> attestation_pb2.GetProofResponse:
    """Answer the one proof that there is."""
    if (request.brand, request.grant) != ("lumen", "g1"):
        message = "There is no such proof."
        raise NotFound(message)
    proof = attestation_pb2.Proof(name="Verträge, 3.pdf", content_type="application/pdf")
    return attestation_pb2.GetProofResponse(proof=proof, content=PDF)


def _add_previews(_servicer: object, server: grpc.Server) -> None:
    handler = grpc.unary_unary_rpc_method_handler(
        _preview, ingest_pb2.GetPreviewRequest.FromString, ingest_pb2.GetPreviewResponse.SerializeToString
    )
    name = ingest_pb2.DESCRIPTOR.services_by_name["Ingest"].full_name
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"GetPreview": handler}),))


def previews(_database: Database) -> list[Mounted]:
    """Serve ingest's previews alone."""
    return [Mounted(_add_previews, None, ingest_pb2.DESCRIPTOR.services_by_name["Ingest"])]


def _add_proofs(_servicer: object, server: grpc.Server) -> None:
    handler = grpc.unary_unary_rpc_method_handler(
        _proof,
        attestation_pb2.GetProofRequest.FromString,
        attestation_pb2.GetProofResponse.SerializeToString,
    )
    name = rights_pb2.DESCRIPTOR.services_by_name["Rights"].full_name
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"GetProof": handler}),))


def proofs(_database: Database) -> list[Mounted]:
    """Serve rights' proofs alone."""
    return [Mounted(_add_proofs, None, rights_pb2.DESCRIPTOR.services_by_name["Rights"])]


@dataclass
class Console:
    """A running console and brands beside it."""

    url: str
    brands: BrandsStub

    def browser(self) -> httpx2.Client:
        """Open a browser with cookies of its own, which sends the console's origin."""
        return httpx2.Client(base_url=self.url, headers={"Origin": self.url}, trust_env=False)

    def code(self, email: str = "ada@lumen.example") -> str:
        return str(self.brands.CreateSignIn(pb.CreateSignInRequest(email=email)).code)

    def signed_in(self, email: str = "ada@lumen.example") -> httpx2.Client:
        browser = self.browser()
        answer = browser.post("/sign-in", data={"code": self.code(email)})
        assert answer.status_code == 303
        return browser


OpenConsole = Callable[..., Console]


@pytest.fixture(scope="module")
def rooms(postgres_server: Postgres) -> Iterator[dict[str, str]]:
    """Where brands (with `lumen`, its admin Ada and its viewer Vic), curation and ingest's previews answer."""
    with ExitStack() as stack:
        found = {room: Database(database_of(room, postgres_server.make_database)) for room in ("brands", "curation")}
        for database in found.values():
            stack.callback(database.close)
        at = {
            "brands": stack.enter_context(served(found["brands"], lambda each: [brands.mounted(each, SIGNER)])),
            "curation": stack.enter_context(served(found["curation"], lambda each: [curation.mounted(each)])),
            "ingest": stack.enter_context(served(found["brands"], previews)),
        }
        _populate(BrandsStub(as_operator(at["brands"])))
        yield at


@pytest.fixture
def open_console(rooms: dict[str, str]) -> Iterator[OpenConsole]:
    """A maker of consoles in front of the rooms."""
    with ExitStack() as stack:

        def open_(**settings: str) -> Console:
            url = f"http://127.0.0.1:{free_port()}"
            door = build(_settings(url, rooms, settings))
            http = HttpServer(application([], door.checks, inner=door.app), url.removeprefix("http://"))
            http.start()
            stack.callback(http.stop, 5)
            return Console(url, BrandsStub(as_operator(rooms["brands"])))

        yield open_


def _settings(url: str, at: dict[str, str], more: dict[str, str]) -> ConsoleSettings:
    values: dict[str, Any] = {
        "secret_key": KEYS,
        "public_url": "http://public.example",
        "console_url": url,
        "rights_address": NOBODY,
        "publishing_address": NOBODY,
        **{f"{room}_address": address for room, address in at.items()},
        **more,
    }
    return ConsoleSettings.model_validate(values)


def _populate(stub: BrandsStub) -> None:
    for brand in ("lumen", "other"):
        stub.CreateBrand(pb.CreateBrandRequest(brand=brand, display_name=brand.title()))
    for email, role in (("ada@lumen.example", Role.ROLE_ADMIN), ("vic@lumen.example", Role.ROLE_VIEWER)):
        name = email.partition("@")[0].title()
        stub.SetMember(pb.SetMemberRequest(brand="lumen", email=email, display_name=name, role=role))


@pytest.fixture
def console(open_console: OpenConsole) -> Console:
    return open_console()


def test_looking_at_a_one_time_address_redeems_nothing(console: Console) -> None:
    code = console.code()
    for _ in range(2):
        seen = console.browser().get("/sign-in", params={"code": code})
        assert "Sign in" in seen.text
        assert "set-cookie" not in seen.headers
    assert console.browser().post("/sign-in", data={"code": code}).status_code == 303


def test_a_one_time_address_works_once(console: Console) -> None:
    code = console.code()
    assert console.browser().post("/sign-in", data={"code": code}).status_code == 303
    again = console.browser().post("/sign-in", data={"code": code})
    assert again.status_code == 401
    assert 'role="alert"' in again.text
    assert "set-cookie" not in again.headers


def test_the_session_is_out_of_reach_of_scripts_and_of_other_sites(console: Console) -> None:
    cookie = console.browser().post("/sign-in", data={"code": console.code()}).headers["set-cookie"].lower()
    assert cookie.startswith("chorus=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))


def test_on_https_the_session_is_bound_to_its_host(open_console: OpenConsole) -> None:
    console = open_console(console_url="https://console.example")
    browser = httpx2.Client(base_url=console.url, headers={"Origin": "https://console.example"}, trust_env=False)
    cookie = browser.post("/sign-in", data={"code": console.code()}).headers["set-cookie"]
    assert cookie.startswith("__Host-chorus=")
    assert "secure" in cookie.lower().split("; ")


def test_the_session_says_who_is_signed_in_and_where(console: Console) -> None:
    assert console.browser().get("/session").status_code == 401
    who = console.signed_in().get("/session")
    assert who.headers["cache-control"] == "no-store"
    assert who.json() == {
        "email": "ada@lumen.example",
        "displayName": "Ada",
        "memberships": [{"brand": "lumen", "role": ADMIN}],
        "publicUrl": "http://public.example",
    }


def test_signing_out_ends_the_session_for_whoever_has_a_copy(console: Console) -> None:
    browser = console.signed_in()
    copy = {"chorus": browser.cookies["chorus"]}
    assert browser.post("/sign-out").status_code == 204
    assert httpx2.get(f"{console.url}/session", cookies=copy, trust_env=False).status_code == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/rpc/chorus.api.brands.v1.Brands/ListBrands"])
def test_another_site_can_send_nothing(console: Console, path: str, origin: str) -> None:
    browser = console.signed_in()
    answer = browser.post(path, json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["reason"] == "FOREIGN_ORIGIN"
    assert browser.get("/session").status_code == 200


def test_a_member_calls_with_their_own_rights(console: Console) -> None:
    ada, vic = console.signed_in(), console.signed_in("vic@lumen.example")
    path = "/rpc/chorus.api.brands.v1.Brands/ListBrands"
    assert [each["brand"] for each in ada.post(path, json={}).json()["brands"]] == ["lumen"]
    update = "/rpc/chorus.api.brands.v1.Brands/UpdateBrand"
    assert ada.post(update, json={"brand": "lumen", "displayName": "Lumen!"}).json()["displayName"] == "Lumen!"
    refused = vic.post(update, json={"brand": "lumen", "displayName": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert ada.post(update, json={"brand": "other", "displayName": "Mine"}).json()["code"] == "permission_denied"


def test_nobody_calls_without_a_session(console: Console) -> None:
    answer = console.browser().post("/rpc/chorus.api.brands.v1.Brands/ListBrands", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_refusal_keeps_its_words_and_its_details(console: Console) -> None:
    path = "/rpc/chorus.api.curation.v1.Curation/CreateCollection"
    answer = console.signed_in().post(path, json={"brand": "lumen", "collection": "No Slug!", "title": "x"})
    said = answer.json()
    assert said["code"] == "invalid_argument"
    assert said["message"]
    assert {each["type"] for each in said["details"]} == {"google.rpc.ErrorInfo", "google.rpc.BadRequest"}


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"", b'{"brand": {}}', b'{"filter": "\\ud800"}', b'{"brand": "\\ud800"}']
)
def test_what_is_no_message_is_the_senders_error(console: Console, body: bytes) -> None:
    path = "/rpc/chorus.api.curation.v1.Curation/CountPosts"
    answer = console.signed_in().post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


def test_binary_messages_pass_as_well_as_json(console: Console) -> None:
    path = "/rpc/chorus.api.curation.v1.Curation/CountPosts"
    asked = curation_pb2.CountPostsRequest(brand="lumen").SerializeToString()
    answer = console.signed_in().post(path, content=asked, headers={"Content-Type": "application/proto"})
    assert answer.status_code == 200
    assert curation_pb2.CountPostsResponse.FromString(answer.content).new_since == 0


def test_a_service_that_is_away_is_unavailable_and_the_others_go_on(console: Console) -> None:
    browser = console.signed_in()
    away = browser.post("/rpc/chorus.api.rights.v1.Rights/CountCards", json={"brand": "lumen"})
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert "cannot be reached" in away.json()["message"]
    path = "/rpc/chorus.api.curation.v1.Curation/CountPosts"
    assert browser.post(path, json={"brand": "lumen"}).status_code == 200


def test_nothing_that_a_stranger_sends_is_read_and_of_a_member_s_at_most_eight_megabytes(console: Console) -> None:
    path = "/rpc/chorus.api.curation.v1.Curation/CountPosts"
    large = bytes(8 * 1024 * 1024 + 1)
    headers = {"Content-Type": "application/proto"}
    assert console.browser().post(path, content=large, headers=headers).status_code == 401
    refused = console.signed_in().post(path, content=large, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "resource_exhausted")


def test_a_proof_is_saved_as_a_file_and_shown_in_no_page(
    open_console: OpenConsole, rooms: dict[str, str], postgres_server: Postgres
) -> None:
    database = Database(database_of("brands", postgres_server.make_database))
    with served(database, proofs) as rights:
        console = open_console(rights_address=rights)
        member = console.signed_in()
        found = member.get("/proof/lumen/g1")
        assert (found.content, found.headers["content-type"]) == (PDF, "application/pdf")
        assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''Vertr%C3%A4ge%2C%203.pdf"
        assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "private, no-store"
        assert member.get("/proof/lumen/g2").status_code == 404
        assert console.signed_in("vic@lumen.example").get("/proof/lumen/g1").status_code == 403
        assert console.browser().get("/proof/lumen/g1").status_code == 401
    database.close()


def _methods() -> list[MethodDescriptor]:
    services = [service for room in ROOMS for service in room.DESCRIPTOR.services_by_name.values()]
    return [method for service in services for method in service.methods]


def test_what_no_member_may_call_is_not_there(console: Console) -> None:
    browser = console.signed_in()
    closed = [method for method in _methods() if not (access_of(method).role or access_of(method).signed_in)]
    assert {"CreateBrand", "CreateSignIn", "IssueAccessToken", "CheckGrants", "Answer"} <= {
        each.name for each in closed
    }
    for method in closed:
        path = f"/rpc/{method.containing_service.full_name}/{method.name}"
        assert browser.post(path, json={}).status_code == 404, path


def test_previews_are_for_members_and_kept_by_their_browser_alone(console: Console) -> None:
    assert console.browser().get("/preview/lumen/m1/640.webp").status_code == 401
    browser = console.signed_in()
    seen = browser.get("/preview/lumen/m1/640.webp")
    assert (seen.content, seen.headers["content-type"]) == (WEBP, "image/webp")
    assert seen.headers["cache-control"].startswith("private")
    again = browser.get("/preview/lumen/m1/640.webp", headers={"If-None-Match": seen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/preview/lumen/m1/640.gif", 404),
        ("/preview/lumen/m1/9999.webp", 404),
        ("/preview/lumen/unknown/640.webp", 404),
        ("/preview/other/m1/640.webp", 403),
    ],
)
def test_previews_that_are_not_there_or_not_ours_are_refused(console: Console, path: str, status: int) -> None:
    assert console.signed_in().get(path).status_code == status


def test_pages_load_from_the_console_alone(console: Console) -> None:
    for path in ("/sign-in", "/session", "/design/tokens.css", "/nowhere.js"):
        headers = console.browser().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_shared_styles_are_served_and_nothing_else_of_their_folder(console: Console) -> None:
    assert console.browser().get("/design/tokens.css").status_code == 200
    assert console.browser().get("/design/__init__.py").status_code == 404


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture
def vouched(open_console: OpenConsole, provider: IdentityProvider) -> Console:
    more = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    return open_console(**more, oidc_title="Sample Works")


def _come_back(console: Console, browser: httpx2.Client) -> httpx2.Response:
    """Go to the provider and take what it sends us back to."""
    there = browser.post("/sign-in/oidc/")
    assert there.status_code == 303
    back = httpx2.get(there.headers["location"], trust_env=False).headers["location"]
    return browser.get(back.removeprefix(console.url))


def test_a_member_signs_in_through_the_identity_provider(vouched: Console, provider: IdentityProvider) -> None:
    provider.claims = {"email": "Ada@lumen.example", "email_verified": True}
    browser = vouched.browser()
    assert "Sign in with Sample Works" in browser.get("/sign-in").text
    page = browser.get(_come_back(vouched, browser).headers["location"])
    code = page.text.partition('name="code" value="')[2].partition('"')[0]
    assert browser.post("/sign-in", data={"code": code}).status_code == 303
    assert browser.get("/session").json()["email"] == "ada@lumen.example"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ada@lumen.example"},
        {"email": "ada@lumen.example", "email_verified": False},
        {"email": "ada@lumen.example", "email_verified": "true"},
        {"email": "stranger@lumen.example", "email_verified": True},
        {},
    ],
)
def test_whom_the_provider_does_not_vouch_for_or_nobody_knows_stays_out(
    vouched: Console, provider: IdentityProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    browser = vouched.browser()
    assert _come_back(vouched, browser).status_code == 403
    assert browser.get("/session").status_code == 401


def test_a_token_made_for_another_sign_in_is_refused(vouched: Console, provider: IdentityProvider) -> None:
    provider.claims = {"email": "ada@lumen.example", "email_verified": True, "nonce": "of somebody else"}
    browser = vouched.browser()
    assert _come_back(vouched, browser).status_code == 401
    assert browser.get("/session").status_code == 401


def test_a_way_back_that_nobody_asked_for_is_refused(vouched: Console, provider: IdentityProvider) -> None:
    provider.claims = {"email": "ada@lumen.example", "email_verified": True}
    there = vouched.browser().post("/sign-in/oidc/").headers["location"]
    back = httpx2.get(there, trust_env=False).headers["location"]
    assert vouched.browser().get(back.removeprefix(vouched.url)).status_code == 401


def test_behind_a_trusted_proxy_each_client_has_tries_of_its_own(open_console: OpenConsole) -> None:
    """One stranger who guesses keeps no member out; only the proxy's own entry names a client."""
    browser = open_console(trust_proxy="true", sign_in_rate="3/minute").browser()

    def attempt(forwarded: str) -> int:
        return browser.post("/sign-in", data={"code": "x"}, headers={"X-Forwarded-For": forwarded}).status_code

    assert [attempt("192.0.2.1") for _ in range(4)] == [401, 401, 401, 429]
    assert attempt("192.0.2.77, 192.0.2.1") == 429
    assert attempt("192.0.2.1, 192.0.2.2") == 401


def test_without_a_trusted_proxy_nobody_names_themselves(open_console: OpenConsole) -> None:
    browser = open_console(sign_in_rate="3/minute").browser()
    tries = [
        browser.post("/sign-in", data={"code": "x"}, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(4)
    ]
    assert tries == [401, 401, 401, 429]


def test_a_provider_that_is_away_is_said_to_be_away(open_console: OpenConsole) -> None:
    """Nothing answers there at all; a link from Chorus itself still works."""
    more = {"oidc_issuer": f"http://{NOBODY}", "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    console = open_console(**more)
    answer = console.browser().post("/sign-in/oidc/")
    assert answer.status_code == 503
    assert "identity provider cannot be reached" in answer.text
    assert console.browser().post("/sign-in", data={"code": console.code()}).status_code == 303


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_fails_midway_is_said_to_be_away(
    vouched: Console, provider: IdentityProvider, path: str
) -> None:
    """Wherever it stops: before, or once somebody is on the way back."""
    provider.claims, provider.broken = {"email": "ada@lumen.example", "email_verified": True}, path
    browser = vouched.browser()
    answer = browser.post("/sign-in/oidc/")
    if answer.status_code == 303:
        back = httpx2.get(answer.headers["location"], trust_env=False).headers["location"]
        answer = browser.get(back.removeprefix(vouched.url))
    assert answer.status_code == 503
    assert "identity provider cannot be reached" in answer.text
