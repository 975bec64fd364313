"""Turns light into a photograph: bloom, lens, film and the metadata that a phone or camera leaves in a file."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import ExifTags, Image, ImageFilter

from chorus.local.pictures.canvas import Canvas, Field

CAMERAS: Final = (("Halden", "H2 Compact"), ("Orrery", "Nightjar 35"), ("Pavo", "Pavo 9 Phone"))
"""Invented makers."""

_TURNS: Final = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""By EXIF orientation: how the sensor saw what the viewer is to see upright."""


def develop(canvas: Canvas, width: int, height: int) -> Image.Image:
    """Expose, print and enlarge; the result is `width` by `height` px."""
    light = _vignette(canvas, canvas.light + 0.16 * _bloom(canvas))
    picture = Image.fromarray((_film(light) * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    return _grain(picture, canvas.rng)


def _bloom(canvas: Canvas) -> Field:
    """Let bright light spill over, as it does in every lens."""
    width, height = canvas.size
    bright = np.clip(canvas.light - 0.6, 0, 6) / 6
    small = Image.fromarray((np.sqrt(bright) * 255).astype(np.uint8)).resize((width // 4, height // 4))
    spilt = small.filter(ImageFilter.GaussianBlur(height / 90)).resize((width, height), Image.Resampling.BICUBIC)
    return (np.asarray(spilt, np.float32) / 255) ** 2 * 6


def _vignette(canvas: Canvas, light: Field) -> Field:
    from_centre = np.hypot((canvas.x - canvas.aspect / 2) / max(1.0, canvas.aspect), canvas.y - 0.5)
    dimmed: Field = light * (1 - 0.55 * np.clip(from_centre, 0, 1) ** 2)[..., None]
    return dimmed


def _film(light: Field) -> Field:
    """Bring any amount of light to 0–1 with a soft shoulder (Narkowicz' fit of the ACES curve), then to sRGB."""
    exposed = np.maximum(light, 0) * 0.8
    toned = exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14)
    printed: Field = np.clip(toned, 0, 1) ** np.float32(1 / 2.2)
    return printed


def _grain(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = picture.size
    tile = rng.normal(0, 3.2, (512, 512, 1)).astype(np.int8)
    grain = np.tile(tile, (height // 512 + 1, width // 512 + 1, 1))[:height, :width]
    return Image.fromarray(np.clip(np.asarray(picture, np.int16) + grain, 0, 255).astype(np.uint8))


def shoot(picture: Image.Image, seed: int, *, with_location: bool) -> bytes:
    """Write a JPEG as a camera would: with its make, its time, often turned, and with the place where it was."""
    orientation = (1, 1, 6, 1, 8, 1, 1, 3)[seed % 8]
    exif = _exif(seed, orientation, with_location=with_location)
    stored = picture.transpose(_TURNS[orientation]) if orientation in _TURNS else picture
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=88, exif=exif, comment=f"Frame {seed} of an invented roll")
    return out.getvalue()


def _exif(seed: int, orientation: int, *, with_location: bool) -> Image.Exif:
    make, model = CAMERAS[seed % len(CAMERAS)]
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = make
    exif[ExifTags.Base.Model] = model
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.DateTime] = f"2026:0{1 + seed % 9}:1{seed % 10} 18:{10 + seed % 50}:00"
    if with_location:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_place(seed))
    return exif


def _place(seed: int) -> dict[int, object]:
    """Name a place in the open Atlantic, where nobody lives."""
    return {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (1.0, float(seed % 60), 30.0),
        ExifTags.GPS.GPSLongitudeRef: "W",
        ExifTags.GPS.GPSLongitude: (23.0, float(seed * 7 % 60), 15.0),
    }
