"""Who does not want to be asked is not asked, and nothing tells who that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chorus.errors import ChorusError, NotFound
from chorus.rights.domain.address import Address
from chorus.rights.domain.board import Column
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.opting import Wish, prints_of
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.request import Channel
from chorus.rights.handlers import asking, hearing, opting
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, MIRA, NOW, TERMS, VAULT, WEB, first, ready

LINK, STOP = "f" * 64, "e" * 64
EMAIL = "mira@creators.example"
CREATOR = AccountOf("lumen", MIRA.platform, MIRA.id)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen and halo have terms and a post of Mira's each, and lumen has asked her."""
    made = FakeStore()
    for brand in ("lumen", "halo"):
        made.save_brand(Brand(brand, brand.capitalize()))
        made.add_terms(replace(TERMS, brand=brand), entered=True)
        of_brand = replace(samples.hearing(made, "p1"), brand=brand)
        hearing.captured(of_brand, replace(samples.seen("p1"), brand=brand), first(ready("pic")))
        hearing.reviewed(of_brand, approved=1, rejected=False, at=NOW)
    ask(made)
    return made


def ask(store: FakeStore, brand: str = "lumen", channel: Channel = Channel.LINK, email: str = "") -> None:
    asked = replace(ASKED, channel=channel, email=email, surfaces=())
    dossier, request = asking.create_request(store, brand, "p1", asked, occasion=samples.occasion())
    asking.add_link(store, dossier, request, sha256=LINK, now=NOW)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


def choose(store: FakeStore, wish: Wish, link: str = LINK) -> opting.Choice:
    return opting.choose(store, VAULT, link, wish, NOW)


def test_this_brand_or_every_brand_may_not_ask_any_more_and_it_can_be_taken_back(store: FakeStore) -> None:
    assert opting.see(store, VAULT, LINK).wish is Wish.NONE
    assert (
        choose(store, Wish.BRAND)
        == opting.see(store, VAULT, LINK)
        == opting.Choice(Brand("lumen", "Lumen"), Wish.BRAND)
    )
    assert refusal(lambda: ask(store)) == "OPTED_OUT"
    ask(store, "halo")
    choose(store, Wish.EVERYWHERE)
    assert refusal(lambda: ask(store, "halo")) == "OPTED_OUT"
    store.add_link(Link(LINK, "lumen", "p1", store.dossiers["lumen", "p1"].requests[0].request), NOW)
    choose(store, Wish.NONE)
    assert store.opt_outs == set()
    ask(store)


def test_what_was_said_to_another_brand_stays(store: FakeStore) -> None:
    choose(store, Wish.BRAND)
    ask(store, "halo")
    choose(store, Wish.BRAND)
    choose(store, Wish.NONE)
    assert refusal(lambda: ask(store)) == "OPTED_OUT"


def test_the_address_does_not_want_to_be_asked_either_for_whatever_account(store: FakeStore) -> None:
    ask(store, channel=Channel.EMAIL, email=EMAIL)
    choose(store, Wish.BRAND)
    dossier = store.lock("lumen", "p2")
    other = replace(samples.seen("p2"), account=replace(MIRA, id="110"), approved=1, approved_at=NOW)
    store.save(dossier.with_post(other.revised(1, first())), NOW)
    asked = replace(ASKED, channel=Channel.EMAIL, email=EMAIL.upper(), surfaces=())
    occasion = samples.occasion()
    assert refusal(lambda: asking.create_request(store, "lumen", "p2", asked, occasion=occasion)) == "OPTED_OUT"
    # As a transaction that fails would undo it.
    store.where.pop(other.creator)
    asking.create_request(store, "lumen", "p2", replace(ASKED, surfaces=()), occasion=occasion)


def test_nothing_is_asked_by_itself_of_who_does_not_want_it(store: FakeStore) -> None:
    choose(store, Wish.EVERYWHERE)
    store.save_policy(Policy("lumen", True, WEB, (), "", "", 30))
    hearing.captured(samples.hearing(store, "p3"), samples.seen("p3"), first(ready("new")))
    hearing.reviewed(samples.hearing(store, "p3"), approved=1, rejected=False, at=NOW)
    assert store.dossiers["lumen", "p3"].open is None
    assert store.places["lumen", "p3"].column is Column.TO_ASK


def test_no_further_link_is_made_but_after_a_yes_in_public(store: FakeStore) -> None:
    choose(store, Wish.BRAND)
    dossier = store.dossiers["lumen", "p1"]
    assert dossier.open is not None
    assert refusal(lambda: asking.check_link(store, VAULT, dossier, dossier.open)) == "OPTED_OUT"  # type: ignore[arg-type]  # seen above
    asking.check_link(store, VAULT, dossier, dossier.open.answered_in_public(NOW, "p9"))


def test_a_link_that_only_stops_works_when_the_post_is_long_forgotten(store: FakeStore) -> None:
    store.add_stop_link(opting.holder_of(store, VAULT, CREATOR, STOP), NOW)
    store.save(store.lock("lumen", "p1").forgotten(), NOW)
    with pytest.raises(NotFound):
        opting.see(store, VAULT, LINK)
    with pytest.raises(NotFound):
        opting.see(store, VAULT, "0" * 64)
    assert choose(store, Wish.EVERYWHERE, STOP).wish is Wish.EVERYWHERE
    assert opting.wishes(store, VAULT, [CREATOR]) == {CREATOR: Wish.EVERYWHERE}


def test_hashes_tell_of_nobody_without_their_key_and_are_none_of_another(store: FakeStore) -> None:
    one, two = prints_of([b"a"], CREATOR, EMAIL), prints_of([b"b"], CREATOR, EMAIL)
    assert len({*one, *two}) == 4
    assert prints_of([b"a", b"b"], CREATOR, EMAIL.upper()) == (*one, *two)
    assert prints_of([b"a"], CREATOR._replace(brand="halo")) == one[:1], "whichever brand asks"
    swapped = prints_of([b"a"], AccountOf("lumen", "a", "b\0c"))
    assert swapped != prints_of([b"a"], AccountOf("lumen", "a\0b", "c")), "nobody is taken for somebody else"


def test_an_address_that_no_key_opens_any_more_counts_for_nothing(store: FakeStore) -> None:
    store.save_address(CREATOR, Address("nonsense", "m…@x.example"))
    assert opting.opened(VAULT, store.address(CREATOR)) == ""
    assert choose(store, Wish.BRAND).wish is Wish.BRAND
