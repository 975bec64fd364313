"""The first line: what strangers send to the running house is refused in plain words, and leaves nothing behind."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from google.rpc.error_details_pb2 import BadRequest
from lxml import html

from chorus.local.feed_site import FeedSite
from chorus.local.people import Curator, until
from chorus.local.pictures import draw
from tests.hostile.senders import PHOTO, Sender, Sent, Uploader, posts_of, problem
from tests.house.fixtures import on
from tests.house.story import Story
from tests.picture_files import encoded, gif_of_frames, png_of_size, png_with_text_bomb, scene

pytestmark = on("embedded")
POLYGLOTS: dict[str, bytes] = {
    "a page": b"<!doctype html><script>alert(1)</script>" + PHOTO,
    "a program": b"\x7fELF" + bytes(64) + PHOTO,
    "an archive": b"PK\x03\x04" + bytes(64) + PHOTO,
    "a PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + PHOTO,
}
BAD_PICTURES: dict[str, bytes] = {
    "empty": b"",
    "text": b"no picture at all",
    "drawing": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "truncated": draw(3, width=900, height=600)[:5_000],
    "another type": encoded(scene(64, 48), "TIFF"),
    "too many pixels": png_of_size(30_000, 30_000),
    "too many frames": gif_of_frames(2_000),
    "a comment that unfolds": png_with_text_bomb(),
    **POLYGLOTS,
}


@pytest.fixture
def uploader(story: Story) -> Uploader:
    return Uploader(story)


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_what_is_no_good_picture_is_refused_with_its_field_and_nothing_is_queued(uploader: Uploader, kind: str) -> None:
    body = problem(uploader.by_api(BAD_PICTURES[kind]), 422)
    assert [each["field"] for each in body["errors"]] == ["photo"]
    page = uploader.by_form(BAD_PICTURES[kind])
    assert page.status_code == 422
    assert html.document_fromstring(page.text).xpath("//*[@id='photo-wrong' or @role='alert']")
    assert posts_of(uploader.story) == 0


def test_a_file_of_more_than_25_megabytes_is_refused_as_too_large(uploader: Uploader) -> None:
    huge = PHOTO + bytes(25 * 1024 * 1024)
    assert "25 MB" in problem(uploader.by_api(huge), 413)["title"]
    page = uploader.by_form(huge)
    assert page.status_code == 413
    assert "25 MB" in page.text
    assert posts_of(uploader.story) == 0


def test_a_file_whose_length_is_not_said_is_refused_where_it_grows_too_large(uploader: Uploader) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n'
        for _ in range(30):
            yield bytes(1024 * 1024)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(uploader.http.post(uploader.api, content=endless(), headers=headers), 413)
    assert posts_of(uploader.story) == 0


@pytest.mark.parametrize(
    ("missing", "field"), [({"consent": ""}, "consent"), ({"terms_sha256": "0" * 64}, "terms_sha256")]
)
def test_without_consent_to_the_terms_that_are_shown_nothing_is_taken(
    uploader: Uploader, missing: Sent, field: str
) -> None:
    body = problem(uploader.by_api(PHOTO, **missing), 422)
    assert [each["field"] for each in body["errors"]] == [field]
    assert posts_of(uploader.story) == 0


def test_a_body_that_is_no_form_is_refused(uploader: Uploader) -> None:
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(uploader.http.post(uploader.api, content=b"--y\r\nnot a part", headers=broken), 422)
    problem(uploader.http.post(uploader.api, json={"photo": "none"}), 422)
    problem(uploader.http.post(uploader.api), 422)


def test_the_same_form_sent_twice_is_one_upload(uploader: Uploader) -> None:
    first = uploader.by_api(PHOTO, request_id="the-key-of-one-form")
    second = uploader.by_api(PHOTO, request_id="the-key-of-one-form")
    assert (first.status_code, second.json()) == (201, first.json())
    assert posts_of(uploader.story) == 1


def test_who_knows_the_key_of_an_upload_does_not_get_its_link(uploader: Uploader) -> None:
    taken = uploader.by_api(PHOTO, request_id="the-key-of-one-form").json()
    for photo in (PHOTO, b"no picture"):
        answer = uploader.by_api(photo, request_id="the-key-of-one-form", creator_name="Somebody Else")
        assert problem(answer, 409)["reason"] == "REQUEST_ID_REUSED"
        assert taken["manage_url"].rpartition("/")[2] not in answer.text
    assert problem(uploader.by_api(PHOTO, request_id="k"), 422)["errors"][0]["field"] == "request_id"
    assert posts_of(uploader.story) == 1


# --- webhooks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def sender(story: Story) -> Sender:
    return Sender(story)


def body_of(story: Story) -> bytes:
    return json.dumps({"posts": [story.item(1)]}).encode()


Forge = Callable[[Sender, bytes, Sent], tuple[bytes, Sent]]
FORGERIES: dict[str, Forge] = {
    "unsigned": lambda _sender, body, _good: (body, {"content-type": "application/json"}),
    "another body": lambda _sender, body, good: (body.replace(b"Post 1", b"Post X"), good),
    "another id": lambda _sender, body, good: (body, good | {"webhook-id": "msg_other"}),
    "another secret": lambda sender, body, _good: (body, sender.headers(body, secret="whsec_" + "QUFB" * 11)),
    "another time": lambda _sender, body, good: (
        body,
        good | {"webhook-timestamp": str(int(good["webhook-timestamp"]) + 9)},
    ),
    "no version": lambda _sender, body, good: (body, good | {"webhook-signature": "c2lnbmF0dXJl"}),
    "garbage": lambda _sender, body, good: (body, good | {"webhook-signature": "v1,%%%"}),
    "no time": lambda _sender, body, good: (body, good | {"webhook-timestamp": "now"}),
    "too old": lambda sender, body, _good: (body, sender.headers(body, at=_moment(-600))),
    "from the future": lambda sender, body, _good: (body, sender.headers(body, at=_moment(600))),
}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_delivery_that_its_sender_did_not_sign_is_refused(sender: Sender, kind: str) -> None:
    body = body_of(sender.story)
    answer = sender.post(*FORGERIES[kind](sender, body, sender.headers(body)))
    assert problem(answer, 401)["reason"] == "SIGNATURE"
    assert posts_of(sender.story) == 0


def test_a_delivery_played_again_takes_no_second_effect(sender: Sender) -> None:
    body = body_of(sender.story)
    good = sender.headers(body)
    answers = [sender.post(body, good).json() for _ in range(4)]
    assert [(each["accepted"], each["duplicates"]) for each in answers] == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert posts_of(sender.story) == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"posts": []}, "posts"),
        ({"posts": "none"}, "posts"),
        ([], "body"),
        ({"type": "post.deleted"}, "ids"),
        ({"posts": [{"id": "1"}]}, "posts.0.posted_at"),
    ],
)
def test_a_signed_body_of_another_form_is_refused_with_the_fields_that_are_wrong(
    sender: Sender, said: object, field: str
) -> None:
    body = problem(sender.send(said), 422)
    assert field in [each["field"] for each in body["errors"]]
    assert posts_of(sender.story) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'"\\ud800"', b"[" * 100_000, b"\x00"])
def test_a_signed_body_that_is_no_json_is_refused(sender: Sender, body: bytes) -> None:
    problem(sender.post(body, sender.headers(body)), 422)


def test_one_bad_post_keeps_the_whole_delivery_out(sender: Sender) -> None:
    good, bad = sender.story.item(1), sender.story.item(2) | {"posted_at": "yesterday"}
    problem(sender.send({"posts": [good, bad]}), 422)
    assert posts_of(sender.story) == 0


def test_a_delivery_of_more_than_five_megabytes_is_refused(sender: Sender) -> None:
    body = b'{"posts": []}' + b" " * 5_000_001
    problem(sender.post(body, sender.headers(body)), 413)


def test_pictures_inside_the_house_are_never_fetched(sender: Sender) -> None:
    story = sender.story
    inside = story.house.addresses.http["rights"]
    for number, address in enumerate((f"{inside}/metrics", "http://169.254.169.254/", "http://[::1]/x.jpg")):
        item = story.item(number) | {"media": [{"url": address, "alt": ""}]}
        assert sender.send({"posts": [item]}).status_code == 202
    posts = story.arrived(3)
    assert {media["state"] for each in posts for media in each["media"]} == {"MEDIA_STATE_FAILED"}


# --- what there is not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nobody/surfaces/wall/feed.json",
        "/v1/{brand}/surfaces/nowhere/feed.json",
        "/v1/{brand}/surfaces/wall/feed.pdf",
        "/v1/nobody/surfaces/wall/changes",
        "/media/nothing/nothing/640.webp",
        "/v1/nobody/uploads/x",
        "/nobody/share",
        "/{brand}/share",
        "/r/no-such-link",
        "/r/no-such-link/receipt",
        "/gallery/other.js",
        "/design/../../etc/passwd",
        "/design/%2e%2e%2f%2e%2e%2fapp.py",
    ],
)
def test_what_there_is_not_is_a_plain_404(story: Story, path: str) -> None:
    address = story.house.addresses.public + path.format(brand=story.brand)
    problem(httpx2.get(address, trust_env=False), 404)


@pytest.mark.parametrize("source", ["nowhere", "UPPER", "a" * 200])
def test_a_delivery_to_no_source_is_a_404(story: Story, source: str) -> None:
    address = f"{story.house.addresses.public}/v1/{story.brand}/sources/{source}/posts"
    problem(httpx2.post(address, json={"posts": []}, trust_env=False), 404)
    problem(httpx2.post(address.replace(story.brand, "nobody"), json={"posts": []}, trust_env=False), 404)


def test_a_character_that_no_row_can_hold_is_refused_wherever_it_is_sent(story: Story) -> None:
    public, console = story.house.addresses.public, story.house.addresses.console
    sender, uploader = Sender(story), Uploader(story)
    nul = story.item(1) | {"text": "light\x00house"}
    answers = {
        "a path": httpx2.get(f"{public}/r/no%00link", trust_env=False),
        "a source": httpx2.post(f"{public}/v1/{story.brand}/sources/shop%00/posts", json={}, trust_env=False),
        "a brand": httpx2.get(f"{public}/v1/a%00b/uploads", trust_env=False),
        "a page": httpx2.get(f"{public}/a%00b/share", trust_env=False),
        "an id": sender.send({"posts": [story.item(2) | {"id": "a\x00b"}]}),
        "a handle": uploader.by_api(PHOTO, handle="a\x00b", creator_name="", request_id="c\x00d-the-key-of-a-form"),
        "an rpc": rpc(story.curator, "curation.v1.Curation/GetPost", console, brand=story.brand, post="\x00"),
    }
    assert {name: each.status_code for name, each in answers.items() if not 400 <= each.status_code < 500} == {}
    taken = sender.send({"posts": [nul]})
    assert taken.status_code in {202, 422}
    assert [each["text"] for each in story.arrived(1)] == ["lighthouse"] if taken.is_success else posts_of(story) == 0


@pytest.mark.parametrize("query", ["cursor=garbage", "cursor=AAAA", "limit=0", "limit=-1", "limit=x", "limit=100000"])
def test_a_page_of_a_feed_that_cannot_be_is_refused(story: Story, query: str) -> None:
    until("the surface", lambda: httpx2.get(story.address("feed.json"), trust_env=False).is_success or None)
    answer = httpx2.get(f"{story.address('feed.json')}?{query}", trust_env=False)
    body = problem(answer, 400 if query.startswith("cursor") else 422)
    assert body["reason"] == "PAGE_TOKEN" or [each["field"] for each in body["errors"]] == ["limit"]


@pytest.mark.parametrize("since", ["garbage", "AAAA", "WzEyMzQ1Njc4OTBd", "%00"])
def test_changes_since_never_are_refused(story: Story, since: str) -> None:
    until("the surface", lambda: httpx2.get(story.address("changes"), trust_env=False).is_success or None)
    assert problem(httpx2.get(f"{story.address('changes')}?since={since}", trust_env=False), 400)


WRONG_METHODS = [
    ("DELETE", "/v1/{brand}/surfaces/wall/feed.json"),
    ("POST", "/v1/{brand}/surfaces/wall/changes"),
    ("PUT", "/media/a/b/640.webp"),
    ("GET", "/v1/{brand}/sources/shop/posts"),
    ("DELETE", "/v1/{brand}/uploads"),
    ("PUT", "/{brand}/share"),
    ("POST", "/r/some-link"),
    ("GET", "/r/some-link/answer"),
    ("GET", "/r/some-link/revoke"),
    ("GET", "/r/some-link/withdraw"),
    ("DELETE", "/r/some-link"),
]


@pytest.mark.parametrize(("method", "path"), WRONG_METHODS)
def test_another_method_is_a_405(story: Story, method: str, path: str) -> None:
    address = story.house.addresses.public + path.format(brand=story.brand)
    problem(httpx2.request(method, address, trust_env=False), 405)


@pytest.mark.parametrize(
    "path", ["/metrics", "/livez", "/readyz", "/metrics/", "//metrics", "/./metrics", "/%6detrics"]
)
def test_nothing_operational_is_reachable_from_outside(story: Story, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = httpx2.request(method, story.house.addresses.public + path, trust_env=False)
        assert answer.status_code in {404, 405}
        assert "python_info" not in answer.text


# --- the console ------------------------------------------------------------------------------------------------------


RPC = {"Connect-Protocol-Version": "1"}


def rpc(curator: Curator, method: str, origin: str, **request: Any) -> httpx2.Response:  # noqa: ANN401 -- JSON, as the rpc's proto has it
    """Call as a page of some origin makes a member's browser call."""
    headers = RPC | ({"Origin": origin} if origin else {})
    return curator._client.post(f"/rpc/chorus.api.{method}", json=request, headers=headers)


def violations(answer: httpx2.Response) -> list[str]:
    """Name the fields that a Connect error complains of."""
    found = [each["value"] for each in answer.json()["details"] if each["type"] == "google.rpc.BadRequest"]
    read = [BadRequest.FromString(base64.b64decode(value + "==")) for value in found]
    return [each.field for one in read for each in one.field_violations]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost"])
def test_a_page_of_another_origin_cannot_act_for_a_member(story: Story, origin: str) -> None:
    answer = rpc(story.curator, "publishing.v1.Publishing/PauseSurface", origin, brand=story.brand, surface="wall")
    assert answer.status_code == 403
    out = story.curator._client.post("/sign-out", headers={"Origin": origin} if origin else {})
    assert out.status_code == 403
    assert story.call("publishing.v1.Publishing/GetSurface", surface="wall").get("paused", False) is False


def test_without_a_session_nothing_is_answered(story: Story) -> None:
    console = story.house.addresses.console
    nobody = Curator(console)
    answer = rpc(nobody, "curation.v1.Curation/ListPosts", console, brand=story.brand)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    nobody._client.cookies.set("chorus", "forged")
    assert rpc(nobody, "curation.v1.Curation/ListPosts", console, brand=story.brand).status_code == 401
    problem(httpx2.get(f"{console}/session", trust_env=False), 401)
    problem(httpx2.get(f"{console}/preview/{story.brand}/x/640.webp", trust_env=False), 401)


@pytest.mark.parametrize(
    "method",
    [
        "curation.v1.Curation/ListPosts",
        "rights.v1.Rights/ListCards",
        "publishing.v1.Publishing/ListSurfaces",
        "ingest.v1.Ingest/ListSources",
        "brands.v1.Brands/ListMembers",
    ],
)
def test_a_member_of_one_brand_is_nobody_in_another(story: Story, site: FeedSite, method: str) -> None:
    other = Story(story.house, site)
    answer = rpc(other.curator, method, other.curator.origin, brand=story.brand)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert rpc(other.curator, method, other.curator.origin, brand="nobody").status_code == 403


def test_another_brands_pictures_are_not_shown(story: Story, site: FeedSite) -> None:
    story.send(story.item(1, seed=1))
    media = story.arrived(1)[0]["media"][0]["media"]
    assert story.curator._client.get(f"/preview/{story.brand}/{media}/640.webp").status_code == 200
    other = Story(story.house, site)
    for brand, status in ((story.brand, 403), (other.brand, 404)):
        problem(other.curator._client.get(f"/preview/{brand}/{media}/640.webp"), status)


def test_what_only_operators_and_services_call_is_not_behind_the_console(story: Story) -> None:
    for method in ("brands.v1.Brands/CreateBrand", "operations.v1.Operations/ListParked", "rights.v1.Rights/Answer"):
        answer = rpc(story.curator, method, story.curator.origin, brand=story.brand)
        assert answer.status_code in {404, 501}, method


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        ("curation.v1.Curation/GetPost", {"post": "nothing"}, "not_found"),
        ("publishing.v1.Publishing/GetSurface", {"surface": "nowhere"}, "not_found"),
        ("publishing.v1.Publishing/PauseSurface", {"surface": "nowhere"}, "not_found"),
        ("ingest.v1.Ingest/LookNow", {"source": "nowhere"}, "not_found"),
    ],
)
def test_what_a_member_names_and_is_not_there_is_not_found(
    story: Story, method: str, request_: dict[str, Any], code: str
) -> None:
    answer = rpc(story.curator, method, story.curator.origin, brand=story.brand, **request_)
    assert answer.json()["code"] == code, answer.text


SURFACE = {
    "surface": "new",
    "title": "New",
    "address": "https://lumen.example/",
    "scope": {"uses": ["USE_WEB"]},
    "access": "SURFACE_ACCESS_PUBLIC",
}


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("publishing.v1.Publishing/CreateSurface", SURFACE | {"surface": "UPPER"}, "surface"),
        ("publishing.v1.Publishing/CreateSurface", SURFACE | {"address": "javascript:alert(1)"}, "address"),
        ("ingest.v1.Ingest/CreateSource", {"source": "new", "connector": "none", "title": "x"}, "connector"),
        ("ingest.v1.Ingest/CreateSource", {"source": "new", "connector": "feed", "title": "x"}, "url"),
        ("curation.v1.Curation/ListPosts", {"pageToken": "garbage"}, "page_token"),
        ("rights.v1.Rights/CreateTerms", {"terms": "new", "language": "en"}, "text"),
    ],
)
def test_what_cannot_be_is_an_invalid_argument_that_names_its_field(
    story: Story, method: str, request_: dict[str, Any], field: str
) -> None:
    answer = rpc(story.curator, method, story.curator.origin, brand=story.brand, **request_)
    assert answer.json()["code"] == "invalid_argument", answer.text
    assert any(field in each for each in violations(answer)), answer.text


def test_a_request_that_is_no_message_is_refused(story: Story) -> None:
    headers = RPC | {"Origin": story.curator.origin, "Content-Type": "application/json"}
    client = story.curator._client
    for body in (b"{", b'{"brand": 7}', b"\xff"):
        answer = client.post("/rpc/chorus.api.curation.v1.Curation/ListPosts", content=body, headers=headers)
        assert answer.status_code == 400, (body, answer.text)
    big = client.post(
        "/rpc/chorus.api.curation.v1.Curation/ListPosts", content=b" " * 2_000_000 + b"{}", headers=headers
    )
    assert 400 <= big.status_code < 500
