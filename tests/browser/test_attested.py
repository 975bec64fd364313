"""A rights manager who has permission already: the form with its proof, what it says everywhere, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chorus.local.people import until
from tests.browser.conftest import PHONE, OpenConsole
from tests.browser.test_rights_board import approved, cards
from tests.house.fixtures import on
from tests.house.story import Json, Story

pytestmark = [pytest.mark.browser, on("embedded")]
PDF = b"%PDF-1.7\nBetween Lumen and Studio North"
SAYS = re.compile("by contract of 3 Nov 2026, attested by ada@")


def open_form(page: Page, story: Story, post: Json) -> Locator:
    """Open the form from a card that is to be asked for."""
    page.goto(f"/{story.brand}/rights?open={post['post']}")
    page.get_by_role("button", name="We have permission already").click()
    form = page.locator("c-attest")
    expect(form.get_by_label("Given by")).to_be_visible()
    return form


def fill(form: Locator, proof: bytes = PDF, name: str = "contract.pdf") -> None:
    form.get_by_label("Given by").fill("Studio North")
    form.get_by_label("Given on").fill("2026-11-03")
    form.get_by_label("Until the end of").fill("2030-11-03")
    form.get_by_label("Named as").fill("Mira for Lumen")
    form.get_by_label("Note").fill("In the drawer.")
    form.get_by_label("Proof").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": proof})


def record(form: Locator) -> None:
    form.get_by_role("button", name="Record it").click()


def test_a_permission_from_elsewhere_is_recorded_with_its_proof_shown_and_ended(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    form = open_form(page, story, post)
    fill(form)
    page.screenshot(path=artefacts / "form.png")
    record(form)
    expect(form).to_have_count(0)
    drawer = page.locator("c-rights-drawer")
    attested = drawer.get_by_role("region", name="Attested by the brand")
    expect(attested.get_by_text(SAYS)).to_be_visible()
    expect(attested.get_by_text("Given by Studio North")).to_be_visible()
    expect(
        drawer.get_by_role("list", name="Thread").get_by_text("The brand says that it has permission")
    ).to_be_visible()
    expect(drawer.get_by_text("Attested by the brand", exact=False).first).to_be_visible()
    page.screenshot(path=artefacts / "drawer.png")
    with page.expect_download() as saved:
        attested.get_by_role("link", name="Save the proof").click()
    assert saved.value.suggested_filename == "contract.pdf"
    assert Path(saved.value.path()).read_bytes() == PDF
    story.shows({post["post"]})
    (item,) = story.feed()["items"]
    assert (item["_chorus"]["attested"], item["_chorus"]["credit"]) == (True, "Photo: Mira for Lumen (creator0)")
    page.goto(f"/{story.brand}/rights?by=attested")
    card = cards(page, "Granted")
    expect(card).to_have_count(1)
    expect(card.get_by_text(SAYS)).to_be_visible()
    page.screenshot(path=artefacts / "board.png")
    page.goto(f"/{story.brand}/rights?open={post['post']}")
    attested.get_by_role("button", name="End this").click()
    attested.get_by_label("Why it ends").fill("The contract was cancelled.")
    page.screenshot(path=artefacts / "ending.png")
    attested.get_by_role("button", name="End it").click()
    expect(attested.get_by_text("Ended by the brand")).to_be_visible()
    expect(drawer.get_by_text("The contract was cancelled.")).to_be_visible()
    expect(drawer.get_by_role("button", name="Save as JSON")).to_have_count(2)
    drawer.get_by_role("heading", name="Evidence").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "ended.png")
    story.shows(set())


def test_what_is_wrong_is_said_beside_its_field_and_nothing_that_was_typed_is_lost(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    form = open_form(page, story, post)
    fill(form, PDF.ljust(6 * 1024 * 1024))
    record(form)
    expect(form.get_by_text("The proof has more than 5 MB.").first).to_be_visible()
    fill(form, b"<!doctype html><script>document.title = 'gotcha'</script>")
    record(form)
    expect(form.get_by_text("This is no PDF, JPEG, PNG or plain text.")).to_be_visible()
    form.get_by_label("Something else").check()
    form.get_by_label("What it is").fill("Model release")
    form.get_by_label("Given on").fill("2031-01-01")
    record(form)
    expect(form.get_by_text("Choose the day on which it was given.")).to_be_visible()
    expect(form.get_by_label("Note")).to_have_value("In the drawer.")
    page.screenshot(path=artefacts / "wrong.png")
    fill(form)
    record(form)
    expect(form).to_have_count(0)
    expect(page.get_by_text(re.compile("by Model release of 3 Nov 2026")).first).to_be_visible()


def test_while_a_large_proof_is_sent_it_says_how_far_it_is(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    form = open_form(page, story, post)
    fill(form, PDF.ljust(5 * 1024 * 1024), "scan.pdf")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1024 * 1024}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    record(form)
    expect(form.get_by_text(re.compile(r"Sending the proof: [1-9]\d? %"))).to_be_visible()
    page.screenshot(path=artefacts / "sending.png")
    expect(form.get_by_role("button", name="Record it")).to_be_disabled()
    expect(form).to_have_count(0)
    expect(page.get_by_text("5.2 MB")).to_be_visible()


def test_whoever_sends_it_again_since_the_answer_was_lost_has_recorded_it_once(
    open_console: OpenConsole, story: Story
) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    form = open_form(page, story, post)
    fill(form)

    def lose(route: Route) -> None:
        route.fetch()
        # As a proxy would say that it passes.
        route.fulfill(status=429)

    page.route("**/AttestGrant", lose)
    record(form)
    expect(form.get_by_role("alert")).to_be_visible(timeout=30_000)
    page.unroute("**/AttestGrant")
    record(form)
    expect(form).to_have_count(0)
    page.reload()
    expect(page.get_by_role("region", name="Attested by the brand")).to_have_count(1)


def test_a_post_in_the_queue_is_attested_from_its_panel_and_says_so(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    approved(story, 1)
    page = open_console()
    page.goto(f"/{story.brand}/queue?state=approved")
    panel = page.locator("c-panel")
    panel.get_by_role("button", name="We have permission already").click()
    form = page.locator("c-attest")
    fill(form)
    record(form)
    expect(panel.get_by_text("Attested", exact=True)).to_be_visible()
    expect(panel.get_by_text("Lumen says that it may show this")).to_be_visible()
    expect(page.locator("c-grid").get_by_text("attested by the brand")).to_be_visible()
    page.screenshot(path=artefacts / "queue.png")


def test_curators_see_what_is_attested_and_neither_attest_nor_open_proofs(
    open_console: OpenConsole, story: Story
) -> None:
    first, _ = approved(story, 2)
    claim = {"basis": "BASIS_CONTRACT", "givenBy": "Studio North", "givenOn": "2026-11-03", "proof": "JVBERi0xLjc="}
    scope = {"uses": ["USE_WEB"]}
    given = story.call("rights.v1.Rights/AttestGrant", post=first["post"], scope=scope, **claim)
    email = f"cu@{story.brand}.example"
    story.call("brands.v1.Brands/SetMember", email=email, displayName="Cu Sample", role="ROLE_CURATOR")
    page = open_console(email)
    page.goto(f"/{story.brand}/rights?open={first['post']}")
    attested = page.get_by_role("region", name="Attested by the brand")
    expect(attested.get_by_text(SAYS)).to_be_visible()
    expect(attested.get_by_role("link", name="Save the proof")).to_have_count(0)
    expect(attested.get_by_role("button", name="End this")).to_have_count(0)
    expect(page.get_by_role("button", name="We have permission already")).to_have_count(0)
    refused = page.request.get(f"/proof/{story.brand}/{given['grant']}")
    assert refused.status == 403


def test_a_creator_who_says_no_takes_it_off_again(open_console: OpenConsole, story: Story) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    form = open_form(page, story, post)
    fill(form)
    record(form)
    expect(form).to_have_count(0)
    story.shows({post["post"]})
    story.decline(story.ask(post["post"]))
    story.shows(set())
    page.reload()
    expect(page.get_by_role("region", name="Attested by the brand").get_by_text("Ended by the creator")).to_be_visible()
    expect(page.get_by_text("a permission from elsewhere does not stand against that")).to_be_visible()
    attest = page.get_by_role("button", name="We have permission already")
    expect(attest).to_have_count(0)
    page.goto(f"/{story.brand}/posts/{post['post']}")
    attest.click()
    fill(form)
    record(form)
    expect(form.get_by_text("what a brand attests does not stand against that")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["desk", "phone"])
def test_the_form_and_what_it_leads_to_fit_their_window(
    open_console: OpenConsole, story: Story, artefacts: Path, window: str, scheme: Literal["light", "dark"]
) -> None:
    (post,) = approved(story, 1)
    page = open_console(color_scheme=scheme, **({"viewport": PHONE} if window == "phone" else {}))
    form = open_form(page, story, post)
    page.screenshot(path=artefacts / "empty.png")
    fill(form)
    form.get_by_label("Note").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "filled.png")
    record(form)
    expect(form).to_have_count(0)
    expect(page.get_by_role("region", name="Attested by the brand")).to_be_visible()
    page.get_by_role("region", name="Attested by the brand").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "drawer.png")
    page.goto(f"/{story.brand}/rights?column=granted")
    expect(cards(page, "Granted")).to_have_count(1)
    page.screenshot(path=artefacts / "board.png")
    page.goto(f"/{story.brand}/posts/{post['post']}")
    until("the post to say so", lambda: page.get_by_text("Attested", exact=True).count() > 0 or None)
    page.screenshot(path=artefacts / "post.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
