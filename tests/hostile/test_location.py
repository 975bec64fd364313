"""P9: no picture leaks where it was taken.

JPEG, PNG, WebP and GIF with a place in EXIF, XMP, IPTC, a comment, and wherever else it can hide, are uploaded,
approved and shown. Every file that then has an address (each private preview, each public rendition) and every page
that tells of it (both feeds, the changes) is read: ExifTool may name nothing but the picture's own form and the
credit that Chorus writes, and no byte of what was hidden may be in it. What Chorus writes has to be there, and signed.
"""

from __future__ import annotations

import io
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest
from c2pa import Reader

from tests.hostile.senders import Uploader
from tests.house.fixtures import on
from tests.house.story import Json, Story
from tests.measuring import Figures, tool
from tests.picture_files import SECRET, WITH_LOCATION

OF_THE_FORM = {"ExifTool", "File", "JFIF", "RIFF", "Composite"}
"""Groups of tags that any picture has: its size, its sampling, and ExifTool's own version."""
OF_CHORUS = {
    *("Creator", "Rights", "Credit", "Marked", "UsageTerms", "WebStatement"),
    *("LicensorName", "LicensorURL", "DataMining"),
}
"""What is stamped onto a public file, every time."""
OF_THE_MANIFEST = {
    *(
        "JUMDType",
        "JUMDToggles",
        "JUMDLabel",
        "Relationship",
        "Title",
        "InstanceID",
        "Signature",
        "Name",
        "Alg",
        "Hash",
    ),
    *("Pad", "ExclusionsStart", "ExclusionsLength", "Item0", "Item1Pad", "Item2", "Item3"),
    *("C2paIngredientV3Salt", "C2paActionsV2Salt", "CawgTraining-miningSalt", "CawgMetadataSalt", "C2paHashDataSalt"),
    *("ActionsAction", "ActionsParametersIngredientsUrl", "ActionsParametersIngredientsHash"),
    *("EntriesCawgAi_Generative_TrainingUse", "EntriesCawgAi_InferenceUse", "EntriesCawgAi_TrainingUse"),
    *("EntriesCawgData_MiningUse", "ContextDc", "ContextPhotoshop", "ContextPlus", "ContextXmpRights", "Dccreator"),
    *("Dcrights", "PhotoshopCredit", "PlusDataMining", "PlusLicensorPlusLicensorName", "PlusLicensorPlusLicensorURL"),
    *("XmpRightsUsageTerms", "XmpRightsWebStatement", "Claim_Generator_InfoName", "Claim_Generator_InfoVersion"),
    *("Claim_Generator_InfoOrgContentauthC2Pa_Rs", "Created_AssertionsUrl", "Created_AssertionsHash"),
    *("Gathered_AssertionsUrl", "Gathered_AssertionsHash"),
}
"""What ExifTool finds in the manifest of a JPEG; of a WebP's it only says that there is one."""
KNOWN = {"XMP": OF_CHORUS | {"XMPToolkit"}, "JUMBF": OF_THE_MANIFEST}
TRACES = (
    *(SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode().hex().encode()),
    *(b"Exif\0\0", b"Photoshop 3.0\0", b"8BIM\x04\x04"),
    *(b"GPSInfo", b"GPSLatitude", b"GPSLongitude", b"GPSPosition", b"GPSAltitude", b"GPSVersionID", b"GPSDateStamp"),
)
"""Each is longer than what turns up in compressed pixels and signatures by chance, as three letters do in some runs."""


@pytest.fixture
def uploader(story: Story) -> Uploader:
    return Uploader(story)


@on("embedded")
def test_what_was_hidden_in_a_picture_is_in_nothing_that_can_be_reached(
    uploader: Uploader, tmp_path: Path, figures: Figures
) -> None:
    story = uploader.story
    for kind, data in WITH_LOCATION.items():
        answer = uploader.by_api(data)
        assert answer.status_code == 201, (kind, answer.text)
    posts = story.arrived(len(WITH_LOCATION))
    story.decide(*posts)
    story.shows({each["post"] for each in posts})
    public = [get(address) for address in story.media_addresses()]
    files = [*previews(story, posts), *public]
    assert len(files) == len(WITH_LOCATION) * 4 * 2, "each picture in two sizes and two types, private and public"
    figures.count("files in which ExifTool finds what is not Chorus'", len(found_in(files, tmp_path)), at_most=0)
    figures.count("public files that lack a field of Chorus", len(lacking(public, tmp_path / "public")), at_most=0)
    states = Counter(state(data) for data in public)
    assert states == {"Valid": len(public) // 2, "none": len(public) // 2}, "640 px is signed, 320 px is not"
    figures.count("files with a trace in their bytes", sum(map(has_trace, files)), at_most=0)
    pages = [get(story.address(page)) for page in ("feed.json", "feed.atom", "changes")]
    figures.count("pages with a trace", sum(map(has_trace, pages)), at_most=0)
    figures.note(f"{len(WITH_LOCATION)} pictures, {len(files)} files, {len(pages)} pages.")


def previews(story: Story, posts: list[Json]) -> list[bytes]:
    paths = [
        f"/preview/{story.brand}/{media['media']}/{size}.{kind}"
        for post in posts
        for media in post["media"]
        for size in (640, 320)
        for kind in ("webp", "jpg")
    ]
    return [story.curator.get(path).content for path in paths]


def get(address: str) -> bytes:
    answer = httpx2.get(address, trust_env=False, timeout=30)
    answer.raise_for_status()
    return answer.content


def has_trace(data: bytes) -> bool:
    return any(trace in data for trace in TRACES)


def found_in(files: list[bytes], folder: Path) -> list[Json]:
    said = said_of(files, folder)
    assert len(said) == len(files)
    return [file for file in said if foreign(file)]


def lacking(files: list[bytes], folder: Path) -> list[Json]:
    """Find the files without one of the fields that every public file has to have."""
    folder.mkdir()
    return [file for file in said_of(files, folder) if not {f"XMP:{tag}" for tag in OF_CHORUS} <= file.keys()]


def state(data: bytes) -> str:
    """Have a manifest read by C2PA's own reader."""
    reader = Reader.try_create("image/jpeg" if data.startswith(b"\xff\xd8") else "image/webp", io.BytesIO(data))
    return str(reader.get_validation_state()) if reader else "none"


def said_of(files: list[bytes], folder: Path) -> list[Json]:
    for number, data in enumerate(files):
        (folder / str(number)).write_bytes(data)
    return read_by_exiftool(folder)


def read_by_exiftool(folder: Path) -> list[Json]:
    """Read every file of a folder with everything that ExifTool knows, unknown and embedded tags included."""
    exiftool = tool("exiftool", package="libimage-exiftool-perl")
    command = [
        exiftool,
        "-json",
        "-G0",
        "-a",
        "-u",
        "-ee",
        *map(str, sorted(each for each in folder.iterdir() if each.is_file())),
    ]
    said: Any = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return list(said)


def foreign(file: Json) -> list[str]:
    """Name the tags that are neither of the picture's form nor of Chorus."""
    named = [name.partition(":") for name in file if name != "SourceFile"]
    return [
        tag
        for group, _, tag in named
        if "GPS" in tag or tag == "Comment" or not (group in OF_THE_FORM or tag in KNOWN.get(group, ()))
    ]


def test_each_picture_that_is_sent_holds_a_place(tmp_path: Path) -> None:
    for number, data in enumerate(WITH_LOCATION.values()):
        (tmp_path / f"{number:02}").write_bytes(data)
    said = [json.dumps(file) for file in read_by_exiftool(tmp_path)]
    seen = {kind for kind, file in zip(WITH_LOCATION, said, strict=True) if SECRET in file or "GPS" in file}
    hidden = {kind for kind, data in WITH_LOCATION.items() if kind not in seen and has_trace(data)}
    assert seen | hidden == set(WITH_LOCATION)
    assert len(seen) > 10, "ExifTool has to know nearly all of them, or it proves nothing of what comes out"
