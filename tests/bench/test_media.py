"""Pictures.

Photographs of 12 megapixels (drawn, with grain in every size, 2.4 MB each) become what Chorus keeps of each: three
sizes in WebP and JPEG, a PDQ hash, a ThumbHash and a SHA-256. Chorus does so in its sandbox, the way to it and back
included; libvips makes the same files with the same settings in its own process, one thread each, once by its
`thumbnail` and once by hand (the JPEG decoded at a half). The three take turns. Ratios of time are of CPU time (user
and system) and of the sum of wall times; memory is the peak of all processes that read, above what the asking one had
before. Sharpness is the PSNR of the sizes before they are encoded, against LANCZOS from the fully decoded original,
the worst of all.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from chorus.ingest.media import picture, render
from chorus.ingest.media.decoder import Decoder
from chorus.local.pictures import draw
from tests.bench import picture_readers
from tests.bench.picture_readers import SIZES, WAYS, by_hand, by_thumbnail
from tests.measuring import Figures
from tests.picture_files import encoded

SCENES = (0, 1, 2, 5)
ROUNDS = 6
_TICK = os.sysconf("SC_CLK_TCK")
_GRAIN = ((1, 2.5), (2, 3.0), (4, 4.0), (8, 5.0))
"""px and strength: fine noise, and the texture that drawn scenes lack."""


def photograph(scene: int, width: int = 4000, height: int = 3000) -> bytes:
    drawn = Image.open(io.BytesIO(draw(scene, width=width, height=height)))
    rng = np.random.default_rng(scene)
    grain = np.zeros((drawn.height, drawn.width, 1), np.float32)
    for cell, strength in _GRAIN:
        noise = rng.normal(0, strength, (drawn.height // cell + 1, drawn.width // cell + 1)).astype(np.float32)
        grain[..., 0] += np.asarray(Image.fromarray(noise).resize(drawn.size, Image.Resampling.BICUBIC))
    grained = np.clip(np.asarray(drawn, np.float32) + grain, 0, 255).astype(np.uint8)
    return encoded(Image.fromarray(grained), "JPEG", quality=90, exif=drawn.getexif())


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    paths = [folder / f"{scene}.jpg" for scene in SCENES]
    for path, scene in zip(paths, SCENES, strict=True):
        path.write_bytes(photograph(scene))
    (folder / "small.jpg").write_bytes(draw(7, width=640, height=480))
    return paths


class Reader:
    """One way to read pictures, with the processes that do it."""

    def __init__(self, way: str, first: Path) -> None:
        command = [sys.executable, picture_readers.__file__, way, str(first)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.children: list[int] = json.loads(self._answer())
        self._before = memory(self._process.pid, "VmRSS") if self.children else 0
        self.wall = 0.0

    def read(self, path: Path) -> None:
        assert self._process.stdin
        begun = time.perf_counter()
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        self._answer()
        self.wall += time.perf_counter() - begun

    def cpu(self) -> float:
        return sum(map(cpu_seconds, [self._process.pid, *self.children]))

    def peak(self) -> int:
        return sum(memory(pid, "VmHWM") for pid in [self._process.pid, *self.children]) - self._before

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> str:
        assert self._process.stdout
        line: str = self._process.stdout.readline()
        assert line, "the process ended"
        return line


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.fixture
def readers(photographs: list[Path]) -> Iterator[dict[str, Reader]]:
    made = {way: Reader(way, photographs[0].with_name("small.jpg")) for way in WAYS}
    yield made
    for reader in made.values():
        reader.close()


def test_a_photograph_is_read_as_fast_as_by_libvips_in_less_memory(
    readers: dict[str, Reader], photographs: list[Path], figures: Figures
) -> None:
    before = {way: reader.cpu() for way, reader in readers.items()}
    for path in photographs * ROUNDS:
        for reader in readers.values():
            reader.read(path)
    count = len(photographs) * ROUNDS
    cpu = {way: count / (reader.cpu() - before[way]) for way, reader in readers.items()}
    wall = {way: count / reader.wall for way, reader in readers.items()}
    peak = {way: reader.peak() / 2**20 for way, reader in readers.items()}
    for peer, least in (("libvips thumbnail", 1.0), ("libvips by hand", None)):
        goal = None if least else 1.0
        for what, rate in (("pictures for a second of CPU", cpu), ("pictures for a second", wall)):
            figures.ratio(what, rate["Chorus"], rate[peer], unit="/s", peer_name=peer, at_least=least, goal=goal)
        figures.ratio("peak memory", peak["Chorus"], peak[peer], unit="MiB", peer_name=peer, at_most=0.7)


def test_every_size_is_sharp(photographs: list[Path], figures: Figures) -> None:
    worst: dict[str, float] = {}
    for data in (path.read_bytes() for path in photographs):
        for way, images in sizes_by_every_way(data).items():
            worst[way] = min([worst.get(way, math.inf), *map(psnr, images, careful(data))])
    for way, value in worst.items():
        figures.count(f"PSNR, {way}", value, at_least=45, unit="dB")


def sizes_by_every_way(data: bytes) -> dict[str, Iterable[Any]]:
    still = picture.read(data)
    return {
        "Chorus": [each.image for each in render.sized(still.image, max(still.width, still.height))],
        "libvips thumbnail": [image.numpy() for image in picture_readers.stills(data, by_thumbnail)],
        "libvips by hand": [image.numpy() for image in picture_readers.stills(data, by_hand)],
    }


def careful(data: bytes) -> list[Image.Image]:
    whole = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    scales = [size / max(whole.size) for size in SIZES]
    boxes = [(round(whole.width * scale), round(whole.height * scale)) for scale in scales]
    return [whole.resize(box, Image.Resampling.LANCZOS) for box in boxes]


def psnr(one: object, other: object) -> float:
    wrong = np.mean((np.asarray(one, np.float64) - np.asarray(other, np.float64)) ** 2)
    return float(10 * np.log10(255**2 / wrong))


def test_files_are_no_larger_than_those_of_libvips(photographs: list[Path], figures: Figures) -> None:
    decoder = Decoder(wall_seconds=60)
    data = [path.read_bytes() for path in photographs]
    ours = sum(len(copy.data) for each in data for copy in decoder.decode(each).renditions)
    decoder.close()
    theirs = sum(len(file) for each in data for file in picture_readers.outputs(each, by_thumbnail)[0])
    figures.ratio("bytes of all files", ours / 1024, theirs / 1024, unit="KiB", peer_name="libvips", at_most=1.05)
