"""Pictures gone wrong: bombs and lies made by hand, and mutants made by chance from one number."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from tests.content_credentials import with_credentials
from tests.picture_files import (
    SECRET,
    encoded,
    exif,
    gif_of_frames,
    jpeg_segment,
    png_chunk,
    png_of_size,
    png_with_text_bomb,
    scene,
)

BASES = (
    encoded(scene(300, 200), "JPEG", quality=80, exif=exif(6)),
    encoded(scene(300, 200), "JPEG", progressive=True),
    encoded(scene(300, 200, "CMYK"), "JPEG"),
    encoded(scene(300, 200), "PNG"),
    encoded(scene(300, 200).quantize(16), "PNG"),
    encoded(scene(300, 200, "L").convert("I;16"), "PNG"),
    encoded(scene(300, 200), "WEBP"),
    encoded(scene(300, 200, "RGBA"), "WEBP", lossless=True),
    encoded(scene(300, 200), "WEBP", save_all=True, append_images=[scene(300, 200, "L").convert("RGB")]),
    encoded(scene(300, 200), "PNG", save_all=True, append_images=[scene(300, 200, "L").convert("RGB")]),
    gif_of_frames(3, 300, 200),
    with_credentials("JPEG"),
    with_credentials("WEBP"),
)
"""One of every kind that is read; a mutant begins as one of these."""


# --- made by hand -----------------------------------------------------------------------------------------------------


def _into_png(chunk: bytes) -> bytes:
    data = encoded(scene(60, 40), "PNG")
    return data[:33] + chunk + data[33:]


def _png_with_profile_bomb() -> bytes:
    return _into_png(png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(100_000_000), 9)))


def _jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose frame header lies about its size."""
    data = bytearray(encoded(scene(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(gif_of_frames(1))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def _exif_that_points_at_itself() -> bytes:
    """Two directories of EXIF, each of which names the other as the next, and itself as its own GPS directory."""
    entry = struct.pack(">HHII", 0x8825, 4, 1, 8)
    directory = struct.pack(">H", 1) + entry
    tiff = b"MM\0*" + struct.pack(">I", 8) + directory + struct.pack(">I", 26) + directory + struct.pack(">I", 8)
    return b"Exif\0\0" + tiff


def _exif_of_four_billion_values() -> bytes:
    entry = struct.pack(">HHII", 0x010E, 2, 0xFFFFFFFF, 0)
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + bytes(4)


def _jpeg_with(*segments: bytes) -> bytes:
    return BASES[0][:2] + b"".join(segments) + BASES[0][2:]


def _animation(kind: str, count: int) -> bytes:
    frames = [Image.new("RGB", (8, 8), (shade * 37 % 256, shade * 91 % 256, shade)) for shade in range(count)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=40, lossless=True)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.txt", SECRET)
    return out.getvalue()


REFUSED: dict[str, tuple[str, bytes]] = {
    "nothing": ("unsupported", b""),
    "text": ("unsupported", b"no picture"),
    "SVG": ("unsupported", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "PDF": ("unsupported", b"%PDF-1.7\n1 0 obj"),
    "ELF": ("unsupported", b"\x7fELF" + bytes(1000)),
    **{kind: ("unsupported", encoded(scene(64, 64), kind)) for kind in ("BMP", "TIFF", "EPS", "ICO", "PPM")},
    "PNG without chunks": ("corrupt", b"\x89PNG\r\n\x1a\n" + bytes(50)),
    "GIF without a frame": ("corrupt", b"GIF89a" + bytes(3)),
    "26 MB": ("too_large", bytes(25_000_001)),
    "81 megapixels": ("too_large", png_of_size(9000, 9000)),
    "2,500 megapixels": ("bomb", png_of_size(50_000, 50_000)),
    "a GIF that says 4,295 megapixels": ("bomb", _gif_of_size(65_535, 65_535)),
    "a JPEG that says 4,295 megapixels": ("bomb", _jpeg_of_size(65_500, 65_500)),
    "a comment of 100 MB": ("bomb", png_with_text_bomb()),
    "a GIF of 201 frames": ("bomb", gif_of_frames(201)),
    "a PNG of 201 frames": ("bomb", _animation("PNG", 201)),
    "a WebP of 201 frames": ("bomb", _animation("WEBP", 201)),
}
"""Why each is refused, in the word for programs."""

SURVIVED: dict[str, bytes] = {
    "a colour profile of 100 MB": _png_with_profile_bomb(),
    "EXIF that points at itself": _jpeg_with(jpeg_segment(0xE1, _exif_that_points_at_itself())),
    "EXIF of four billion values": _jpeg_with(jpeg_segment(0xE1, _exif_of_four_billion_values())),
    "a thousand comments": _jpeg_with(*[jpeg_segment(0xFE, bytes(60_000))] * 300),
    "ten thousand chunks": _into_png(png_chunk(b"tEXt", b"a\0b") * 10_000),
    "a hundred pictures in one": BASES[0] * 100,
    "a JPEG that says 50 megapixels": _jpeg_of_size(7000, 7000),
    "a JPEG of no height": _jpeg_of_size(64, 0),
    "50 megapixels of nothing": png_of_size(7000, 7000),
}
"""Read or refused, either is right; what counts is that the next picture is read."""

POLYGLOTS: dict[str, bytes] = {
    "JPEG and ZIP": encoded(scene(), "JPEG") + _zip(),
    "JPEG and HTML": _jpeg_with(jpeg_segment(0xFE, b"<script>alert(1)</script>" + SECRET.encode())),
    "PNG and PHP": encoded(scene(), "PNG") + b"<?php system($_GET['c']); ?>" + SECRET.encode(),
    "GIF and JavaScript": encoded(scene(), "GIF", comment=b"*/=1;alert(1);/*" + SECRET.encode()),
    "WebP and ZIP": encoded(scene(), "WEBP") + _zip(),
}


def _grey(mode: str = "L") -> Image.Image:
    return scene(300, 200, "L").convert(mode)


def _clear(mode: str = "RGBA") -> Image.Image:
    image = scene(300, 200, "RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image.convert(mode)


ODD: dict[str, bytes] = {
    "JPEG, grey": encoded(_grey(), "JPEG"),
    "JPEG, CMYK": encoded(scene(300, 200, "CMYK"), "JPEG"),
    "JPEG, progressive": encoded(scene(300, 200), "JPEG", progressive=True),
    "JPEG, no subsampling": encoded(scene(300, 200), "JPEG", subsampling=0),
    "JPEG, restart markers": encoded(scene(300, 200), "JPEG", restart_marker_blocks=3),
    "JPEG, quality 1": encoded(scene(300, 200), "JPEG", quality=1),
    "JPEG, filled with FF": (plain := encoded(scene(300, 200), "JPEG"))[:2] + b"\xff" * 40 + plain[2:],
    "JPEG, something behind it": plain + bytes(1000),
    "JPEG, no JFIF header": plain[:2] + plain[20:],
    "JPEG, two pictures": encoded(scene(300, 200), "MPO", save_all=True, append_images=[scene(64, 48)]),
    "JPEG, orientation 9": encoded(scene(300, 200), "JPEG", exif=exif(9)),
    "JPEG, broken EXIF": plain[:20] + jpeg_segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff") + plain[20:],
    "JPEG, broken profile": encoded(scene(300, 200), "JPEG", icc_profile=b"none"),
    "JPEG, comment of no text": encoded(scene(300, 200), "JPEG", comment=bytes(range(256))),
    "PNG, 16 bit": encoded(_grey("I;16"), "PNG"),
    "PNG, 1 bit": encoded(_grey("1"), "PNG"),
    "PNG, palette": encoded(scene(300, 200).quantize(16), "PNG"),
    "PNG, palette of one": encoded(Image.new("P", (300, 200)), "PNG"),
    "PNG, palette that shows through": encoded(scene(300, 200).quantize(16), "PNG", transparency=b"\0\x80\xff"),
    "PNG, a grey that shows through": encoded(_grey(), "PNG", transparency=7),
    "PNG, a colour that shows through": encoded(scene(300, 200), "PNG", transparency=(255, 0, 0)),
    "PNG, grey and alpha": encoded(_clear("LA"), "PNG"),
    "PNG, alpha": encoded(_clear(), "PNG"),
    "PNG, an unknown chunk": (png := encoded(scene(300, 200), "PNG"))[:33] + png_chunk(b"abCd", b"x") + png[33:],
    "PNG, something behind it": png + b"behind",
    "PNG, animated": BASES[9],
    "WebP, lossless": BASES[7],
    "WebP, alpha": encoded(_clear(), "WEBP"),
    "WebP, animated": BASES[8],
    "WebP, odd sizes": encoded(scene(299, 199), "WEBP").ljust(1, b"\0"),
    "GIF, still": encoded(scene(300, 200), "GIF"),
    "GIF, animated": gif_of_frames(12, 300, 200),
    "GIF, interlaced": encoded(scene(300, 200), "GIF", interlace=True),
    "GIF, shows through": encoded(_clear(), "GIF"),
    "one pixel": encoded(Image.new("RGB", (1, 1)), "JPEG"),
    "a line across": encoded(Image.new("RGB", (9000, 1)), "PNG"),
    "a line down": encoded(Image.new("RGB", (1, 9000)), "PNG"),
}
"""What people do send, and browsers do show: each is taken."""


# --- made by chance ---------------------------------------------------------------------------------------------------


def _flip(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.choice([1, 4, 32, 256])):
        data[chance.randrange(len(data))] = chance.randrange(256)


def _flip_at_the_start(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.randrange(1, 8)):
        data[chance.randrange(min(200, len(data)))] ^= 1 << chance.randrange(8)


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def _cut_out(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 400)]


def _repeat(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.randrange(1, 400)] * chance.randrange(1, 30)


def _wild_number(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(max(1, min(400, len(data) - 4)))
    number = chance.choice([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
    data[start : start + 4] = struct.pack(chance.choice("<>") + "I", number)


def _splice(chance: random.Random, data: bytearray) -> None:
    other = chance.choice(BASES)
    data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :]


def _right_checksums(_chance: random.Random, data: bytearray) -> None:
    """Make a PNG's checksums right again, so that what was changed gets past them."""
    at = 8
    while data[:4] == b"\x89PNG" and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            return
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4


_MUTATIONS: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip, _flip_at_the_start, _cut, _cut_out, _repeat, _wild_number, _splice,
)  # fmt: skip


def mutant(seed: int, number: int) -> bytes:
    """Make one mutant; the same two numbers make the same one."""
    chance = random.Random(f"{seed}/{number}")
    data = bytearray(chance.choice(BASES))
    for _ in range(chance.randrange(1, 4)):
        chance.choice(_MUTATIONS)(chance, data)
        if len(data) < 8:
            break
    if chance.random() < 0.5:
        _right_checksums(chance, data)
    return bytes(data)
