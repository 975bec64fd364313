"""Makes the clean copies of a still, and what can be said of it at a glance. Runs in the child only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

import fast_thumbhash
import numpy as np
import pdqhash
from PIL import Image

SIZES: Final = (1080, 640, 320)
_WEBP: Final = {"format": "WEBP", "method": 2, "quality": 82}
_JPEG: Final = {"format": "JPEG", "quality": 85, "progressive": True}
_HASH_SIZE: Final = 512
_THUMB_SIZE: Final = 100


class Encoded(NamedTuple):
    """One copy: the box that it fits in, its type, its size in px and its bytes."""

    size: int
    content_type: str
    width: int
    height: int
    data: bytes


def renditions(still: Image.Image, longest: int) -> Iterator[Encoded]:
    """Encode every size that the original (whose longest edge is `longest` px) can fill, and the smallest always."""
    image = still
    for size in _sizes(longest):
        image = _fit(image, size)
        yield Encoded(size, "image/webp", *image.size, _encode(image, _WEBP))
        yield Encoded(size, "image/jpeg", *image.size, _encode(on_white(image), _JPEG))


def _sizes(longest: int) -> tuple[int, ...]:
    return tuple(size for size in SIZES if size <= longest) or SIZES[-1:]


def _fit(image: Image.Image, size: int) -> Image.Image:
    """Resize into a square box of `size` px; each size is made from the one before, which is nearly as sharp."""
    scale = size / max(image.size)
    if scale >= 1:
        return image
    box = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(box, Image.Resampling.BICUBIC)


def _encode(image: Image.Image, options: dict[str, object]) -> bytes:
    out = io.BytesIO()
    image.save(out, **options)  # type: ignore[arg-type]  # Pillow types each encoder option by name
    return out.getvalue()


def on_white(image: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    if image.mode != "RGBA":
        return image
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image.getchannel("A"))
    return canvas


def thumbhash(image: Image.Image) -> bytes:
    """Make the few bytes from which a page paints a blurred placeholder."""
    small = _fit(image, _THUMB_SIZE).convert("RGBA")
    return bytes(fast_thumbhash.rgba_to_thumb_hash(small.width, small.height, small.tobytes()))


def dominant_colour(image: Image.Image) -> str:
    """Name the colour that most of the picture has, as "#rrggbb"."""
    counted = on_white(_fit(image, 64)).quantize(6)
    colours = counted.getcolors() or []
    _, index = max((count, value) for count, value in colours)
    palette = counted.getpalette() or []
    red, green, blue = palette[3 * int(index) : 3 * int(index) + 3]  # type: ignore[arg-type]  # an index in mode P
    return f"#{red:02x}{green:02x}{blue:02x}"


def pdq(image: Image.Image) -> tuple[str, int]:
    """Hash what the eye sees: 64 hex digits, and a quality of 0–100. At 512 px it costs a hundredth of full size."""
    bits, quality = pdqhash.compute(np.ascontiguousarray(on_white(_fit(image, _HASH_SIZE))))
    return np.packbits(bits).tobytes().hex(), int(quality)
