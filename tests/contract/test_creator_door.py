"""The creator door over HTTP, with the real rights service behind it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from string import ascii_uppercase

import httpx2
import pytest
from PIL import Image

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.evidence import note
from chorus.evidence.keys import read_published
from chorus.evidence.receipt import Verified, verify, verify_consistency, verify_log
from chorus.platform.secrets import new_secret, sha256_hex
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.opting import StopLink
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import CAPTURED, POST, TERMS, DoorHouse, creator_door, drawn
from tests.unit.rights.service import golden, prepare

pytestmark = pytest.mark.postgres
PAGE = {"Accept": "text/html,application/xhtml+xml"}
PHOTO = drawn(640, "JPEG")


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield client


def hidden(page: str, name: str) -> str:
    """Read a hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def answer(client: httpx2.Client, link: str, **fields: str | list[str]) -> httpx2.Response:
    """Send the answer's form as a browser does."""
    page = client.get(f"/r/{link}").text
    return client.post(f"/r/{link}/answer", data={"nonce": hidden(page, "nonce"), "language": "en", **fields})


def receipt(client: httpx2.Client, link: str, kind: str) -> Verified:
    """Save a receipt, and check it with the keys that are published."""
    saved = client.get(f"/r/{link}/receipt/{kind}.json")
    assert saved.headers["content-disposition"] == f'attachment; filename="receipt-{kind}.json"'
    return verify(saved.content, read_published(client.get("/evidence/keys.json").json()))


def facts(house: DoorHouse) -> list[str | None]:
    """Name what rights told, in order."""
    return [event.WhichOneof("fact") for event in house.rights.told()]


def test_a_creator_says_yes_keeps_a_receipt_and_takes_it_back(house: DoorHouse, client: httpx2.Client) -> None:
    """All of it by one link, with plain forms."""
    link = house.ask()
    asked = client.get(f"/r/{link}").text
    assert "Lumen would like to show your pictures" in asked
    assert TERMS.sha256[:16] in asked
    assert "<em>with your name</em>" in asked
    answered = answer(client, link, answer="yes", credit="Mira E.")
    assert (answered.status_code, answered.headers["location"]) == (303, f"/r/{link}")
    thanks = client.get(f"/r/{link}").text
    assert "Thank you, Mira E." in thanks
    assert "Wall on the home page" in thanks
    details = receipt(client, link, "granted").receipt["details"]
    assert (details["credit"], details["scope"]["uses"]) == ("Mira E.", ["web", "email"])
    assert details["terms"]["sha256"] == TERMS.sha256
    assert details["grant"] in client.get(f"/r/{link}/receipt").text
    assert client.get(f"/r/{link}/receipt/revoked.json").status_code == 404
    back = client.post(f"/r/{link}/revoke", data={"nonce": hidden(thanks, "nonce")})
    assert back.status_code == 303
    assert "You took it back" in client.get(f"/r/{link}").text
    assert receipt(client, link, "revoked").receipt["details"]["grant"] == details["grant"]
    assert client.get(f"/r/{link}/receipt").text.count("Save the receipt") == 2
    assert facts(house) == ["requested", "granted", "revoked"]


def test_anybody_can_check_the_log_of_evidence(house: DoorHouse, client: httpx2.Client) -> None:
    """Its leaves, its checkpoints, and that it goes on: by addresses that need no link."""
    assert client.get("/evidence/checkpoint").status_code == 404
    link = house.ask()
    answer(client, link, answer="yes")
    keys = read_published(client.get("/evidence/keys.json").json())
    old = note.read(client.get("/evidence/checkpoint").text, keys)
    client.post(f"/r/{link}/revoke", data={"nonce": hidden(client.get(f"/r/{link}").text, "nonce")})
    new = note.read(client.get("/evidence/checkpoint").text, keys)
    assert (old.size, new.size) == (1, 2)
    proof = client.get("/evidence/consistency", params={"old_size": 1, "size": 2}).json()["proof"]
    verify_consistency(old, new, [base64.b64decode(each) for each in proof])
    page = client.get("/evidence/leaves").json()
    leaves = [base64.b64decode(each) for each in page["leaves"]]
    assert (page["start"], page["next"]) == (0, 2)
    assert verify_log(leaves, page["checkpoints"], keys, [receipt(client, link, "revoked")]) == 2
    assert client.get("/evidence/leaves", params={"start": 2}).json()["leaves"] == []


@pytest.mark.parametrize(
    "path",
    ["leaves?start=-1", "leaves?start=x", "consistency?old_size=1&size=9", "consistency", "leaves?start=" + "9" * 40],
)
def test_a_place_that_the_log_does_not_have_is_refused_in_words(path: str, client: httpx2.Client) -> None:
    refused = client.get(f"/evidence/{path}", headers={"Accept": "application/json"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_creator_is_told_that_the_places_named_are_those_of_today(house: DoorHouse, client: httpx2.Client) -> None:
    """A permission covers the brand's other places of the same use: asked for or uploaded, that is said beforehand."""
    asked = client.get(f"/r/{house.ask()}").text
    said = "It may also be shown in other places of Lumen’s own, for the same"
    assert f"These are the places today. {said} uses." in asked
    assert f"Today that is on “Wall on the home page”. {said} use." in client.get("/lumen/share").text


def test_a_creator_allows_single_uses(house: DoorHouse, client: httpx2.Client) -> None:
    """Only what was ticked."""
    link = house.ask()
    nothing = answer(client, link, answer="some")
    assert nothing.status_code == 422
    assert "Tick at least one use" in nothing.text
    assert answer(client, link, answer="some", uses=["web"]).status_code == 303
    assert receipt(client, link, "granted").receipt["details"]["scope"]["uses"] == ["web"]


def test_a_creator_allows_less_twice_and_has_a_receipt_of_each(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    form = client.get(f"/r/{link}/less").text
    assert form.count(" checked") == 2, "what is allowed is ticked"
    last = re.search(r'name="until"[^>]* max="([^"]+)" value="([^"]+)"', form)
    assert last
    assert last[1] == last[2]
    for day in (last[1], "2027-01-31"):
        nonce = hidden(client.get(f"/r/{link}/less").text, "nonce")
        sent = client.post(f"/r/{link}/less", data={"nonce": nonce, "uses": "web", "until": day})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/r/{link}")
    thanks = client.get(f"/r/{link}").text
    assert "on the web, until 31 Jan 2027" in thanks
    assert "You made this smaller on" in thanks
    first, second = (receipt(client, link, name).receipt["details"] for name in ("narrowed", "narrowed-2"))
    assert (first["scope"], first["valid_until"][:10]) == (second["scope"], str(date.fromisoformat(last[1])))
    assert second["valid_until"] == "2027-01-31T23:59:59Z"
    assert facts(house) == ["requested", "granted", "narrowed", "narrowed"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Keep at least one use"),
        ({"uses": ["web", "print"]}, "This allows more than was allowed"),
        ({"uses": ["web"], "paid": "on"}, "This allows more than was allowed"),
        ({"uses": ["everywhere"]}, "Choose among the uses"),
        ({"uses": ["web"], "until": "2020-01-01"}, "Choose a day to come"),
        ({"uses": ["web"], "until": "2100-01-01"}, "This ends later than what was allowed"),
        ({"uses": ["web"], "until": "9999-12-31"}, "This ends later than what was allowed"),
        ({"uses": ["web"], "until": "tomorrow"}, "Write the day as year"),
        ({"uses": ["web"], "countries": "on"}, "Keep at least one country"),
    ],
)
def test_what_is_not_less_is_told_in_words_and_changes_nothing(
    house: DoorHouse, client: httpx2.Client, form: dict[str, str | list[str]], said: str
) -> None:
    link = house.ask()
    answer(client, link, answer="yes")
    nonce = hidden(client.get(f"/r/{link}/less").text, "nonce")
    refused = client.post(f"/r/{link}/less", data={"nonce": nonce, **form})
    assert refused.status_code == 422
    assert said in refused.text
    assert f'href="/r/{link}"' in refused.text
    assert facts(house) == ["requested", "granted"]


def test_a_form_may_name_every_country_there_is(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes")
    nonce = hidden(client.get(f"/r/{link}/less").text, "nonce")
    countries = [f"{first}{second}" for first in ascii_uppercase for second in ascii_uppercase[:10]]
    refused = client.post(f"/r/{link}/less", data={"nonce": nonce, "uses": "web", "territories": countries})
    assert "Not a country code" in refused.text


def test_where_nothing_is_allowed_nothing_can_be_made_smaller(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    assert client.get(f"/r/{link}/less").status_code == 404
    answer(client, link, answer="no")
    assert client.get(f"/r/{link}/less").status_code == 404


@pytest.mark.parametrize("answered", ["", "yes", "no"])
def test_a_creator_has_everything_erased_whatever_they_answered(
    house: DoorHouse, client: httpx2.Client, answered: str
) -> None:
    link = house.ask()
    if answered:
        answer(client, link, answer=answered, credit="Mira E.")
    shown = client.get(f"/r/{link}").text
    assert f'href="/r/{link}/erase"' in shown
    assert client.get(f"/r/{link}").text.count("Mira") == shown.count("Mira"), "asking to see it changes nothing"
    nonce = hidden(client.get(f"/r/{link}/erase").text, "nonce")
    erased = client.post(f"/r/{link}/erase", data={"nonce": nonce})
    assert (erased.status_code, erased.headers["location"]) == (303, f"/r/{link}")
    page = client.get(f"/r/{link}").text
    assert "It is erased" in page
    assert "Mira" not in page
    assert "/picture/" not in page
    assert client.get(f"/r/{link}/erase").headers["location"] == f"/r/{link}"
    assert receipt(client, link, "erased").receipt["details"] == {"post": POST}
    assert client.get(f"/r/{link}/receipt/granted.json").status_code == 404
    assert "Mira" not in client.get(f"/r/{link}/receipt").text


def carried(client: httpx2.Client, link: str, **headers: str) -> dict[str, bytes]:
    """Save everything; answers the files by name."""
    saved = client.get(f"/r/{link}/export.zip", headers=headers)
    assert saved.status_code == 200
    assert (saved.headers["content-type"], saved.headers["cache-control"]) == ("application/zip", "no-store")
    assert saved.headers["content-disposition"] == 'attachment; filename="export.zip"'
    with zipfile.ZipFile(io.BytesIO(saved.content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def test_a_creator_carries_everything_away_in_one_file(house: DoorHouse, client: httpx2.Client) -> None:
    """What is proved in it is proved by what lies beside it."""
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    assert f'href="/r/{link}/export.zip"' in client.get(f"/r/{link}").text
    files = carried(client, link)
    pictures = [f"pictures/{number}.jpg" for number in (1, 2)]
    small = {"README.txt", "post.json", "terms.md", "receipts/granted.json", "keys.json", "odrl.jsonld"}
    assert set(files) == {*small, *pictures, "receipt.pdf"}
    sound = verify(files["receipts/granted.json"], read_published(json.loads(files["keys.json"]))).receipt["details"]
    assert hashlib.sha256(files["terms.md"]).hexdigest() == sound["terms"]["sha256"] == TERMS.sha256
    assert {Image.open(io.BytesIO(files[name])).size for name in pictures} == {(1080, 810)}
    post = json.loads(files["post.json"])
    assert (post["text"], post["account"]["handle"]) == (CAPTURED.captured.text, CAPTURED.captured.account.handle)
    assert (post["given"]["grant"], post["given"]["credit"]) == (sound["grant"], "Mira E.")
    assert post["given"]["scope"] == sound["scope"]
    assert (post["asked"]["state"], post["given"]["state"]) == ("granted", "active")
    assert [(each["file"], each["sha256"]) for each in post["pictures"]] == list(
        zip(pictures, sound["pictures_sha256"], strict=True)
    )
    assert [each["address"] for each in post["shown_now"]] == ["https://lumen.example/"]
    assert link.encode() not in b"".join(files.values()), "the link is a secret"
    assert client.get(f"/r/{link}/odrl.jsonld").content == files["odrl.jsonld"]
    assert "Die Originaldateien" in carried(client, link, **{"Accept-Language": "de"})["README.txt"].decode()


def test_everything_is_saved_also_while_all_but_rights_is_down(house: DoorHouse, client: httpx2.Client) -> None:
    """What cannot be known is said to be unknown, and a picture that cannot be had is named without a file."""
    link = house.ask()
    answer(client, link, answer="yes")
    for server in house.stop.values():
        server.stop(0)
    files = carried(client, link)
    post = json.loads(files["post.json"])
    assert post["shown_now"] is None
    assert [each["file"] for each in post["pictures"]] == [None, None]
    assert {"receipts/granted.json", "odrl.jsonld", "terms.md"} <= set(files)


def test_after_all_is_erased_there_is_only_what_is_left_to_save(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    warned = client.get(f"/r/{link}/erase").text
    assert f'<a href="/r/{link}/export.zip" download>Save everything first</a>' in warned
    client.post(f"/r/{link}/erase", data={"nonce": hidden(warned, "nonce")})
    files = carried(client, link)
    kinds = {"receipts/revoked.json", "receipts/erased.json"}
    assert set(files) == {"README.txt", "post.json", "terms.md", "keys.json", "receipt.pdf", *kinds}
    assert b"mira" not in b"".join(files.values()).lower()
    post = json.loads(files["post.json"])
    assert (post["erased"], post["text"], post["pictures"], post["shown_now"]) == (True, "", [], [])


def test_what_is_allowed_is_read_by_programs_while_it_is(house: DoorHouse, client: httpx2.Client) -> None:
    """A question or a no allows nothing, and what was taken back is exported no more."""
    link = house.ask()
    assert client.get(f"/r/{link}/odrl.jsonld").status_code == 404
    answer(client, link, answer="yes", credit="Mira E.")
    given = client.get(f"/r/{link}/odrl.jsonld")
    assert given.headers["content-type"] == "application/ld+json"
    document = given.json()
    assert (document["@type"], document["assigner"]["schema:name"]) == ("Agreement", "Mira E.")
    assert document["permission"][0]["duty"][0]["schema:creditText"] == "Mira E."
    client.post(f"/r/{link}/revoke", data={"nonce": hidden(client.get(f"/r/{link}").text, "nonce")})
    over = client.get(f"/r/{link}/odrl.jsonld", headers={"Accept": "application/json"})
    assert (over.status_code, over.json()["reason"]) == (404, "NO_GRANT")
    assert "odrl.jsonld" not in carried(client, link)


def test_a_creator_says_no_as_easily(house: DoorHouse, client: httpx2.Client) -> None:
    """And has a receipt of it."""
    link = house.ask()
    assert answer(client, link, answer="no").status_code == 303
    assert "Thank you for answering" in client.get(f"/r/{link}").text
    assert "You said no" in client.get(f"/r/{link}/receipt").text
    assert receipt(client, link, "declined").receipt["kind"] == "declined"
    again = client.post(f"/r/{link}/answer", data={"nonce": "x", "answer": "yes"})
    assert again.status_code == 422
    assert facts(house) == ["requested", "declined"]


def test_nothing_is_ticked_beforehand_and_both_answers_look_alike(house: DoorHouse, client: httpx2.Client) -> None:
    """A return key in a field answers nothing."""
    page = client.get(f"/r/{house.ask()}").text
    assert " checked" not in page
    assert "<script" not in page
    buttons = re.findall(r'<button class="([^"]*)" name="answer" value="(yes|no)"', page)
    assert buttons == [("button", "yes"), ("button", "no")]
    first = re.search(r"<button[^>]*>", page)
    assert first is not None
    assert "disabled" in first[0]


def test_answering_needs_only_rights(house: DoorHouse, client: httpx2.Client) -> None:
    """Where it is shown is then unknown just now, and said so."""
    link = house.ask()
    for server in house.stop.values():
        server.stop(0)
    assert answer(client, link, answer="yes").status_code == 303
    thanks = client.get(f"/r/{link}")
    assert thanks.status_code == 200
    assert "not known just now" in thanks.text
    back = client.post(f"/r/{link}/revoke", data={"nonce": hidden(thanks.text, "nonce")})
    assert back.status_code == 303
    assert facts(house)[-1] == "revoked"


def test_every_page_keeps_its_address_to_itself(house: DoorHouse, client: httpx2.Client) -> None:
    """No store, no referrer, nothing from elsewhere, no index, no cookie."""
    for path in (f"/r/{house.ask()}", "/lumen/share", "/r/unknown", "/nowhere/at/all"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "noindex" in headers["x-robots-tag"]
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "path",
    ["", "/receipt", "/receipt/granted.json", "/receipt.pdf", "/odrl.jsonld", "/export.zip", "/picture/x/640.jpg"],
)
def test_looking_changes_nothing_and_sending_elsewhere_is_refused(
    house: DoorHouse, client: httpx2.Client, path: str
) -> None:
    """GET and HEAD only look; the forms' addresses answer no GET."""
    link = house.ask()
    for method in ("GET", "HEAD"):
        for _ in range(3):
            client.request(method, f"/r/{link}{path}")
    for form in ("answer", "revoke", "withdraw"):
        assert client.get(f"/r/{link}/{form}?answer=yes").status_code == 405
    assert facts(house) == ["requested"]


def test_unknown_links_are_404_for_people_and_programs(house: DoorHouse, client: httpx2.Client) -> None:
    """And so is everything below them."""
    link = new_secret()
    assert "There is nothing here" in client.get(f"/r/{link}").text
    for path in ("", "/receipt", "/receipt/granted.json", "/odrl.jsonld", "/export.zip", "/picture/x/640.jpg"):
        assert client.get(f"/r/{link}{path}").status_code == 404
    problem = client.get(f"/r/{link}", headers={"Accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["reason"] == "LINK_NOT_FOUND"
    for form, fields in {"answer": {"answer": "yes"}, "revoke": {}, "withdraw": {}}.items():
        assert client.post(f"/r/{link}/{form}", data={"nonce": "x", **fields}).status_code == 404


def test_a_link_shows_the_pictures_of_its_own_post_and_no_others(house: DoorHouse, client: httpx2.Client) -> None:
    """In the sizes and types that there are."""
    link = house.ask()
    pictures = set(re.findall(rf"/r/{link}/picture/([0-9a-f]+)/320\.jpg", client.get(f"/r/{link}").text))
    [picture, *_] = sorted(pictures)
    shown = client.get(f"/r/{link}/picture/{picture}/640.webp")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["cache-control"].startswith("private")
    for wrong in ("019a8f3c6a127cc3d5e6f7a8b9c0d1e2/640.jpg", f"{picture}/641.jpg", f"{picture}/640.svg"):
        assert client.get(f"/r/{link}/picture/{wrong}").status_code == 404


def test_a_post_that_is_gone_asks_nothing_any_more(house: DoorHouse, client: httpx2.Client) -> None:
    """The page says so instead, and shows it to nobody."""
    link = house.ask()
    [picture, *_] = re.findall(rf"/r/{link}/picture/[0-9a-f]+/640.jpg", client.get(f"/r/{link}").text)
    assert client.get(picture).status_code == 200
    withdrawn = golden(PostEvent, "post/withdrawn")
    assert isinstance(withdrawn, PostEvent)
    withdrawn.meta.post = POST
    house.rights.hear(withdrawn)
    page = client.get(f"/r/{link}").text
    assert "This post is gone" in page
    assert "/picture/" not in page
    assert client.get(picture).status_code == 404


def share(client: httpx2.Client, page: str, photo: bytes = PHOTO, **fields: str) -> httpx2.Response:
    """Send the upload page's form."""
    kept = {name: hidden(page, name) for name in ("source", "request_id", "terms_sha256")}
    sent = {**kept, "creator_name": "Noa Example", "consent": "yes", **fields}
    return client.post("/lumen/share", data=sent, files={"photo": ("a.jpg", photo, "image/jpeg")})


def test_an_upload_leads_to_its_own_link_and_waits_there_until_rights_has_heard(
    house: DoorHouse, client: httpx2.Client
) -> None:
    """Then it can be seen, taken back and withdrawn."""
    page = client.get("/lumen/share").text
    assert TERMS.sha256 in page
    sent = share(client, page, caption="My corner")
    assert sent.status_code == 303
    assert share(client, page, caption="My corner").headers["location"].split("?")[0] in sent.headers["location"]
    [upload, _] = house.ingest.uploads
    assert (upload.caption, upload.terms_sha256, upload.photo) == ("My corner", TERMS.sha256, PHOTO)
    waiting = client.get(sent.headers["location"])
    assert (waiting.status_code, "Being prepared" in waiting.text) == (200, True)
    assert '<strong class="brand">Lumen</strong>' in waiting.text
    address = sent.headers["location"].partition("?")[0]
    assert client.get(address).status_code == 404
    assert client.get(f"/r/{new_secret()}?{sent.headers['location'].partition('?')[2]}").status_code == 404
    house.arrive(upload, address.removeprefix("/r/"))
    known = client.get(sent.headers["location"])
    assert (known.status_code, known.headers["location"]) == (303, address)
    assert "Thank you, Noa Example" in client.get(address).text
    assert "is withdrawn" in client.post(f"{address}/withdraw").text
    assert house.ingest.withdrawn == [address.removeprefix("/r/")]


def test_an_uploader_whose_consent_could_not_be_recorded_is_told_and_can_withdraw(
    house: DoorHouse, client: httpx2.Client
) -> None:
    """Nothing waits for what cannot be."""
    sent = share(client, client.get("/lumen/share").text)
    address = sent.headers["location"].partition("?")[0]
    [upload] = house.ingest.uploads
    house.arrive(upload, address.removeprefix("/r/"), days=10_000_000)
    page = client.get(address).text
    assert "Your consent could not be recorded" in page
    assert "Withdraw my upload" in page
    assert "is withdrawn" in client.post(f"{address}/withdraw").text


def test_pages_tell_the_bound_that_publishing_keeps(make_database: MakeDatabase) -> None:
    """Wherever something is taken back, before and after."""
    with (
        creator_door(make_database("rights", prepare), revocation_bound="120") as house,
        httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client,
    ):
        link = house.ask()
        answer(client, link, answer="yes")
        thanks = client.get(f"/r/{link}").text
        assert "leaves every page within 2 minutes" in thanks
        client.post(f"/r/{link}/revoke", data={"nonce": hidden(thanks, "nonce")})
        assert "leaves every page within 2 minutes" in client.get(f"/r/{link}").text
        assert "leaves every page within 2 minutes" in client.post(f"/r/{link}/withdraw").text


def test_a_creator_s_handle_is_shown_with_one_at_sign(house: DoorHouse, client: httpx2.Client) -> None:
    """Also where it is all that is known of them: then it is offered as their name."""
    edited = golden(PostEvent, "post/edited")
    assert isinstance(edited, PostEvent)
    edited.meta.post = POST
    edited.edited.account.handle, edited.edited.account.display_name = "liv", ""
    house.rights.hear(edited)
    page = client.get(f"/r/{house.ask()}").text
    assert "<p>@liv</p>" in page
    assert offered(page, "credit") == "@liv"


def offered(page: str, field: str) -> str:
    """Read what stands in a field beforehand."""
    found = re.search(rf'<input id="{field}"[^>]* value="([^"]*)"', page)
    assert found, page
    return found[1]


def test_browsers_that_ask_for_an_icon_get_no_error(client: httpx2.Client) -> None:
    """They ask by themselves, on every page."""
    answered = client.get("/favicon.ico")
    assert (answered.status_code, answered.content) == (204, b"")
    assert "max-age" in answered.headers["cache-control"]


def test_a_wrong_upload_shows_the_page_again_with_what_was_typed(house: DoorHouse, client: httpx2.Client) -> None:
    """What is wrong stands beside its field; a caption cannot become markup."""
    page = client.get("/lumen/share").text
    refused = share(client, page, b"no picture", caption="<b>Mine</b>")
    assert refused.status_code == 422
    assert "This file is no JPEG" in refused.text
    assert "&lt;b&gt;Mine&lt;/b&gt;" in refused.text
    assert hidden(refused.text, "request_id") == hidden(page, "request_id")
    unticked = share(client, page, consent="")
    assert "Tick this box" in unticked.text
    missing = client.post("/lumen/share", data={"creator_name": "Noa Example"})
    assert "Choose a picture" in missing.text


def test_a_second_picture_in_a_form_that_was_sent_gets_a_form_of_its_own(
    house: DoorHouse, client: httpx2.Client
) -> None:
    """As when somebody goes back in the browser and chooses another picture."""
    page = client.get("/lumen/share").text
    first = share(client, page)
    again = share(client, page, PHOTO + b"2", caption="The other one")
    assert (again.status_code, "Something else was sent before" in again.text) == (409, True)
    assert hidden(again.text, "request_id") != hidden(page, "request_id")
    assert "The other one" in again.text
    second = share(client, again.text, PHOTO + b"2")
    assert (second.status_code, len(house.ingest.uploads)) == (303, 2)
    assert second.headers["location"].split("?")[0] != first.headers["location"].split("?")[0]


def test_programs_upload_too(house: DoorHouse, client: httpx2.Client) -> None:
    """They read the terms, send the picture and get the link; mistakes are problem documents."""
    [source] = client.get("/v1/lumen/uploads").json()["sources"]
    assert source["terms"]["sha256"] == TERMS.sha256
    fields = {"creator_name": "Noa", "consent": "true", "terms_sha256": source["terms"]["sha256"]}
    photo = {"photo": ("a.jpg", PHOTO, "image/jpeg")}
    made = client.post("/v1/lumen/uploads", data=fields, files=photo, headers={"Idempotency-Key": "k1"})
    assert made.status_code == 201
    assert "/r/" in made.json()["manage_url"]
    assert house.ingest.uploads[0].request_id == "k1"
    refused = client.post("/v1/lumen/uploads", data=fields | {"consent": "false"}, files=photo)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["field"] == "consent"


def test_too_much_is_refused_however_its_length_is_told(house: DoorHouse, client: httpx2.Client) -> None:
    """25 MB at most, also where no length was said."""
    large = b"\xff\xd8\xff" + bytes(26 * 1024 * 1024)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + large + b"\r\n--b--\r\n"
    assert client.post("/v1/lumen/uploads", content=body, headers=kind).status_code == 413
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    assert client.post("/v1/lumen/uploads", content=pieces, headers=kind).status_code == 413
    assert house.ingest.uploads == []


def test_a_form_that_is_none_is_a_client_error(client: httpx2.Client) -> None:
    """Never a fault of ours."""
    for kind in ("multipart/form-data", "multipart/form-data; boundary=b", "application/json", "text/plain"):
        answered = client.post("/v1/lumen/uploads", content=b"\x00\xff--b garbage", headers={"Content-Type": kind})
        assert 400 <= answered.status_code < 500


def test_unknown_brands_have_no_upload_page(client: httpx2.Client) -> None:
    """Nor do unknown sources."""
    assert client.get("/nobody/share").status_code == 404
    assert client.get("/lumen/share?source=other").status_code == 404


def test_one_client_cannot_send_forms_without_end(make_database: MakeDatabase) -> None:
    """Behind a trusted proxy, the client is who the proxy says it is."""
    settings = {"creator_rate": "3/minute", "trust_proxy": "true"}
    with (
        creator_door(make_database("rights", prepare), **settings) as house,
        httpx2.Client(base_url=house.url, trust_env=False) as client,
    ):

        def send(forwarded: str) -> httpx2.Response:
            return client.post("/r/x/revoke", data={"nonce": "x"}, headers={"X-Forwarded-For": forwarded})

        assert [send("192.0.2.1").status_code for _ in range(4)] == [404, 404, 404, 429]
        assert send("192.0.2.77, 192.0.2.1").headers["retry-after"]
        assert send("192.0.2.1, 192.0.2.2").status_code == 404


def test_style_sheets_are_ours_alone(house: DoorHouse, client: httpx2.Client) -> None:
    """A brand's colour is made readable; nothing else of the folder is served."""
    page = client.get(f"/r/{house.ask()}").text
    for address in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page):
        assert client.get(address).headers["content-type"].startswith("text/css")
    assert "--brand-accent" in client.get("/design/accent-e8a33d.css").text
    for name in ("__init__.py", "LICENSE-icons.txt", "accent-zzzzzz.css", "..%2Fpages.py"):
        assert client.get(f"/design/{name}").status_code == 404


def test_the_door_is_ready_when_rights_is(house: DoorHouse, client: httpx2.Client) -> None:
    """Everything else is company."""
    assert client.get("/readyz").status_code == 200


def test_a_creator_says_that_nobody_may_ask_again_and_takes_it_back(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    assert f'href="/r/{link}/stop"' in client.get(f"/r/{link}").text
    for choice, heading in (
        ("brand", "Lumen will not ask you again"),
        ("everywhere", "Nobody on this site will ask you again"),
        ("none", "Would you rather not be asked?"),
    ):
        assert heading not in client.get(f"/r/{link}/stop").text, "looking says nothing"
        said = client.post(f"/r/{link}/stop", data={"stop": choice})
        assert (said.status_code, said.headers["location"]) == (303, f"/r/{link}/stop")
        assert heading in client.get(f"/r/{link}/stop").text
    refused = client.post(f"/r/{link}/stop", data={"stop": "x"})
    assert (refused.status_code, "Say who may not ask you any more." in refused.text) == (422, True)
    assert client.get("/r/unknown/stop").status_code == 404


def test_a_mail_program_says_it_by_one_post_that_leads_nowhere_else(house: DoorHouse, client: httpx2.Client) -> None:
    """RFC 8058: for the brand alone, whatever the program sends beside it, and as often as it likes."""
    link = house.ask()
    for form in ({"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}):
        said = client.post(f"/r/{link}/stop", headers={"Accept": "*/*"}, **form)
        assert (said.status_code, "Lumen will not ask you again" in said.text) == (200, True)


def test_a_link_that_only_stops_opens_nothing_else(house: DoorHouse, client: httpx2.Client) -> None:
    secret = new_secret()
    with house.rights.database.transaction() as conn:
        PostgresStore(conn).add_stop_link(StopLink(sha256_hex(secret), "lumen", ("0" * 64,)), house.rights.clock.now)
    assert client.get(f"/r/{secret}/stop").status_code == 200
    for path in ("", "/receipt", "/less", "/erase", "/export.zip", "/odrl.jsonld"):
        assert client.get(f"/r/{secret}{path}").status_code == 404
    for path in ("/answer", "/revoke", "/erase", "/withdraw"):
        assert client.post(f"/r/{secret}{path}", data={"nonce": "x", "answer": "yes"}).status_code in {404, 422}
    assert facts(house) == []
