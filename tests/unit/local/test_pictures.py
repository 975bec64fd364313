"""The demo's photographs: real files, each its own, with what real files carry."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from PIL import ExifTags, Image, ImageOps

from chorus.ingest.domain import near
from chorus.ingest.media import render
from chorus.local.pictures import SCENES, draw


def drawn(seed: int, *, with_location: bool = True) -> Image.Image:
    return Image.open(io.BytesIO(draw(seed, width=320, height=240, with_location=with_location)))


def test_the_same_seed_draws_the_same_bytes_and_another_seed_others() -> None:
    assert draw(3, width=320, height=240) == draw(3, width=320, height=240)
    assert draw(3, width=320, height=240) != draw(3 + len(SCENES), width=320, height=240)


@pytest.mark.parametrize("seed", range(len(SCENES)))
def test_every_scene_has_the_size_asked_for_once_it_is_upright(seed: int) -> None:
    assert ImageOps.exif_transpose(drawn(seed)).size == (320, 240)


def test_a_picture_carries_a_camera_and_a_place_to_be_stripped() -> None:
    exif = drawn(5).getexif()
    assert exif[ExifTags.Base.Make]
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLongitudeRef] == "W"


def test_a_picture_without_a_place_has_none() -> None:
    assert not drawn(5, with_location=False).getexif().get_ifd(ExifTags.IFD.GPSInfo)


def test_some_pictures_lie_on_their_side_as_a_phone_stores_them() -> None:
    assert {drawn(seed).getexif()[ExifTags.Base.Orientation] for seed in range(8)} == {1, 3, 6, 8}


def test_no_two_pictures_of_a_demo_count_as_nearly_the_same() -> None:
    seen = [render.glance(ImageOps.contain(ImageOps.exif_transpose(drawn(seed)), (320, 320))) for seed in range(36)]
    assert all(near.comparable(int(each["pdq_quality"])) for each in seen)
    assert not [pair for pair in combinations([str(each["pdq"]) for each in seen], 2) if near.nearly_same(*pair)]
