"""Objects and rows agree: what is public has a live row, what is withdrawn has no object."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from c2pa import Reader

from chorus.errors import Unavailable
from chorus.platform.objects import ObjectStore, Stored, open_store
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.content_signer import ContentSigner
from chorus.publishing.adapters.credentials import development
from chorus.publishing.adapters.sweeper import Sweeper
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Ended, Gone, Granted, Reviewed
from chorus.publishing.domain.labels import Labels
from chorus.publishing.domain.post import Withdrawal
from chorus.publishing.domain.shown import Copy
from tests.contract.publishing_house import KEY, PublishingHouse, prepared
from tests.engines.fixtures import MakeDatabase
from tests.unit.publishing.samples import DAY, POST, grant

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["files", pytest.param("s3", marks=pytest.mark.s3)])
def house(request: pytest.FixtureRequest, make_database: MakeDatabase, tmp_path: Path) -> Iterator[PublishingHouse]:
    """A house whose public area is a folder, or a bucket."""
    public = open_store(request.getfixturevalue("s3_url")) if request.param == "s3" else None
    made = PublishingHouse(make_database("publishing", prepared), tmp_path, public=public)
    made.surface()
    yield made
    made.close()


def test_a_placed_post_has_each_rendition_public_and_stamped(house: PublishingHouse) -> None:
    house.approved(POST)
    house.work()
    assert house.states() == ["live"]
    assert house.told() == ["placed"]
    keys = house.lying_public()
    assert len(keys) == 6
    (placement,) = house.column("placement")
    assert all(key.startswith(f"public/pk-home-wall/{placement}/m1-") for key in keys)
    for key in keys:
        assert b"Mira Example (@mira@mastodon.example)" in house.public.get(key).data


def test_a_picture_says_whether_its_creator_or_the_brand_alone_says_that_it_may_be_shown(
    house: PublishingHouse,
) -> None:
    """In its words and in its manifest; when the one takes the place of the other, it is another picture."""
    house.approved(POST, by=replace(grant("attested"), attested=True))
    house.work()
    by_brand = house.lying_public()
    house.hear(POST, Granted(grant("own")))
    house.work()
    assert house.column("ending") == ["edited", None]
    by_creator = house.lying_public()
    assert not set(by_brand) & set(by_creator)
    assert all(b"with the creator's permission" in house.public.get(key).data for key in by_creator)
    house.hear(POST, Ended("own", GrantState.EXPIRED))
    house.work()
    assert house.column("ending") == ["edited", "edited", None]
    for key in house.lying_public():
        file = house.public.get(key)
        assert b"which attests that it has permission" in file.data
        assert b"creator's permission" not in file.data


def test_a_placed_post_s_pictures_are_signed_but_for_the_smallest(house: PublishingHouse) -> None:
    house.approved(POST)
    house.work()
    files = {key.rpartition("-")[2]: house.public.get(key) for key in house.lying_public()}
    states = {name: state_of(file) for name, file in files.items()}
    larger = dict.fromkeys(["1080.webp", "1080.jpg", "640.webp", "640.jpg"], "Valid")
    assert states == larger | dict.fromkeys(["320.webp", "320.jpg"], None)


def state_of(file: Stored) -> str | None:
    """Have a manifest read by C2PA's own reader; None where there is none."""
    reader = Reader.try_create(file.content_type, io.BytesIO(file.data))
    return reader.get_validation_state() if reader else None


def test_withdrawing_removes_the_renditions_before_it_is_said(house: PublishingHouse) -> None:
    house.approved(POST)
    house.work()
    house.hear(POST, Ended(f"g-{POST}", GrantState.REVOKED))
    assert house.states() == ["withdrawing"]
    assert house.told() == ["placed"]
    house.work()
    assert house.lying_public() == []
    assert house.states() == ["withdrawn"]
    assert house.told() == ["placed", "withdrawn"]


def test_ending_one_surface_leaves_the_other_surfaces_pictures(house: PublishingHouse) -> None:
    house.surface("second")
    house.approved(POST)
    house.work()
    assert len(house.lying_public()) == 12
    with house.database.transaction() as conn:
        conn.execute("UPDATE placements SET state = 'withdrawing', ending = 'scope' WHERE surface = 'second'")
    house.work()
    assert {key.split("/")[1] for key in house.lying_public()} == {"pk-home-wall"}


def test_withdrawals_go_before_placements(house: PublishingHouse) -> None:
    house.approved("a")
    house.work()
    house.approved("b")
    house.approved("c")
    house.hear("a", Gone(Withdrawal.DELETED_AT_SOURCE))
    assert house.worker.step()
    assert sorted(house.states()) == ["placing", "placing", "withdrawn"]


def test_a_preview_that_is_missing_keeps_only_its_own_post_waiting(house: PublishingHouse) -> None:
    house.approved("a")
    house.approved("b")
    # Both posts show the same picture; the first placement finds it gone, the second finds it again.
    preview = house.private.get("private/lumen/previews/m1/640.jpg")
    house.private.delete("private/lumen/previews/m1/640.jpg")
    assert house.worker.step()
    house.private.put("private/lumen/previews/m1/640.jpg", preview.data, preview.content_type)
    assert house.worker.step()
    assert sorted(house.states()) == ["live", "placing"]
    with house.database.transaction() as conn:
        conn.execute("UPDATE placements SET next_try_at = now()")
    house.work()
    assert house.states() == ["live", "live"]


class Broken:
    """An object store that cannot delete for a while."""

    def __init__(self, inner: ObjectStore) -> None:
        """Break nothing at first."""
        self._inner = inner
        self.broken = False

    def delete(self, key: str) -> None:
        """Fail while broken."""
        if self.broken:
            raise Unavailable(key, reason="OBJECT_STORE_DOWN")
        self._inner.delete(key)

    def put(self, key: str, data: bytes, content_type: str, *, cache_control: str | None = None) -> None:
        self._inner.put(key, data, content_type, cache_control=cache_control)

    def get(self, key: str) -> Stored:
        return self._inner.get(key)

    def exists(self, key: str) -> bool:
        return self._inner.exists(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        return self._inner.list(prefix)

    def ping(self) -> None:
        self._inner.ping()


def test_withdrawn_is_not_said_while_an_object_cannot_be_removed(make_database: MakeDatabase, tmp_path: Path) -> None:
    store = Broken(open_store((tmp_path / "public").as_uri()))
    house = PublishingHouse(make_database("publishing", prepared), tmp_path, public=store)
    house.surface()
    house.approved(POST)
    house.work()
    store.broken = True
    house.hear(POST, Reviewed(None))
    house.work()
    assert house.states() == ["withdrawing"]
    assert house.told() == ["placed"]
    store.broken = False
    with house.database.transaction() as conn:
        conn.execute("UPDATE placements SET next_try_at = now()")
    house.work()
    assert (house.states(), house.lying_public(), house.told()) == (["withdrawn"], [], ["placed", "withdrawn"])
    house.close()


def test_the_sweeper_removes_what_has_no_row_and_renews_what_a_row_lacks(house: PublishingHouse) -> None:
    house.approved(POST)
    house.work()
    lost = house.lying_public()[0]
    house.public.delete(lost)
    house.public.put("public/pk-home-wall/deadbeef/m1-640.jpg", b"orphan", "image/jpeg")
    assert Sweeper(house.database, house.area).sweep() == (1, 1)
    assert len(house.lying_public()) == 6
    assert lost in house.lying_public()
    assert Sweeper(house.database, house.area).sweep() == (0, 0)


class EndedMeanwhile(ObjectArea):
    """An area in which a placement ends, and is cleared, just before a rendition of it is written again."""

    def __init__(self, house: PublishingHouse) -> None:
        """Write where the house does."""
        super().__init__(house.private, house.public, ContentSigner(lambda: development(KEY)))
        self._house = house

    def publish(self, prefix: str, copies: Iterable[Copy], labels: Labels) -> dict[str, int]:
        self._house.hear(POST, Reviewed(None))
        self.clear(prefix)
        return super().publish(prefix, copies, labels)


def test_what_is_renewed_while_its_placement_ends_is_taken_back(house: PublishingHouse) -> None:
    house.approved(POST)
    house.work()
    house.public.delete(house.lying_public()[0])
    area = EndedMeanwhile(house)
    Sweeper(house.database, area).sweep()
    area.close()
    assert house.states() == ["withdrawing"]
    assert house.lying_public() == [], "the worker has cleared it already, and says next that it is gone"


def test_a_grant_that_runs_out_ends_the_placement_without_a_word_from_anybody(house: PublishingHouse) -> None:
    now = datetime.now(UTC)
    short = replace(grant(f"g-{POST}"), valid_from=now - DAY, valid_until=now + timedelta(seconds=1))
    house.approved(POST, by=short)
    house.work()
    assert house.states() == ["live"]
    with house.database.transaction() as conn:
        conn.execute("SELECT pg_sleep(1.1)")
    house.work()
    assert (house.states(), house.column("ending"), house.lying_public()) == (["withdrawn"], ["expired"], [])
