"""A canvas of linear light, as a sensor sees it: what glows adds up, what is in front covers what is behind.

Lengths are in heights of the picture: y runs from 0 to 1, x from 0 to `aspect`. Colours are linear RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Field = NDArray[np.float32]
"""One number for every pixel."""

Colour = tuple[float, float, float]
Point = tuple[float, float]


def colour(text: str, strength: float = 1.0) -> Colour:
    """Read "#rrggbb" as linear light; `strength` above 1 makes it glow."""
    red, green, blue = (_linear(int(text[at : at + 2], 16) / 255) * strength for at in (1, 3, 5))
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Go from one colour to another, `share` of the way."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def step(low: float, high: float, field: Field) -> Field:
    """Rise smoothly from 0 at `low` to 1 at `high` (or fall, when `low` is the greater)."""
    share = np.clip((field - low) / (high - low), 0, 1)
    return cast("Field", share * share * (3 - 2 * share))


class Canvas:
    """Light on a grid, and the few tools that every scene is made with."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        """Start in the dark."""
        self.rng = rng
        self.size = (width, height)
        self.aspect = width / height
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        self.x: Field = (columns + 0.5) / height
        self.y: Field = (rows + 0.5) / height
        self.light = np.zeros((height, width, 3), np.float32)

    def gradient(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fill from top to bottom with colours at heights."""
        heights = [height for height, _ in stops]
        for channel in range(3):
            column = np.interp(self.y[:, 0], heights, [tint[channel] for _, tint in stops])
            self.light[..., channel] = column[:, None]

    def paint(self, mask: Field, tint: Colour) -> None:
        """Cover with an opaque colour where the mask is 1."""
        self.light += mask[..., None] * (np.asarray(tint, np.float32) - self.light)

    def add(self, field: Field, tint: Colour) -> None:
        """Let light fall on top of what is there."""
        self.light += field[..., None] * np.asarray(tint, np.float32)

    def multiply(self, field: Field, tint: Colour = (1.0, 1.0, 1.0)) -> None:
        """Light what is there (above 1) or shade it (below 1)."""
        self.light *= field[..., None] * np.asarray(tint, np.float32)

    def glow(self, x: float, y: float, reach: float, tint: Colour) -> None:
        """Add the haze around something bright; half of it is gone at `reach`."""
        self.add(1 / (1 + self.distance(x, y) ** 2 / reach**2) ** 1.5, tint)

    def distance(self, x: float, y: float) -> Field:
        """How far every pixel is from a point."""
        return cast("Field", np.hypot(self.x - x, self.y - y))

    def ellipse(self, x: float, y: float, rx: float, ry: float, soft: float = 0.0015) -> Field:
        """Mask an ellipse; `soft` is how wide its edge is."""
        reach = np.hypot((self.x - x) / rx, (self.y - y) / ry)
        return np.clip((1 - reach) * min(rx, ry) / soft + 0.5, 0, 1)

    def box(self, left: float, top: float, right: float, bottom: float, *, corner: float = 0, soft: float = 0.0015) -> Field:
        """Mask a rectangle with round corners."""
        dx = np.abs(self.x - (left + right) / 2) - (right - left) / 2 + corner
        dy = np.abs(self.y - (top + bottom) / 2) - (bottom - top) / 2 + corner
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - corner
        return np.clip(0.5 - outside / soft, 0, 1)

    def polygon(self, points: Sequence[Point], blur: float = 0.0) -> Field:
        """Mask a polygon."""
        return self._drawn(blur, lambda draw, at: draw.polygon([at(point) for point in points], fill=255))

    def line(self, points: Sequence[Point], width: float, blur: float = 0.0) -> Field:
        """Mask a line through points."""
        thick = max(1, round(width * self.size[1] * 2))
        return self._drawn(
            blur, lambda draw, at: draw.line([at(point) for point in points], fill=255, width=thick, joint="curve")
        )

    def _drawn(self, blur: float, shape: object) -> Field:
        width, height = self.size
        image = Image.new("L", (width * 2, height * 2))
        shape(ImageDraw.Draw(image), lambda point: (point[0] * height * 2, point[1] * height * 2))  # type: ignore[operator]
        image = image.reduce(2)
        return self._field(image.filter(ImageFilter.GaussianBlur(blur * height)) if blur else image)

    def blurred(self, field: Field, radius: float) -> Field:
        """Blur a mask."""
        image = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
        return self._field(image.filter(ImageFilter.GaussianBlur(radius * self.size[1])))

    @staticmethod
    def _field(image: Image.Image) -> Field:
        return np.asarray(image, np.float32) / 255

    def noise(self, cell: float, octaves: int = 4, stretch: float = 1.0) -> Field:
        """Clouds between 0 and 1, about `cell` large, `stretch` times as wide as they are high."""
        total, weight = np.zeros(self.size[::-1], np.float32), 0.0
        for octave in range(octaves):
            rows = max(2, round(2**octave / cell))
            columns = max(2, round(rows * self.aspect / stretch))
            grid = Image.fromarray(self.rng.random((rows, columns), np.float32))
            total += np.asarray(grid.resize(self.size, Image.Resampling.BICUBIC)) * 0.5**octave
            weight += 0.5**octave
        return np.clip(total / weight, 0, 1)

    def defocus(self, radius: float) -> None:
        """Put everything so far out of focus."""
        width, height = self.size
        bright = Image.fromarray((np.clip(self.light / 4, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))
        soft = bright.filter(ImageFilter.GaussianBlur(radius * height))
        self.light = (np.asarray(soft, np.float32).reshape(height, width, 3) / 255) ** 2.2 * 4
