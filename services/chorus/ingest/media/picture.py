"""Opens untrusted bytes as one upright still in sRGB, small enough to work with. Runs in the child only."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from chorus.ingest.domain.picture import MediaRefused, Reason, Refused

LARGEST: Final = 1080
"""px; the largest rendition. Nothing bigger than this is ever colour-managed or turned."""

MAX_PIXELS: Final = 60_000_000
MAX_FRAMES: Final = 200
MAX_TOTAL_PIXELS: Final = 480_000_000
"""Of all frames together: 200 frames of 1920 by 1080 pass."""

CONTENT_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # what phones write for HDR: a JPEG with further pictures behind it
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
"""The allow-list: no other decoder is ever tried."""

PLUGINS: Final = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin, GifImagePlugin)
"""Imported now: Pillow imports them when first needed, and the child can import nothing then."""

_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation; Pillow turns counter-clockwise."""

_ORIENTATION: Final = 0x0112
_SRGB: Final = ImageCms.createProfile("sRGB")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Still:
    """`image` is RGB, or RGBA where something shows through, fits in `LARGEST`; the rest tells of the original."""

    image: Image.Image
    content_type: str
    width: int
    height: int
    frames: int


def read(data: bytes) -> Still:
    """Read the first frame; raises `MediaRefused`, or whatever the decoder makes of bad bytes (see `refusal`)."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        frames = _count_frames(opened)
        orientation = opened.getexif().get(_ORIENTATION, 1)
        width, height = opened.size[::-1] if orientation in _SIDEWAYS else opened.size
        opened.draft(None, (LARGEST, LARGEST))  # JPEG only: decodes at a half, a quarter or an eighth
        image = _shrink(_plain(opened))
        profile = opened.info.get("icc_profile")
        content_type = CONTENT_TYPES[opened.format or ""]
    return Still(_upright(_to_srgb(image, profile), orientation), content_type, width, height, frames)


def _count_frames(opened: Image.Image) -> int:
    """Count the frames of an animation; only the first will be decoded, yet nobody needs to send a film."""
    if opened.format == "MPO":
        return 1
    frames = int(getattr(opened, "n_frames", 1))
    if frames > MAX_FRAMES or frames * opened.width * opened.height > MAX_TOTAL_PIXELS:
        raise _refused(
            "bomb", f"The animation is too long: the most is {MAX_FRAMES} frames, fewer where they are large."
        )
    return frames


def _plain(image: Image.Image) -> Image.Image:
    """Decode into a mode that can be resized without loss: L, LA, RGB, RGBA or CMYK."""
    image.load()
    if image.mode.startswith("I"):
        return _eight_bit(image)
    if image.mode in {"P", "PA", "1"}:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in {"L", "RGB"} and image.has_transparency_data:
        return image.convert("RGBA")  # PNG: one colour is declared transparent
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Keep the upper 8 of 16 bits; Pillow's own conversion clips instead, which turns most such pictures white."""
    return Image.fromarray((np.asarray(image).clip(0, 0xFFFF) >> 8).astype(np.uint8))


def _shrink(image: Image.Image) -> Image.Image:
    """Bring a picture into the largest box before any further work; never enlarges.

    HAMMING differs from slower filters by less than a JPEG does (46 dB and more), and sharpens least.
    """
    scale = LARGEST / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=3.0)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the embedded profile; a broken one is ignored, as browsers do."""
    mode = "RGBA" if "A" in image.getbands() else "RGB"
    source = image.convert("RGBA") if image.mode == "LA" else image
    managed = _managed(source, profile, mode) if profile else None
    return _drop_full_alpha(managed or (source if source.mode == mode else source.convert(mode)))


def _managed(image: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source) and image.mode == mode:
            return None
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _drop_full_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn by the orientation that was read, and leave everything but the pixels behind."""
    turn = _TURNS.get(orientation)
    turned = image.transpose(turn) if turn is not None else image
    clean = Image.new(turned.mode, turned.size, None)
    clean.paste(turned)
    return clean


_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def refusal(error: Exception, data: bytes) -> MediaRefused:
    """Say in a person's words what a decoder's error means for the picture that it was given."""
    match error:
        case MediaRefused():
            return error
        case Image.DecompressionBombError():
            return _refused("bomb", "The picture unfolds to far more pixels than a picture has.")
        case Image.DecompressionBombWarning():
            return _refused("too_large", "The picture has more than 60 megapixels: send a smaller one.")
        case MemoryError():
            return _refused("too_large", "The picture needs more memory than one may have: send a smaller one.")
        case UnidentifiedImageError():
            return _unidentified(data)
    return _broken(error)


def _unidentified(data: bytes) -> MediaRefused:
    """Tell a broken picture from something that never was one."""
    if data.startswith(_SIGNATURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _refused("corrupt", "The picture is broken: its beginning cannot be read.")
    return _refused("unsupported", "This is no JPEG, PNG, WebP or GIF picture.")


def _broken(error: Exception) -> MediaRefused:
    words = str(error).lower()
    if "truncated" in words or "broken data stream" in words or isinstance(error, EOFError):
        return _refused("truncated", "The picture ends before it is complete: send it again.")
    if "decompressed data too large" in words or "text chunks" in words:
        return _refused("bomb", "The picture carries texts that unfold to more than they may.")
    return _refused("corrupt", "The picture is broken and cannot be shown.")


def _refused(reason: Reason, message: str) -> MediaRefused:
    return MediaRefused(Refused(reason, message))
