"""A picture that is read comes back upright, clean, in sRGB and in every size that it can fill."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageOps

from chorus.ingest.domain import near
from chorus.ingest.domain.picture import Decoded, MediaRefused, Rendition
from chorus.ingest.media import sandbox
from chorus.ingest.media.decoder import Decoder
from chorus.local.pictures import draw
from tests.picture_files import encoded, exif, gif_of_frames, scene


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


def opened(rendition: Rendition) -> Image.Image:
    return Image.open(io.BytesIO(rendition.data))


def copy_of(decoded: Decoded, content_type: str) -> Image.Image:
    return opened(next(copy for copy in decoded.renditions if copy.content_type == content_type))


def pixel(decoded: Decoded, share_x: float, share_y: float, content_type: str = "image/jpeg") -> tuple[int, ...]:
    image = copy_of(decoded, content_type)
    found: Any = image.getpixel((int(image.width * share_x), int(image.height * share_y)))
    return tuple(found)


def near_colour(one: tuple[int, ...], other: tuple[int, ...], by: int = 30) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("size", "boxes"),
    [
        ((2000, 1000), {1080: (1080, 540), 640: (640, 320), 320: (320, 160)}),
        ((1000, 2000), {1080: (540, 1080), 640: (320, 640), 320: (160, 320)}),
        ((1079, 1079), {640: (640, 640), 320: (320, 320)}),
        ((1080, 10), {1080: (1080, 10), 640: (640, 6), 320: (320, 3)}),
        ((100, 50), {320: (100, 50)}),
        ((1, 1), {320: (1, 1)}),
        ((3000, 1), {1080: (1080, 1), 640: (640, 1), 320: (320, 1)}),
    ],
)
def test_every_size_that_fits_is_made_and_none_is_enlarged(
    size: tuple[int, int], boxes: dict[int, tuple[int, int]], decoder: Decoder
) -> None:
    decoded = decoder.decode(encoded(Image.new("RGB", size, "teal"), "JPEG"))
    assert (decoded.width, decoded.height) == size
    expected = [(box, kind, *fits) for box, fits in boxes.items() for kind in ("image/webp", "image/jpeg")]
    assert [(copy.size, copy.content_type, copy.width, copy.height) for copy in decoded.renditions] == expected
    assert all(opened(copy).size == (copy.width, copy.height) for copy in decoded.renditions)


def test_a_decoded_picture_says_what_it_is(decoder: Decoder) -> None:
    data = encoded(Image.new("RGB", (400, 300), "#1f7a8c"), "PNG")
    decoded = decoder.decode(data)
    assert decoded.sha256 == hashlib.sha256(data).hexdigest()
    assert (decoded.content_type, decoded.frames) == ("image/png", 1)
    assert near_colour(tuple(bytes.fromhex(decoded.colour[1:])), (0x1F, 0x7A, 0x8C), by=3)
    assert 0 < len(decoded.thumbhash) < 40
    assert [copy.sha256 for copy in decoded.renditions] == [
        hashlib.sha256(copy.data).hexdigest() for copy in decoded.renditions
    ]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "corner", "size"),
    [
        (1, (0.1, 0.1), (700, 500)), (2, (0.9, 0.1), (700, 500)), (3, (0.9, 0.9), (700, 500)),
        (4, (0.1, 0.9), (700, 500)), (5, (0.1, 0.1), (500, 700)), (6, (0.9, 0.1), (500, 700)),
        (7, (0.9, 0.9), (500, 700)), (8, (0.1, 0.9), (500, 700)),
    ],
)  # fmt: skip
def test_a_turned_picture_is_set_upright(
    kind: str, orientation: int, corner: tuple[float, float], size: tuple[int, int], decoder: Decoder
) -> None:
    decoded = decoder.decode(encoded(scene(), kind, exif=exif(orientation)))
    assert (decoded.width, decoded.height) == size
    assert near_colour(pixel(decoded, *corner), (255, 0, 0))


def test_colours_are_converted_from_the_embedded_profile(decoder: Decoder) -> None:
    """The profile is sRGB with red and blue changed over."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    named = swapped.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    decoded = decoder.decode(encoded(Image.new("RGB", (400, 300), "red"), "PNG", icc_profile=named))
    assert near_colour(pixel(decoded, 0.5, 0.5), (0, 0, 255), by=12)


def test_a_broken_profile_is_ignored(decoder: Decoder) -> None:
    decoded = decoder.decode(encoded(Image.new("RGB", (400, 300), "red"), "JPEG", icc_profile=b"none"))
    assert near_colour(pixel(decoded, 0.5, 0.5), (255, 0, 0))


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("CMYK", (400, 300), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("L", (400, 300), 128), "JPEG", (128, 128, 128)),
        (Image.new("I;16", (400, 300), 128 * 257), "PNG", (128, 128, 128)),
        (Image.new("1", (400, 300), 1), "PNG", (255, 255, 255)),
        (Image.new("RGB", (400, 300), "blue").quantize(4), "PNG", (0, 0, 255)),
        (Image.new("RGB", (400, 300), "blue").quantize(4), "GIF", (0, 0, 255)),
    ],
    ids=["CMYK", "grey", "16 bit", "1 bit", "PNG palette", "GIF palette"],
)
def test_every_way_to_hold_colours_is_read(
    image: Image.Image, kind: str, expected: tuple[int, ...], decoder: Decoder
) -> None:
    assert near_colour(pixel(decoder.decode(encoded(image, kind)), 0.5, 0.5), expected, by=12)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_stays_so_in_webp_and_is_white_in_jpeg(mode: str, decoder: Decoder) -> None:
    image = scene(400, 300, "RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    data = encoded(image.convert(mode) if mode != "PA" else image.quantize(16), "PNG")
    decoded = decoder.decode(data)
    assert copy_of(decoded, "image/webp").mode == "RGBA"
    assert pixel(decoded, 0.5, 0.5, "image/webp")[3] == 0
    assert near_colour(pixel(decoded, 0.5, 0.5), (255, 255, 255))


def test_an_opaque_picture_with_an_alpha_channel_needs_none(decoder: Decoder) -> None:
    assert copy_of(decoder.decode(encoded(scene(mode="RGBA"), "PNG")), "image/webp").mode == "RGB"


def test_an_animation_is_shown_by_its_first_frame(decoder: Decoder) -> None:
    decoded = decoder.decode(gif_of_frames(12))
    assert (decoded.frames, decoded.content_type) == (12, "image/gif")
    assert near_colour(pixel(decoded, 0.5, 0.5), (0, 255, 0))


def test_a_smaller_copy_is_nearly_the_same_and_another_picture_is_not(decoder: Decoder) -> None:
    photograph = draw(0, width=1600, height=1200)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(photograph)))
    whole = decoder.decode(photograph)
    small = decoder.decode(encoded(upright.resize((640, 480)), "JPEG", quality=60))
    other = decoder.decode(draw(12, width=1600, height=1200))
    assert all(near.comparable(each.pdq_quality) for each in (whole, small, other))
    assert near.nearly_same(whole.pdq, small.pdq)
    assert not near.nearly_same(whole.pdq, other.pdq)


def test_a_plain_wall_is_too_plain_to_be_compared(decoder: Decoder) -> None:
    assert not near.comparable(decoder.decode(encoded(Image.new("RGB", (400, 300), "grey"), "PNG")).pdq_quality)


def test_no_process_waits_before_the_first_picture_and_one_is_enough_for_pictures_one_by_one() -> None:
    decoder = Decoder(children=2)
    assert decoder.pids() == ()
    for _ in range(2):
        decoder.decode(encoded(scene(), "JPEG"))
        assert len(decoder.pids()) == 1
    decoder.close()


def test_a_child_that_died_while_idle_costs_nobody_anything(decoder: Decoder) -> None:
    decoder.sandbox_level()
    (pid,) = decoder.pids()
    os.kill(pid, signal.SIGKILL)
    assert decoder.decode(encoded(scene(), "JPEG")).width == 700
    assert decoder.pids() != (pid,)


def test_a_child_that_has_worked_long_is_replaced(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder.decode(encoded(scene(), "JPEG"))
    before = decoder.pids()
    monkeypatch.setattr(sandbox, "RETIRE_AFTER_CPU", 0.0)
    decoder.decode(encoded(scene(), "JPEG"))
    assert decoder.pids() != before


def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_read() -> None:
    hasty = Decoder(wall_seconds=0.0001)
    hasty.sandbox_level()
    before = hasty.pids()
    with pytest.raises(MediaRefused) as caught:
        hasty.decode(encoded(scene(4000, 3000), "PNG", compress_level=1))
    assert caught.value.refused.reason == "timeout"
    assert hasty.pids() != before
    hasty._wall_seconds = 60.0
    assert hasty.decode(encoded(scene(), "JPEG")).width == 700
    hasty.close()


def test_a_child_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHORUS_SECRET_KEY", "do-not-tell")
    decoder = Decoder()
    decoder.sandbox_level()
    (pid,) = decoder.pids()
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    decoder.close()
    assert b"LANG=" in environment
    assert b"do-not-tell" not in environment


def test_closing_leaves_no_process_behind() -> None:
    decoder = Decoder(children=2)
    decoder.sandbox_level()
    (pid,) = decoder.pids()
    decoder.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
