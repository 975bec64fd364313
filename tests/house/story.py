"""One brand's story in a running house, told through the addresses that people use."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import psycopg

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.local.errors import HouseError
from chorus.local.feed_site import Article, FeedSite
from chorus.local.house import House
from chorus.local.people import Curator, Visitor, deliver, tls, until
from chorus.local.pictures import draw
from chorus.local.servers import Picture
from chorus.platform import rpc
from chorus.platform.auth import Signer
from tests.serving import KEYS

# One creator says all that a test needs.
CONTACT = {"most": 0, "days": 30, "quietFrom": "21:00", "quietUntil": "08:00", "timeZone": "UTC", "reminders": [7]}
TERMS = {"terms": "showing", "language": "en", "summary": "We may show it.", "text": "You allow us to show it."}
WEB = {"uses": ["USE_WEB"]}
Json = dict[str, Any]


class Story:
    """A fresh brand with terms, one public surface `wall` and a webhook source `shop`."""

    def __init__(self, house: House, site: FeedSite) -> None:
        self.house = house
        self.site = site
        self.brand = f"b{uuid.uuid4().hex[:10]}"
        self.curator = Curator(house.addresses.console)
        self.visitor = Visitor(house.addresses.public)
        self._sent = 0
        self._open()

    def _open(self) -> None:
        brands = BrandsStub(rpc.channel(self.house.addresses.grpc["brands"], Signer(KEYS).operator_token))
        email = f"ada@{self.brand}.example"
        brands.CreateBrand(
            brands_pb2.CreateBrandRequest(
                brand=self.brand, display_name="Lumen", admin_email=email, admin_name="Ada Sample"
            )
        )
        self.curator.sign_in(brands.CreateSignIn(brands_pb2.CreateSignInRequest(email=email)).code)
        self.terms = self.call("rights.v1.Rights/CreateTerms", **TERMS)
        self.call("rights.v1.Rights/SetContactPolicy", policy=CONTACT)
        self.add_surface("wall")
        self.secret = self.add_source("shop", "webhook", {})["secret"]

    def call(self, method: str, **request: Any) -> Json:  # noqa: ANN401 -- JSON, as the rpc's proto has it
        return self.curator.call(method, brand=self.brand, **request)

    def add_surface(self, surface: str, **more: object) -> Json:
        values: Json = {
            "title": surface,
            "address": "https://lumen.example/",
            "scope": WEB,
            "access": "SURFACE_ACCESS_PUBLIC",
        }
        return self.call("publishing.v1.Publishing/CreateSurface", surface=surface, **(values | more))

    def add_source(self, source: str, connector: str, settings: Json, **more: object) -> Json:
        request = {"source": source, "connector": connector, "title": source, "settings": settings} | more
        return self.call("ingest.v1.Ingest/CreateSource", **request)

    def subscribe(self, url: str, **more: object) -> Json:
        """Have an address told what happens on surfaces; gives the endpoint with its secret."""
        return self.call("publishing.v1.Publishing/CreateEndpoint", url=url, **more)

    def open_uploads(self, source: str = "share") -> None:
        """Open an upload page whose pictures may be shown on the wall."""
        shown = {"surface": "wall", "title": "wall", "address": "https://lumen.example/", "scope": WEB}
        self.add_source(source, "upload", {}, uploadTerms={"terms": self.terms, "scope": WEB, "surfaces": [shown]})

    # --- posts ---------------------------------------------------------------------------------------------------

    def item(self, number: int, *, seed: int | None = None, text: str = "") -> Json:
        """Put a picture on the site and write the post that points to it; no seed, no picture."""
        media = []
        if seed is not None:
            name = f"{self.brand}-{number}.jpg"
            picture = Picture(name, _drawn(seed), "A lamp")
            self.site.add(Article(name, name, name, "Mira Example", datetime.now(UTC), (picture,)))
            media = [{"url": f"{self.site.address}/pictures/{name}", "alt": "A lamp"}]
        return {
            "id": f"post-{number}",
            "text": text or f"Post {number}",
            "posted_at": "2026-11-20T09:00:00Z",
            "account": {"id": "mira", "handle": "mira", "name": "Mira Example"},
            "media": media,
        }

    def send(self, *items: Json) -> Json:
        return self.deliver({"posts": list(items)})

    def deliver(self, body: object) -> Json:
        path = f"/v1/{self.brand}/sources/shop/posts"
        return deliver(self.house.addresses.public, path, self.secret, f"msg_{uuid.uuid4().hex}", body)

    def queue(self, **chosen: object) -> list[Json]:
        answer = self.call("curation.v1.Curation/ListPosts", filter=chosen, pageSize=100)
        posts: list[Json] = answer.get("posts", [])
        return posts

    def arrived(self, count: int) -> list[Json]:
        """Wait until so many posts are queued, with no picture pending."""

        def look() -> list[Json] | None:
            posts = self.queue()
            pending = [
                each for each in posts for media in each.get("media", []) if media["state"] == "MEDIA_STATE_PENDING"
            ]
            return posts if len(posts) >= count and not pending else None

        return until(f"{count} posts in the queue", look)

    def decide(self, *posts: Json, state: str = "STATE_APPROVED", reason: str = "") -> list[Json]:
        chosen = [{"post": each["post"], "revision": each["revision"]} for each in posts]
        answer = self.call("curation.v1.Curation/Decide", posts=chosen, state=state, reason=reason)
        decided: list[Json] = answer["posts"]
        return decided

    # --- rights --------------------------------------------------------------------------------------------------

    def ask(self, post: str, surface: str = "wall", scope: Json = WEB) -> str:
        """Ask for the web, or more, on one surface; gives the creator's link."""
        shown = {"surface": surface, "title": surface, "address": "https://lumen.example/", "scope": WEB}

        def request() -> str | None:
            try:
                answer = self.call("rights.v1.Rights/CreateRequest", post=post, scope=scope, surfaces=[shown], days=365)
            except HouseError as error:
                # Rights has not heard of the post, or of its approval, yet.
                if "answered 503" in str(error) or "failed_precondition" in str(error):
                    return None
                raise
            return str(answer["link"])

        return until("rights to hear of the approval", request)

    def grant(self, link: str) -> None:
        self.visitor.submit(self.visitor.get(link), "Yes, you may")

    def decline(self, link: str) -> None:
        self.visitor.submit(self.visitor.get(link), "No, thank you")

    def revoke(self, link: str) -> None:
        self.visitor.submit(self.visitor.get(link), "Yes, take it back")

    def live(self, count: int = 1, *, first_seed: int = 0) -> list[tuple[str, str]]:
        """Walk posts with pictures all the way to the wall; gives each post with its creator's link."""
        self.send(*(self.item(number, seed=first_seed + number) for number in range(count)))
        posts = self.arrived(count)
        self.decide(*posts)
        links = [(each["post"], self.ask(each["post"])) for each in posts]
        for _, link in links:
            self.grant(link)
        self.shows({post for post, _ in links})
        return links

    # --- surfaces ------------------------------------------------------------------------------------------------

    def address(self, what: str, surface: str = "wall") -> str:
        return f"{self.house.addresses.public}/v1/{self.brand}/surfaces/{surface}/{what}"

    def feed(self, surface: str = "wall") -> Json:
        longest = f"{self.address('feed.json', surface)}?limit=100"
        answer = httpx2.get(longest, trust_env=False, timeout=30, verify=tls())
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def on(self, surface: str = "wall") -> set[str]:
        """Name the posts on a surface, by its public feed."""
        return {each["_chorus"]["post_id"] for each in self.feed(surface)["items"]}

    def shows(self, posts: set[str], surface: str = "wall") -> None:
        """Wait until a surface shows exactly these posts."""
        until(f"{len(posts)} posts on {surface}", lambda: self.on(surface) == posts or None)

    def media_addresses(self) -> list[str]:
        """List the address of every rendition on the wall."""
        return [
            rendition["url"]
            for item in self.feed()["items"]
            for media in item["_chorus"]["media"]
            for rendition in media["renditions"]
        ]

    def database(self, room: str) -> psycopg.Connection:
        """Look into a room's own database, for what no address shows."""
        assert self.house.engines is not None
        return psycopg.connect(self.house.engines.databases[room])


@functools.cache
def _drawn(seed: int) -> bytes:
    """Draw a picture once per run: that takes longer than walking it to a surface."""
    return draw(seed, width=800, height=600)


def status(address: str) -> int:
    return httpx2.get(address, trust_env=False, timeout=30, verify=tls()).status_code


def all_gone(addresses: list[str]) -> Callable[[], bool | None]:
    """Look whether every one of these addresses answers 404 or 410."""
    return lambda: all(status(each) in {404, 410} for each in addresses) or None
