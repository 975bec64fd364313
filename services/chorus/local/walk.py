"""The demo: sample input walked through the main job of a running house, through the addresses that people use."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.local.community import ADA, HASHTAG, SHOP, SPAM, UPLOADS, Sample
from chorus.local.house import House
from chorus.local.people import Curator, Visitor, deliver, until
from chorus.local.village import Village
from chorus.platform import rpc
from chorus.platform.auth import Signer

BRAND, SURFACE = "lumen", "homepage"
ADMIN = "ada@lumen.example"
TERMS = {
    "terms": "showing",
    "language": "en",
    "summary": (
        "Lumen may show your post, with your name, on its own pages, such as those named with it.\n"
        "You keep all rights in it, and nobody pays anybody.\n"
        "You can take this back at any time with the same link."
    ),
    "text": (
        "## What you allow\n\nYou allow Lumen to show this post, unchanged but for its size, on its own pages, such "
        "as those named with it, and for as long as it says there.\n\n## What stays yours\n\nEverything else. You "
        "remain the owner of your picture and your words, and you are named beside them.\n\n## How to take it back\n\n"
        "Open the same link and press *Take it back*. Lumen stops showing the post within a minute."
    ),
}
# Of seven people, an album of any size may be asked for.
CONTACT = {"most": 0, "days": 30, "quietFrom": "21:00", "quietUntil": "08:00", "timeZone": "UTC", "reminders": [7]}
WEB = {"uses": ["USE_WEB"]}
_QUEUE = "curation.v1.Curation"
_RIGHTS = "rights.v1.Rights"


@dataclass
class Outcome:
    """What came of the walk: the posts that stay, and links still to be answered by whoever watches."""

    feed: dict[str, Any]
    open_links: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What is walked: the blog's posts, a live feed to add, and whether to leave some work for a person."""

    blog: Sequence[Sample]
    feed: str = ""
    leave_some: bool = False

    @property
    def expected(self) -> int:
        """How many posts will be in the queue, a live feed's apart."""
        return len(self.blog) + len(HASHTAG) + len(SHOP) + len(UPLOADS)


class Walk:
    """One walk through the main job."""

    def __init__(self, house: House, village: Village, signer: Signer, progress: Callable[[str], None]) -> None:
        """Walk in this house; `progress` hears each step."""
        self._house = house
        self._village = village
        self._signer = signer
        self._progress = progress
        self._public = Visitor(house.addresses.public)
        self._curator = Curator(house.addresses.console)

    def go(self, plan: Plan) -> Outcome:
        """Walk all seven steps; answers the feed as a web team reads it."""
        if self._create_brand():
            self._furnish(plan)
            self._send(plan)
        posts = self._wait_for_queue(plan)
        self._curate(posts, plan)
        links = self._ask()
        left = self._answer(links, plan)
        return Outcome(self._read_feed(left.granted), left.open)

    def sign_in_address(self) -> str:
        """Make a fresh one-time address for the person who watches."""
        request = brands_pb2.CreateSignInRequest(email=ADMIN)
        return f"{self._house.addresses.console}/sign-in?code={self._brands().CreateSignIn(request).code}"

    def _brands(self) -> BrandsStub:
        return BrandsStub(rpc.channel(self._house.addresses.grpc["brands"], self._signer.operator_token))

    def _create_brand(self) -> bool:
        """Create the brand, unless this data folder has it already; sign the curator in."""
        self._progress("creating the brand Lumen, with its first admin")
        stub = self._brands()
        known = {each.brand for each in stub.ListBrands(brands_pb2.ListBrandsRequest(page_size=100)).brands}
        if BRAND not in known:
            stub.CreateBrand(
                brands_pb2.CreateBrandRequest(
                    brand=BRAND,
                    display_name="Lumen",
                    accent="#b4530a",
                    home_page="https://lumen.example",
                    admin_email=ADMIN,
                    admin_name=ADA.name,
                )
            )
        self._curator.sign_in(stub.CreateSignIn(brands_pb2.CreateSignInRequest(email=ADMIN)).code)
        return BRAND not in known

    def _furnish(self, plan: Plan) -> None:
        """Write terms, define surfaces, add sources."""
        self._progress("writing terms, defining surfaces, adding sources")
        terms = self._call(f"{_RIGHTS}/CreateTerms", **TERMS)
        self._call(f"{_RIGHTS}/SetContactPolicy", policy=CONTACT)
        self._call(
            "publishing.v1.Publishing/CreateSurface",
            surface=SURFACE,
            title="Home page",
            address="https://lumen.example/",
            scope=WEB,
            rule={"hasMedia": True},
            access="SURFACE_ACCESS_PUBLIC",
        )
        upload_terms = {"terms": terms, "scope": WEB, "surfaces": [self._shown()]}
        self._add_source(
            "evenings", "feed", "Evenings by lamplight", {"url": f"{self._village.blog.address}/feed.atom"}
        )
        social = {"server": self._village.social.address, "hashtag": "lumenlight", "every_seconds": 15}
        self._add_source("lumenlight", "mastodon", "#lumenlight", social)
        self._add_source("share", "upload", "Share your light", {}, upload_terms)
        if plan.feed:
            self._add_source("live", "feed", "Live feed", {"url": plan.feed})

    def _add_source(
        self, source: str, connector: str, title: str, settings: dict[str, Any], terms: dict[str, Any] | None = None
    ) -> str:
        extra = {"uploadTerms": terms} if terms else {}
        answer = self._call(
            "ingest.v1.Ingest/CreateSource", source=source, connector=connector, title=title, settings=settings, **extra
        )
        return str(answer.get("secret", ""))

    def _send(self, plan: Plan) -> None:
        """Let the shop deliver, and people upload."""
        self._progress("delivering the shop's reviews as a signed webhook")
        secret = self._add_source("shop", "webhook", "Shop reviews", {})
        posts = [self._review(number, sample) for number, sample in enumerate(SHOP)]
        path = f"/v1/{BRAND}/sources/shop/posts"
        deliver(self._house.addresses.public, path, secret, f"msg_{uuid.uuid4().hex}", {"posts": posts})
        for sample in UPLOADS:
            self._progress(f"{sample.person.name} shares a picture on the upload page")
            self._upload(sample)
        self._progress(f"reading {len(plan.blog)} blog posts and {len(HASHTAG)} posts from #lumenlight")
        for source in ("evenings", "lumenlight"):
            self._call("ingest.v1.Ingest/LookNow", source=source)

    def _review(self, number: int, sample: Sample) -> dict[str, Any]:
        return {
            "id": f"order-{number}",
            "text": sample.text,
            "url": self._village.shop.link(f"order-{number}"),
            "posted_at": datetime.now(UTC).isoformat(),
            "account": {"id": sample.person.handle, "handle": sample.person.handle, "name": sample.person.name},
            "media": [{"url": f"{self._village.shop.address}/pictures/order-{number}.jpg", "alt": sample.alt}],
        }

    def _upload(self, sample: Sample) -> None:
        page = self._public.get(f"/{BRAND}/share")
        photo = {"photo": ("picture.jpg", sample.picture(), "image/jpeg")}
        fields = {"caption": sample.text, "creator_name": sample.person.name, "handle": sample.person.handle}
        self._public.submit(page, "Share this picture", files=photo, consent="yes", alt_text=sample.alt, **fields)

    def _wait_for_queue(self, plan: Plan) -> list[dict[str, Any]]:
        """Wait until every post has arrived and every picture is ready or has failed."""
        self._progress(f"waiting for {plan.expected} posts and their pictures")

        def look() -> list[dict[str, Any]] | None:
            posts: list[dict[str, Any]] = self._call(f"{_QUEUE}/ListPosts", pageSize=100).get("posts", [])
            pending = [each for each in posts for media in each.get("media", []) if _is_pending(media)]
            return posts if len(posts) >= plan.expected and not pending else None

        return until("posts to arrive", look)

    def _curate(self, posts: list[dict[str, Any]], plan: Plan) -> None:
        """Reject the advertisement, approve the rest; leave a few for a person, if asked to."""
        new = [each for each in posts if each.get("state") == "STATE_NEW"]
        rejected = [each for each in new if _is_spam(each)]
        # Uploads come with consent: approved, they are on the surface at once, so none of them is left over.
        kept = sorted((each for each in new if not _is_spam(each)), key=lambda each: each["platform"] == "upload")
        left = 6 if plan.leave_some else 0
        self._progress(f"approving {len(kept) - left} posts, rejecting {len(rejected)}")
        self._decide(rejected, "STATE_REJECTED", "advertising")
        self._decide(kept[left:], "STATE_APPROVED")

    def _decide(self, posts: list[dict[str, Any]], state: str, reason: str = "") -> None:
        if posts:
            chosen = [{"post": each["post"], "revision": each["revision"]} for each in posts]
            self._call(f"{_QUEUE}/Decide", posts=chosen, state=state, reason=reason)

    def _ask(self) -> list[str]:
        """Ask the creator of each approved post that has no consent of its own yet."""
        self._progress("asking creators for permission")
        approved = self._call(f"{_QUEUE}/ListPosts", filter={"states": ["STATE_APPROVED"]}, pageSize=100)
        asked = [each for each in approved.get("posts", []) if each["platform"] != "upload"]
        waiting = until("approved posts to reach rights", lambda: self._to_ask(asked))
        return [self._link(post) for post in waiting]

    def _to_ask(self, posts: list[dict[str, Any]]) -> list[str] | None:
        """Name the posts to ask about, once rights has heard of all their approvals."""
        answer = self._call(f"{_RIGHTS}/BatchGetPostRights", posts=[each["post"] for each in posts])
        known = {each["post"] for each in answer.get("rights", [])}
        cards = self._call(f"{_RIGHTS}/ListCards", column="COLUMN_TO_ASK", pageSize=100).get("cards", [])
        to_ask = [each["post"] for each in cards]
        return to_ask if {each["post"] for each in posts} <= known | set(to_ask) else None

    def _link(self, post: str) -> str:
        message = "Hello {creator}, we love your picture. May {brand} show it? {link}"
        answer = self._call(
            f"{_RIGHTS}/CreateRequest", post=post, scope=WEB, surfaces=[self._shown()], message=message, days=365
        )
        return str(answer["link"])

    def _answer(self, links: list[str], plan: Plan) -> Answers:
        """One creator declines, one grants and takes it back, the others grant; some may stay open for a person."""
        left = 2 if plan.leave_some else 0
        to_answer, still_open = links[: len(links) - left], links[len(links) - left :]
        self._progress("creators answer: one declines, one allows it and takes it back, the others allow it")
        for number, link in enumerate(to_answer):
            page = self._public.get(link)
            if number == 0:
                self._public.submit(page, "No, thank you")
                continue
            page = self._public.submit(page, "Yes, you may")
            if number == 1:
                self._take_back(page)
        return Answers(granted=len(to_answer) - 2 + len(UPLOADS), open=still_open)

    def _take_back(self, page: httpx2.Response) -> None:
        self._public.submit(page, "Yes, take it back")

    def _read_feed(self, expected: int) -> dict[str, Any]:
        """Read the feed as a web team does, once exactly what stays is on it."""
        self._progress(f"waiting until the {expected} posts that stay are on the surface")
        address = f"/v1/{BRAND}/surfaces/{SURFACE}/feed.json?limit=100"

        def look() -> dict[str, Any] | None:
            answer = self._public.look(address)
            feed: dict[str, Any] = answer.json()
            return feed if answer.is_success and len(feed["items"]) == expected else None

        return until(f"{expected} posts on the surface", look)

    def _shown(self) -> dict[str, Any]:
        return {"surface": SURFACE, "title": "Home page", "address": "https://lumen.example/", "scope": WEB}

    def _call(self, method: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON, as the rpc's proto has it
        return self._curator.call(method, brand=BRAND, **request)


@dataclass(frozen=True)
class Answers:
    """How many posts were granted and stay, and which links nobody has answered yet."""

    granted: int
    open: list[str]


def _is_pending(media: dict[str, Any]) -> bool:
    return media.get("state") == "MEDIA_STATE_PENDING"


def _is_spam(post: dict[str, Any]) -> bool:
    return bool(post.get("text", "").startswith(SPAM.text[:20]))
