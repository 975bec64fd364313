"""The demo's outside world, on loopback: a blog with a feed, a Mastodon-shaped server, and the brand's own page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from chorus.local.community import HASHTAG, SHOP, Sample
from chorus.local.feed_site import Article, FeedSite
from chorus.local.mastodon_site import MastodonSite, Status
from chorus.local.servers import Picture, serve

_PAGE = Path(__file__).parent / "pages" / "gallery.html"
_MOST_CAPTION = 60
# Where the people of the hashtag have their accounts; the village's own server shows them as it does others' people.
_ACCOUNTS_AT = "social.example"


@dataclass(frozen=True)
class Village:
    """Where it can be found."""

    blog: FeedSite
    social: MastodonSite
    shop: FeedSite

    @property
    def hosts(self) -> list[str]:
        """Name each server as host:port: loopback is never fetched from unless it is named."""
        sites: list[FeedSite | MastodonSite] = [self.blog, self.social, self.shop]
        return [site.address.removeprefix("http://") for site in sites]


class BrandPage:
    """The brand's own page, which shows a gallery by one script tag."""

    def __init__(self) -> None:
        """Begin before the house is up."""
        self.address = ""
        self._text = ""

    def show(self, public_url: str, brand: str, surface: str) -> None:
        """Show this surface from now on."""
        page = _PAGE.read_text(encoding="utf-8")
        for name, value in {"public_url": public_url, "brand": brand, "surface": surface}.items():
            page = page.replace("{{" + name + "}}", value)
        self._text = page

    def routes(self) -> Sequence[BaseRoute]:
        """Answer the page."""
        return [Route("/", self._page)]

    def _page(self, _request: Request) -> Response:
        return HTMLResponse(self._text)


@contextmanager
def opened(blog_posts: Sequence[Sample]) -> Iterator[tuple[Village, BrandPage]]:
    """Open all of it until the block ends."""
    with (
        serve(_blog(blog_posts)) as blog,
        serve(_social()) as social,
        serve(_shop()) as shop,
        serve(BrandPage()) as page,
    ):
        yield Village(blog, social, shop), page


def _blog(posts: Sequence[Sample]) -> FeedSite:
    site = FeedSite("Evenings by lamplight")
    now = datetime.now(UTC)
    for number, sample in enumerate(posts):
        pictures = (Picture(f"evening-{number}.jpg", sample.picture(), sample.alt),)
        published = now - timedelta(hours=30 - number)
        title = sample.text.partition(".")[0][:_MOST_CAPTION]
        site.add(Article(f"evening-{number}", title, sample.text, sample.person.name, published, pictures))
    return site


def _social() -> MastodonSite:
    site = MastodonSite()
    now = datetime.now(UTC)
    for number, sample in enumerate(HASHTAG):
        pictures = (Picture(f"status-{number}.jpg", sample.picture(), sample.alt),)
        posted = now - timedelta(hours=12 - number)
        person = sample.person
        handle = f"{person.handle}@{_ACCOUNTS_AT}"
        site.add(Status(handle, person.name, sample.text, posted, ("lumenlight",), pictures))
    return site


def _shop() -> FeedSite:
    """Serve the pictures that the shop's deliveries point to."""
    site = FeedSite("The lamp shop")
    for number, sample in enumerate(SHOP):
        pictures = (Picture(f"order-{number}.jpg", sample.picture(), sample.alt),)
        site.add(Article(f"order-{number}", sample.alt, sample.text, sample.person.name, datetime.now(UTC), pictures))
    return site
