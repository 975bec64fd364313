"""Three ways to make the same files of a picture, each a process: `python picture_readers.py WAY FIRST`.

Each loads its own library alone, and only when it is chosen, so that memory can be compared. When it has read the first
picture it says which other processes to watch; then it reads paths from standard input, and answers each with a line.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZES = (1080, 640, 320)
Read = Callable[[bytes], object]
Pids = Callable[[], tuple[int, ...]]
Vips = Any
"""An image of pyvips, which brings no types."""


def chorus() -> tuple[Read, Pids]:
    """What ingest does: hand it to a sandboxed child, and check what comes back."""
    from chorus.ingest.media.decoder import Decoder

    decoder = Decoder(wall_seconds=60)
    return decoder.decode, decoder.pids


def vips(largest: Callable[[bytes], Vips]) -> tuple[Read, Pids]:
    """One thread, as is right where several pictures are read at once; no cache, as none comes twice."""
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips

    pyvips.cache_set_max(0)
    return lambda data: outputs(data, largest), tuple


def by_thumbnail(data: bytes) -> Vips:
    """Ask libvips' own function for smaller pictures."""
    import pyvips

    return pyvips.Image.thumbnail_buffer(data, SIZES[0], height=SIZES[0], size="down").copy_memory()


def by_hand(data: bytes) -> Vips:
    """Faster for this size of photograph alone: the JPEG is decoded at a half, which thumbnail thinks too coarse."""
    import pyvips

    image = pyvips.Image.jpegload_buffer(data, shrink=2, autorotate=True)
    return image.resize(SIZES[0] / max(image.width, image.height)).copy_memory()


def stills(data: bytes, largest: Callable[[bytes], Vips]) -> list[Vips]:
    """Every size, each from the one before."""
    made = [largest(data)]
    for size in SIZES[1:]:
        made.append(made[-1].resize(size / max(made[-1].width, made[-1].height)).copy_memory())
    return made


def outputs(data: bytes, largest: Callable[[bytes], Vips]) -> tuple[list[bytes], Any, Any, bytes]:
    """The same files, with the same settings, and the same hashes, by the same libraries."""
    import fast_thumbhash
    import pdqhash

    sizes = stills(data, largest)
    files = [file for image in sizes for file in _files(image)]
    tiny = sizes[-1].resize(100 / max(sizes[-1].width, sizes[-1].height)).addalpha()
    thumb = fast_thumbhash.rgba_to_thumb_hash(tiny.width, tiny.height, bytes(tiny.write_to_memory()))
    return files, pdqhash.compute(sizes[-1].numpy()), thumb, hashlib.sha256(data).digest()


def _files(image: Vips) -> list[bytes]:
    return [
        image.webpsave_buffer(Q=82, effort=1, keep="none"),
        image.jpegsave_buffer(Q=85, optimize_coding=True, keep="none"),
    ]


WAYS: dict[str, Callable[[], tuple[Read, Pids]]] = {
    "Chorus": chorus,
    "libvips thumbnail": lambda: vips(by_thumbnail),
    "libvips by hand": lambda: vips(by_hand),
}


def main(way: str, first: str) -> None:
    """Warm up on one picture that is not measured, then serve."""
    read, children = WAYS[way]()
    read(Path(first).read_bytes())
    print(json.dumps(children()), flush=True)  # noqa: T201 -- the protocol
    for line in sys.stdin:
        read(Path(line.strip()).read_bytes())
        print(flush=True)  # noqa: T201 -- the protocol


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
