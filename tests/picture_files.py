"""Picture files made by hand: with every kind of metadata, or broken in every way."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

SECRET = "SECRET-PLACE-7f3a"
"""Stands in every piece of metadata; must stand in nothing that leaves."""

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="1,2.5N"'
    f' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="{SECRET}"/></rdf:RDF></x:xmpmeta>'
).encode()


def scene(width: int = 700, height: int = 500, mode: str = "RGB") -> Image.Image:
    """A picture with a red corner at the top left, and enough in it for a hash."""
    image = Image.merge("RGB", [Image.effect_mandelbrot((width, height), (-2, -1.2, 1, 1.2), q) for q in (40, 60, 90)])
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red")
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[ExifTags.Base.Make] = SECRET
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.ImageDescription] = SECRET
    made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + SECRET.encode()
    made.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (1.0, 2.0, 30.0),
            ExifTags.GPS.GPSLongitudeRef: "W",
            ExifTags.GPS.GPSLongitude: (23.0, 4.0, 15.0),
            ExifTags.GPS.GPSAreaInformation: b"ASCII\0\0\0" + SECRET.encode(),
        }
    )
    return made


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def _jpeg_with(segment: bytes) -> bytes:
    data = encoded(scene(), "JPEG", quality=90)
    return data[:2] + segment + data[2:]


def _iptc() -> bytes:
    city = b"\x1c\x02\x5a" + struct.pack(">H", len(SECRET)) + SECRET.encode()
    return b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(city)) + city + b"\0" * (len(city) % 2)


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _png_with_text(add: Callable[[PngImagePlugin.PngInfo], None]) -> bytes:
    info = PngImagePlugin.PngInfo()
    add(info)
    return encoded(scene(), "PNG", pnginfo=info)


def _profile(kind: str, payload: bytes) -> Callable[[PngImagePlugin.PngInfo], None]:
    """Metadata as ImageMagick puts it into PNG: hexadecimal, in a compressed text."""
    text = f"\n{kind}\n{len(payload):8d}\n{payload.hex()}\n"
    return lambda info: info.add_text(f"Raw profile type {kind}", text, zip=True)


def _webp_with(kind: bytes, payload: bytes) -> bytes:
    """A chunk that no standard knows, which readers have to pass over."""
    chunk = kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
    data = encoded(scene(), "WEBP", exif=exif())
    return data[:4] + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8:] + chunk


def _gif_extension(application: bytes, payload: bytes) -> bytes:
    blocks = b"".join(
        bytes([len(payload[at : at + 255])]) + payload[at : at + 255] for at in range(0, len(payload), 255)
    )
    return b"\x21\xff" + bytes([len(application)]) + application + blocks + b"\0"


def _gif_with(extension: bytes) -> bytes:
    data = encoded(scene(), "GIF")
    colours = 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    at = 13 + colours
    return data[:at] + extension + data[at:]


def _gif_with_xmp() -> bytes:
    """The odd way in which GIF holds XMP: raw, then a "magic trailer" that any reader of sub-blocks falls through."""
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return _gif_with(b"\x21\xff\x0bXMP DataXMP" + _XMP + trailer)


WITH_LOCATION: dict[str, bytes] = {
    "JPEG, EXIF": encoded(scene(), "JPEG", exif=exif(6)),
    "JPEG, XMP": _jpeg_with(jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP)),
    "JPEG, IPTC": _jpeg_with(jpeg_segment(0xED, _iptc())),
    "JPEG, comment": _jpeg_with(jpeg_segment(0xFE, SECRET.encode())),
    "JPEG, unknown segment": _jpeg_with(jpeg_segment(0xEB, SECRET.encode())),
    "JPEG, behind the end": encoded(scene(), "JPEG") + SECRET.encode(),
    "JPEG, a second picture behind the first": encoded(scene(), "MPO", save_all=True, append_images=[scene(64, 48)])
    + encoded(scene(64, 48), "JPEG", exif=exif()),
    "PNG, EXIF": encoded(scene(), "PNG", exif=exif()),
    "PNG, XMP": _png_with_text(lambda info: info.add_itxt("XML:com.adobe.xmp", _XMP.decode())),
    "PNG, comment": _png_with_text(lambda info: info.add_text("Comment", SECRET)),
    "PNG, compressed comment": _png_with_text(lambda info: info.add_text("Comment", SECRET * 20, zip=True)),
    "PNG, EXIF in a text": _png_with_text(_profile("exif", b"Exif\0\0" + exif().tobytes()[6:])),
    "PNG, IPTC": _png_with_text(_profile("iptc", _iptc()[14:])),
    "WebP, EXIF": encoded(scene(), "WEBP", exif=exif(8)),
    "WebP, XMP": encoded(scene(), "WEBP", xmp=_XMP),
    "WebP, unknown chunk": _webp_with(b"PLCE", SECRET.encode()),
    "GIF, comment": encoded(scene(), "GIF", comment=SECRET.encode()),
    "GIF, XMP": _gif_with_xmp(),
    "GIF, EXIF": _gif_with(_gif_extension(b"EXIF    1.0", exif().tobytes())),
    "GIF, IPTC": _gif_with(_gif_extension(b"MGK8BIM0000", _iptc()[14:])),
}


def png_of_size(width: int, height: int) -> bytes:
    """A PNG of a few hundred kilobytes at most that claims, and unfolds to, any number of pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" + bytes(width // 8 + 1)
    rows = [packer.compress(row * min(1000, height - done)) for done in range(0, height, 1000)]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            png_chunk(b"IDAT", b"".join([*rows, packer.flush()])),
            png_chunk(b"IEND", b""),
        ]
    )


def png_with_text_bomb() -> bytes:
    """A PNG whose compressed comment unfolds to a hundred megabytes."""
    data = encoded(scene(60, 40), "PNG")
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    return data[:33] + text + data[33:]


def gif_of_frames(count: int, width: int = 40, height: int = 30) -> bytes:
    frames = [Image.new("P", (width, height), index % 250) for index in range(count)]
    for frame in frames:
        frame.putpalette([value for shade in range(256) for value in (shade, 255 - shade, shade)])
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=40)
