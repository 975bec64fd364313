"""The key is exchanged over a running house: what was made with the old one works until it is dropped."""

from __future__ import annotations

import json

import pytest

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.errors import Invalid, Unauthenticated
from chorus.local.errors import HouseError
from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import until
from chorus.platform import rpc
from chorus.platform.auth import Signer
from chorus.platform.secrets import Vault
from tests.e2e.test_backup import again
from tests.house.fixtures import MakeHouse
from tests.house.story import Story
from tests.serving import KEYS, refused

OLD, NEW = KEYS[0], "another-secret-for-tests-0123456789abcdef"


def brands_with(house: House, key: str) -> object:
    """Ask as the operator, with a token that one key signed."""
    stub = BrandsStub(rpc.channel(house.addresses.grpc["brands"], Signer([key]).operator_token))
    return stub.ListBrands(brands_pb2.ListBrandsRequest(page_size=1))


def sealed_with(story: Story, key: str) -> bool | None:
    """Tell whether the source's secret can be read with one key alone."""
    with story.database("ingest") as conn:
        row = conn.execute("SELECT sealed FROM sources WHERE brand = %s", [story.brand]).fetchone()
    assert row
    try:
        return bool(json.loads(Vault([key]).decrypt(row[0])))
    except Invalid:
        return None


@pytest.mark.postgres
def test_a_key_is_exchanged_while_links_tokens_and_sealed_secrets_go_on_working(
    make_house: MakeHouse, site: FeedSite
) -> None:
    with again(make_house("embedded"), CHORUS_SECRET_KEY=OLD) as house:
        story = Story(house, site)
        (first, link), (second, other_link) = story.live(2)
        assert sealed_with(story, OLD)
        opened, opened_too = (story.visitor.get(each) for each in (link, other_link))
    with again(house, CHORUS_SECRET_KEY=f"{NEW},{OLD}") as both:
        story.house = both
        assert brands_with(both, OLD) == brands_with(both, NEW)
        story.shows({first, second})
        story.send(story.item(7))
        assert story.arrived(3), "a sender's signature, and a member's session"
        story.visitor.submit(opened, "Yes, take it back")
        story.shows({second})
        until("what was sealed to be sealed anew", lambda: sealed_with(story, NEW))
    with again(house, CHORUS_SECRET_KEY=NEW) as new:
        story.house = new
        assert isinstance(refused(lambda: brands_with(new, OLD)), Unauthenticated)
        story.send(story.item(8))
        assert story.arrived(4), "the sender's secret was sealed anew before the old key went"
        with pytest.raises(HouseError):
            story.visitor.submit(opened_too, "Yes, take it back")
        story.revoke(other_link)
        story.shows(set())
