"""What items of all kinds of feed have in common."""

from __future__ import annotations

from urllib.parse import urlsplit

from chorus.ingest.domain.post import Account, Picture, PostKey

PLATFORM = "feed"


def key_of(feed_url: str, item_id: str) -> PostKey:
    """Name an item: an id that is an address, a URN or a tag URI is unique by itself, others only within their feed."""
    is_global = ":" in item_id and not any(letter.isspace() for letter in item_id)
    return PostKey(PLATFORM, item_id if is_global else f"{feed_url}#{item_id}")


def author(key: PostKey, feed_url: str, *, site: str, name: str, page: str, title: str) -> Account:
    """Name who wrote an item: an author's page where there is one, else the name within its site.

    Where nobody is named, the item has an account of its own: all who write for a site are not one person.
    """
    home = site or feed_url
    stable = page or (f"{home}#{name}" if name else key.id)
    return Account(PLATFORM, stable, "", name or title or _host(home), page or site)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def joined(title: str, text: str) -> str:
    """Put title and text together; a title that only repeats how the text begins is left out."""
    if not title or text.startswith(title.removesuffix("…").removesuffix("...")):
        return text
    return f"{title}\n\n{text}" if text else title


def best_pictures(given: list[Picture], shown: list[Picture]) -> tuple[Picture, ...]:
    """Take the pictures that an item names as its own, with alt texts from its words; else the first it shows."""
    alt_texts = {each.url: each.alt_text for each in shown}
    named = [Picture(each.url, each.alt_text or alt_texts.get(each.url, "")) for each in given]
    return tuple(named or shown[:1])
