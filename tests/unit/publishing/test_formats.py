"""What visitors' programs read: JSON Feed and Atom, whatever people wrote in their posts."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from chorus.publishing.domain.feed import Feed, Item
from chorus.publishing.formats import atom, json_feed
from tests.unit.publishing.samples import DAY, NOW, grant, placement

NAMES = {"a": "http://www.w3.org/2005/Atom", "m": "http://search.yahoo.com/mrss/", "d": "http://purl.org/dc/terms/"}
ID = "019a8f5c5e2b7c41a6d0e1f2a3b4c5d6"


def feed(
    text: str = "Blue hour", *, next_url: str = "", url: str = "https://mastodon.example/@mira/1", mine: str = ""
) -> Feed:
    shown = replace(placement(by=grant(until=NOW + DAY)).shown, text=text, url=url)
    item = Item(ID, NOW, f"https://public.example/media/k/{ID}/", shown, mine)
    address = "https://public.example/v1/lumen/surfaces/home-wall/feed"
    return Feed("lumen", "home-wall", 7, "Wall", "https://lumen.example/", address, next_url, NOW, (item,))


def test_the_json_feed_links_the_original_and_names_the_end_of_the_grant() -> None:
    document = json.loads(json_feed.render(feed(next_url="https://public.example/next")))
    (item,) = document["items"]
    assert document["next_url"] == "https://public.example/next"
    assert item["url"] == item["external_url"] == "https://mastodon.example/@mira/1"
    assert item["image"] == f"https://public.example/media/k/{ID}/m1-1080.jpg"
    assert item["_chorus"]["valid_until"] == "2026-11-24T12:00:00Z"


def test_what_the_brand_attests_is_marked_and_what_creators_gave_is_not() -> None:
    own = feed()
    attested = replace(own, items=(replace(own.items[0], shown=replace(own.items[0].shown, attested=True)),))
    marks = [json.loads(json_feed.render(each))["items"][0]["_chorus"].get("attested") for each in (own, attested)]
    assert marks == [None, True]
    roots = [etree.fromstring(atom.render(each)) for each in (own, attested)]
    words = [root.xpath("string(//a:rights)", namespaces=NAMES) for root in roots]
    assert words == ["", "Shown by the brand, which attests that it has permission."]


def test_where_to_say_that_it_is_ones_own_is_told_of_what_everybody_can_see() -> None:
    mine = f"https://public.example/lumen/mine?item={ID}"
    told = [json.loads(json_feed.render(feed(mine=each)))["items"][0]["_chorus"].get("mine_url") for each in ("", mine)]
    assert told == [None, mine]
    relation = "string(//a:entry/a:link[@rel='https://chorus.example/rel/mine']/@href)"
    assert [
        etree.fromstring(atom.render(feed(mine=each))).xpath(relation, namespaces=NAMES) for each in ("", mine)
    ] == [
        "",
        mine,
    ]


def test_an_address_that_is_no_web_address_is_never_a_link() -> None:
    found = feed(url="javascript:alert(1)")
    assert "url" not in json.loads(json_feed.render(found))["items"][0]
    assert b"javascript" not in atom.render(found)


def test_the_atom_feed_names_every_rendition_the_credit_and_the_end() -> None:
    root = etree.fromstring(atom.render(feed(next_url="https://public.example/next")))
    assert root.xpath("string(/a:feed/a:link[@rel='next']/@href)", namespaces=NAMES) == "https://public.example/next"
    assert root.xpath("string(//a:entry/a:id)", namespaces=NAMES) == "urn:uuid:019a8f5c-5e2b-7c41-a6d0-e1f2a3b4c5d6"
    assert root.xpath("count(//m:content[@medium='image'])", namespaces=NAMES) == 6
    assert str(root.xpath("string(//m:content[@isDefault='true']/@url)", namespaces=NAMES)).endswith("m1-1080.jpg")
    assert root.xpath("string(//m:credit)", namespaces=NAMES) == "Photo: Mira Example (@mira@mastodon.example)"
    assert root.xpath("string(//d:valid)", namespaces=NAMES) == "end=2026-11-24T12:00:00Z; scheme=W3C-DTF"


@given(st.text())
def test_any_text_survives_in_json_and_makes_well_formed_atom(text: str) -> None:
    item = json.loads(json_feed.render(feed(text)))["items"][0]
    assert item["content_text"] == text
    root = etree.fromstring(atom.render(feed(text)))
    assert root.xpath("count(//a:entry/a:title[string()])", namespaces=NAMES) == 1
    assert str(root.xpath("string(//a:content)", namespaces=NAMES)).split() == atom._writable(text).split()


def test_the_same_feed_gives_the_same_bytes() -> None:
    assert json_feed.render(feed()) == json_feed.render(feed())
    assert atom.render(feed()) == atom.render(feed())
