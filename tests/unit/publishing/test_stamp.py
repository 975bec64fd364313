"""Credit and licence go into the file, and nothing else of it changes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from chorus.publishing.domain.stamp import stamp

CREDIT = {
    "creator": "Zoë <Weiß> & co\x00\ud800",
    "credit": "© Zoë Weiß / lumen",
    "copyright_notice": "Granted for “web” until 2027",
    "web_statement": "https://brand.example/rights?a=1&b=2",
    "licensor_url": "https://brand.example/ask",
}


def picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    made = Image.radial_gradient("L").resize((321, 240)).convert(mode)
    if mode == "RGBA":
        made.putalpha(Image.linear_gradient("L").resize(made.size))
    made.save(out, kind, **options)
    return out.getvalue()


FILES = {
    "jpeg": ("image/jpeg", picture("JPEG")),
    "jpeg, progressive": ("image/jpeg", picture("JPEG", progressive=True)),
    "webp": ("image/webp", picture("WEBP")),
    "webp, lossless": ("image/webp", picture("WEBP", lossless=True)),
    "webp, see-through": ("image/webp", picture("WEBP", "RGBA")),
    "webp, lossless and see-through": ("image/webp", picture("WEBP", "RGBA", lossless=True)),
}
each_file = pytest.mark.parametrize(("content_type", "data"), FILES.values(), ids=FILES)


@each_file
def test_the_pixels_stay_as_they_were(content_type: str, data: bytes) -> None:
    before, after = (Image.open(io.BytesIO(file)) for file in (data, stamp(data, content_type, **CREDIT)))
    assert (after.size, after.mode) == (before.size, before.mode)
    assert after.tobytes() == before.tobytes()


@each_file
def test_the_packet_is_well_formed_and_holds_the_words(content_type: str, data: bytes) -> None:
    stamped = stamp(data, content_type, **CREDIT)
    start, end = stamped.index(b"<x:xmpmeta"), stamped.index(b"</x:xmpmeta>")
    words = list(ET.fromstring(stamped[start : end + 12]).itertext())  # noqa: S314 - our own packet
    assert words == [
        "Zoë <Weiß> & co", CREDIT["copyright_notice"], CREDIT["credit"], "True", CREDIT["web_statement"],
        CREDIT["licensor_url"],
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@each_file
def test_an_independent_reader_finds_the_words_and_no_fault(content_type: str, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(stamp(data, content_type, **CREDIT))
    said = subprocess.run(
        ["exiftool", "-json", "-G0", "-warning", "-error", "-xmp:all", file],  # noqa: S607
        capture_output=True, check=True,
    )  # fmt: skip
    found = json.loads(said.stdout)[0]
    found.pop("SourceFile")
    assert found == {
        "XMP:Creator": "Zoë <Weiß> & co",
        "XMP:Rights": CREDIT["copyright_notice"],
        "XMP:Credit": CREDIT["credit"],
        "XMP:Marked": True,
        "XMP:WebStatement": CREDIT["web_statement"],
        "XMP:LicensorURL": CREDIT["licensor_url"],
    }


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("image/png", picture("PNG")),
        ("image/jpeg", picture("PNG")),
        ("image/webp", picture("JPEG")),
        ("image/webp", FILES["webp"][1][:40]),
        ("image/webp", FILES["webp"][1][:12]),
        ("image/webp", b"RIFF\x10\x00\x00\x00WEBPJUNK\x04\x00\x00\x00abcd"),
    ],
)
def test_what_is_no_whole_jpeg_or_webp_is_refused(content_type: str, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        stamp(data, content_type, **CREDIT)


def test_a_credit_that_no_jpeg_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        stamp(FILES["jpeg"][1], "image/jpeg", **{**CREDIT, "credit": "x" * 70_000})
