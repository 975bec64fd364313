"""P8: hostile media is harmless.

Mutants of every kind of picture that is read (JPEG, PNG, WebP and GIF, animated ones, CMYK, 16 bit and palettes; bits
flipped, cut, repeated, spliced, with wild numbers and with right checksums) go through the sandbox that ingest uses,
and a sample of them through the upload edge of a running house; so do bombs of pixels, frames and metadata, lying
headers and files that are two things. Each is read or refused; whatever is read comes back as valid files; the reader
has 1 GiB and 8 seconds for each and lives on. What is odd but valid is taken.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from chorus.ingest.domain.picture import Decoded, MediaRefused
from chorus.ingest.media.decoder import WALL_SECONDS, Decoder
from tests.hostile.picture_mutants import BASES, ODD, POLYGLOTS, REFUSED, SURVIVED, mutant
from tests.hostile.senders import PHOTO, Uploader, posts_of
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale
from tests.picture_files import SECRET

_MIB = 2**20


@pytest.fixture(scope="module")
def decoder(scale: Scale) -> Iterator[Decoder]:
    """The sandbox as ingest uses it; a small run, on a busy machine, is not held to its seconds."""
    made = Decoder(children=2, wall_seconds=WALL_SECONDS if scale.full else 60)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _still_reads_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "decoder" in request.fixturenames:
        assert request.getfixturevalue("decoder").decode(BASES[0]).width == 200


def outcome(decoder: Decoder, data: bytes) -> str:
    """Say what became of bytes: "read", the word of their refusal, or what should never be."""
    try:
        decoded = decoder.decode(data)
    except MediaRefused as refusal:
        return refusal.refused.reason
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        return f"{type(error).__name__}: {error}"
    return "read" if all_valid(decoded) else "read, with a file that is none"


def all_valid(decoded: Decoded) -> bool:
    for copy in decoded.renditions:
        with Image.open(io.BytesIO(copy.data)) as image:
            image.load()
            if image.size != (copy.width, copy.height) or Image.MIME[image.format or ""] != copy.content_type:
                return False
    return bool(decoded.renditions)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_fit_picture_is_refused_for_the_right_reason(kind: str, decoder: Decoder) -> None:
    expected, data = REFUSED[kind]
    assert outcome(decoder, data) == expected


@pytest.mark.parametrize("kind", SURVIVED)
def test_what_tries_to_exhaust_is_read_or_refused(kind: str, decoder: Decoder) -> None:
    assert outcome(decoder, SURVIVED[kind]) in {"read", "too_large", "bomb", "corrupt", "truncated"}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_odd_but_valid_is_taken(kind: str, decoder: Decoder) -> None:
    assert outcome(decoder, ODD[kind]) == "read"


CUTS = [(data, share) for data in BASES for share in (0.3, 0.6, 0.95) if data[:3] != b"GIF" and b"fcTL" not in data]
"""A GIF or an animated PNG is whole when its first frame is, so that these are cut early only."""


@pytest.mark.parametrize(
    ("data", "share"), [*CUTS, (BASES[-1], 0.2)], ids=lambda value: value if isinstance(value, float) else ""
)
def test_a_picture_that_was_cut_off_is_refused(data: bytes, share: float, decoder: Decoder) -> None:
    assert outcome(decoder, data[: int(len(data) * share)]) in {"truncated", "corrupt"}


@pytest.mark.parametrize("data", POLYGLOTS.values(), ids=POLYGLOTS)
def test_a_file_that_is_two_things_comes_back_as_one(data: bytes, decoder: Decoder) -> None:
    for copy in decoder.decode(data).renditions:
        for other in (b"script", b"alert", b"<?php", b"PK\x03\x04", SECRET.encode()):
            assert other not in copy.data


@pytest.mark.parametrize("prefix", [b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"\0"])
def test_a_picture_that_starts_as_something_else_is_none(prefix: bytes, decoder: Decoder) -> None:
    assert outcome(decoder, prefix + BASES[0]) == "unsupported"


def test_each_mutant_is_read_or_refused(decoder: Decoder, scale: Scale, seed: int, figures: Figures) -> None:
    count, peaks = scale(200, 5_000), [0]

    def try_one(number: int) -> str:
        said = outcome(decoder, mutant(seed, number))
        peaks.append(peak_of_children(decoder))
        return said

    with ThreadPoolExecutor(2) as threads:
        said = Counter(threads.map(try_one, range(count)))
    wrong = {each: said[each] for each in said if each not in REASONS}
    figures.count("mutants neither read nor refused", sum(wrong.values()), at_most=0)
    figures.count("mutants that took over 8 s", said["timeout"], at_most=0)
    figures.count("most memory of a reader", max(peaks) / _MIB, unit="MiB", at_most=1024)
    figures.note(f"{count:,} mutants: {', '.join(f'{said[each]:,} {each}' for each in sorted(said))}.")
    assert 0.05 < said["read"] / count < 0.9, f"mutants that all pass, or all fail, show nothing: {said}"
    assert not wrong, wrong


REASONS = {"read", "too_large", "unsupported", "truncated", "bomb", "timeout", "corrupt"}


def peak_of_children(decoder: Decoder) -> int:
    """Bytes of the children that wait just now; a child may be replaced while it is looked at."""
    peaks = [0]
    for pid in decoder.pids():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            peaks.append(int(found[1]) * 1024 if found else 0)
    return max(peaks)


@on("embedded")
def test_the_upload_edge_answers_every_mutant_and_is_well_afterwards(
    story: Story, scale: Scale, seed: int, figures: Figures
) -> None:
    uploader = Uploader(story)
    bombs = [data for _, data in REFUSED.values()] + list(SURVIVED.values()) if scale.full else []
    sent = bombs + [mutant(seed, number) for number in range(scale(12, 300))]
    said = Counter(uploader.by_api(data).status_code for data in sent)
    taken = said.pop(201, 0)
    figures.count("uploads answered with 5xx", sum(said[each] for each in said if each >= 500), at_most=0)
    figures.note(f"{len(sent)} uploads: {taken} taken, refused with {dict(said)}.")
    assert set(said) <= {413, 422}, said
    assert uploader.by_api(PHOTO).status_code == 201
    assert posts_of(story) == taken + 1
