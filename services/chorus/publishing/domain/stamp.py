"""Puts a packet of XMP into a rendition's file, without touching a pixel.

A file is only ever given to this once, clean from ingest: a packet that is there stays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_XMP_MARKER: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_MAX_SEGMENT: Final = 0xFFFF - 2
_VP8X_XMP: Final = 0x04
_VP8X_ALPHA: Final = 0x10


def stamp(data: bytes, content_type: str, packet: bytes) -> bytes:
    """Give a JPEG or WebP back with the packet in it. Raises `ValueError` for another type, or a broken file."""
    if content_type == "image/jpeg":
        return _into_jpeg(data, packet)
    if content_type == "image/webp":
        return _into_webp(data, packet)
    raise ValueError(f"cannot stamp {content_type}")


def _into_jpeg(data: bytes, packet: bytes) -> bytes:
    """Put an APP1 segment behind the start of the image and its JFIF header, where readers look for it."""
    payload = _XMP_MARKER + packet
    if data[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    if len(payload) > _MAX_SEGMENT:
        raise ValueError("the credit is longer than a JPEG can hold")
    at = 2
    if data[2:4] == b"\xff\xe0":
        at = 4 + int.from_bytes(data[4:6])
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    return data[:at] + segment + data[at:]


def _into_webp(data: bytes, packet: bytes) -> bytes:
    """Append an XMP chunk, and say so in the extended header, which a simple file is given first."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("not a WebP")
    chunks = list(_chunks(data))
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _extended_header(*chunks[0])))
    _, header = chunks[0]
    chunks[0] = (b"VP8X", bytes([header[0] | _VP8X_XMP]) + header[1:])
    body = b"WEBP" + b"".join(_chunk(kind, payload) for kind, payload in [*chunks, (b"XMP ", packet)])
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise ValueError("the WebP ends before it is complete")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    if at == 12:  # noqa: PLR2004 - the length of the RIFF header: there was no chunk
        raise ValueError("the WebP is empty")


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\x00" * (len(payload) % 2)


def _extended_header(kind: bytes, payload: bytes) -> bytes:
    """Flags and canvas size, read from the frame's own header (RFC 9649)."""
    if kind == b"VP8L" and payload[:1] == b"\x2f":
        bits = int.from_bytes(payload[1:5], "little")
        width, height, alpha = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    elif kind == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", payload[6:10]))
        alpha = False
    else:
        raise ValueError("the WebP starts with nothing that is known")
    flags = bytes([_VP8X_ALPHA if alpha else 0, 0, 0, 0])
    return flags + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
