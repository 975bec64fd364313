"""Credit and licence go into the file, and nothing else of it changes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from chorus.publishing.domain.labels import DATA_MINING, Labels, made_by_ai
from chorus.publishing.domain.packet import packet
from chorus.publishing.domain.stamp import stamp

LABELS = Labels(
    creator="Zoë <Weiß> & co\x00\ud800",
    credit="© Zoë Weiß / lumen",
    copyright_notice="Granted for “web” until 2027",
    usage_terms="Lumen shows this on the web. Ask for anything else.",
    web_statement="https://brand.example/rights?a=1&b=2",
    licensor_url="https://brand.example/ask",
)
MADE_BY_AI = "trainedAlgorithmicMedia"
PACKET = packet(LABELS, MADE_BY_AI)


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
    before, after = (Image.open(io.BytesIO(file)) for file in (data, stamp(data, content_type, PACKET)))
    assert (after.size, after.mode) == (before.size, before.mode)
    assert after.tobytes() == before.tobytes()


@each_file
def test_the_packet_is_well_formed_and_holds_the_words(content_type: str, data: bytes) -> None:
    stamped = stamp(data, content_type, PACKET)
    start, end = stamped.index(b"<x:xmpmeta"), stamped.index(b"</x:xmpmeta>")
    words = list(ET.fromstring(stamped[start : end + 12]).itertext())  # noqa: S314 - our own packet
    assert words == [
        "Zoë <Weiß> & co", LABELS.copyright_notice, LABELS.credit, "True", LABELS.usage_terms, LABELS.web_statement,
        "Zoë <Weiß> & co", LABELS.licensor_url, DATA_MINING,
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "passed_on"),
    [
        (["digitalCapture", "trainedAlgorithmicMedia"], "trainedAlgorithmicMedia"),
        (["compositeWithTrainedAlgorithmicMedia"], "compositeWithTrainedAlgorithmicMedia"),
        (["digitalCapture"], ""),
        ([], ""),
    ],
)
def test_of_what_an_original_says_only_that_ai_made_it_is_passed_on(said: list[str], passed_on: str) -> None:
    assert made_by_ai(said) == passed_on


def test_what_is_not_known_is_left_out() -> None:
    written = packet(replace(LABELS, web_statement="", licensor_url=""))
    assert not any(name in written for name in (b"<xmpRights:WebStatement", b"<plus:LicensorURL", b"<Iptc4xmpExt:Digi"))


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@each_file
def test_an_independent_reader_finds_the_words_and_no_fault(content_type: str, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(stamp(data, content_type, PACKET))
    said = subprocess.run(
        ["exiftool", "-json", "-G0", "-warning", "-error", "-xmp:all", file],  # noqa: S607
        capture_output=True, check=True,
    )  # fmt: skip
    found = json.loads(said.stdout)[0]
    found.pop("SourceFile")
    # Older releases of ExifTool do not know the field yet, and give its value as it stands.
    assert found.pop("XMP:DataMining") in {DATA_MINING, "Prohibited except for search engine indexing"}
    assert found == {
        "XMP:Creator": "Zoë <Weiß> & co",
        "XMP:Rights": LABELS.copyright_notice,
        "XMP:Credit": LABELS.credit,
        "XMP:Marked": True,
        "XMP:UsageTerms": LABELS.usage_terms,
        "XMP:WebStatement": LABELS.web_statement,
        "XMP:LicensorName": "Zoë <Weiß> & co",
        "XMP:LicensorURL": LABELS.licensor_url,
        "XMP:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
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
        stamp(data, content_type, PACKET)


def test_a_credit_that_no_jpeg_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        stamp(FILES["jpeg"][1], "image/jpeg", packet(replace(LABELS, credit="x" * 70_000)))
