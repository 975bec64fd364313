"""A canvas of linear light, as a sensor sees it: what glows adds up, what is in front covers what is behind.

Lengths are in heights of the picture: y runs from 0 to 1, x from 0 to `aspect`. Colours are linear RGB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Field = NDArray[np.floating[Any]]
"""One number for every pixel."""

Colour = tuple[float, float, float]
Point = tuple[float, float]
_Shape = Callable[[ImageDraw.ImageDraw, list[Point]], None]


_SRGB_KNEE: Final = 0.04045
"""Below this sRGB is a straight line."""


def colour(text: str, strength: float = 1.0) -> Colour:
    """Read "#rrggbb" as linear light; `strength` above 1 makes it glow."""
    red, green, blue = (_linear(int(text[at : at + 2], 16) / 255) * strength for at in (1, 3, 5))
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Go from one colour to another, `share` of the way."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def strong(tint: Colour, times: float) -> Colour:
    """Make a colour so many times as bright; above 1 it glows."""
    return mix((0, 0, 0), tint, times)


def _linear(value: float) -> float:
    return value / 12.92 if value <= _SRGB_KNEE else float(((value + 0.055) / 1.055) ** 2.4)


def step(low: float, high: float, field: Field) -> Field:
    """Rise smoothly from 0 at `low` to 1 at `high` (or fall, when `low` is the greater)."""
    share = np.clip((field - low) / (high - low), 0, 1)
    smooth: Field = share * share * (3 - 2 * share)
    return smooth


def _field(image: Image.Image) -> Field:
    return np.asarray(image, np.float32) / 255


def _covered(mask: Field) -> tuple[slice, slice]:
    """The smallest part of the grid outside of which the mask is empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


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
        self.light: Field = np.zeros((height, width, 3), np.float32)

    def gradient(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fill from top to bottom with colours at heights."""
        heights = [height for height, _ in stops]
        for channel in range(3):
            column = np.interp(self.y[:, 0], heights, [tint[channel] for _, tint in stops])
            self.light[..., channel] = column[:, None]

    def paint(self, mask: Field, tint: Colour) -> None:
        """Cover with an opaque colour where the mask is 1."""
        where = _covered(mask)
        self.light[where] += mask[where][..., None] * (np.asarray(tint, np.float32) - self.light[where])

    def add(self, field: Field, tint: Colour) -> None:
        """Let light fall on top of what is there."""
        where = _covered(field)
        self.light[where] += field[where][..., None] * np.asarray(tint, np.float32)

    def multiply(self, field: Field, tint: Colour = (1.0, 1.0, 1.0)) -> None:
        """Light what is there (above 1) or shade it (below 1)."""
        self.light *= field[..., None] * np.asarray(tint, np.float32)

    def glow(self, x: float, y: float, reach: float, tint: Colour) -> None:
        """Add the haze around something bright; half of it is gone at `reach`."""
        far = 14 * reach
        where = self._around(x - far, y - far, x + far, y + far)
        away = ((self.x[where] - x) ** 2 + (self.y[where] - y) ** 2) / reach**2
        self.light[where] += (1 / (1 + away) ** 1.5)[..., None] * np.asarray(tint, np.float32)

    def distance(self, x: float, y: float) -> Field:
        """How far every pixel is from a point."""
        away: Field = np.hypot(self.x - x, self.y - y)
        return away

    def ellipse(self, x: float, y: float, rx: float, ry: float, soft: float = 0.0015) -> Field:
        """Mask an ellipse; `soft` is how wide its edge is."""
        wider = 1 + 0.5 * soft / min(rx, ry)
        where = self._around(x - rx * wider, y - ry * wider, x + rx * wider, y + ry * wider)
        reach = np.hypot((self.x[where] - x) / rx, (self.y[where] - y) / ry)
        return self._placed(where, np.clip((1 - reach) * min(rx, ry) / soft + 0.5, 0, 1))

    def box(
        self, left: float, top: float, right: float, bottom: float, *, corner: float = 0, soft: float = 0.0015
    ) -> Field:
        """Mask a rectangle with round corners."""
        where = self._around(left - soft, top - soft, right + soft, bottom + soft)
        dx = np.abs(self.x[where] - (left + right) / 2) - (right - left) / 2 + corner
        dy = np.abs(self.y[where] - (top + bottom) / 2) - (bottom - top) / 2 + corner
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - corner
        return self._placed(where, np.clip(0.5 - outside / soft, 0, 1))

    def polygon(self, points: Sequence[Point], blur: float = 0.0) -> Field:
        """Mask a polygon."""
        return self._drawn(points, 0, blur, lambda draw, places: draw.polygon(places, fill=255))

    def line(self, points: Sequence[Point], width: float, blur: float = 0.0) -> Field:
        """Mask a line through points."""
        thick = max(1, round(width * self.size[1] * 2))
        return self._drawn(
            points, width, blur, lambda draw, places: draw.line(places, fill=255, width=thick, joint="curve")
        )

    def lines(self, strokes: Sequence[tuple[Sequence[Point], float]]) -> Field:
        """Mask many lines at once, each with its own width."""
        height = self.size[1]
        image = Image.new("L", (self.size[0] * 2, height * 2))
        draw = ImageDraw.Draw(image)
        for points, width in strokes:
            draw.line(
                [(x * height * 2, y * height * 2) for x, y in points], fill=255, width=max(1, round(width * height * 2))
            )
        return _field(image.reduce(2))

    def _drawn(self, points: Sequence[Point], width: float, blur: float, shape: _Shape) -> Field:
        """Draw twice as large as needed, for smooth edges, and only where the shape is."""
        xs, ys, margin = [x for x, _ in points], [y for _, y in points], width + 3 * blur + 0.004
        where = self._around(min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)
        rows, columns = (side.stop - side.start for side in where)
        if rows <= 0 or columns <= 0:
            return np.zeros(self.size[::-1], np.float32)
        image, scale = Image.new("L", (columns * 2, rows * 2)), self.size[1]
        left, top = where[1].start, where[0].start
        shape(ImageDraw.Draw(image), [((x * scale - left) * 2, (y * scale - top) * 2) for x, y in points])
        image = image.reduce(2)
        return self._placed(where, _field(image.filter(ImageFilter.GaussianBlur(blur * scale)) if blur else image))

    def _around(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """The part of the grid that a shape can touch; everything else is not worked on."""
        width, height = self.size
        rows = slice(*(int(np.clip(edge, 0, height)) for edge in (top * height - 1, bottom * height + 2)))
        columns = slice(*(int(np.clip(edge, 0, width)) for edge in (left * height - 1, right * height + 2)))
        return rows, columns

    def _placed(self, where: tuple[slice, slice], part: Field) -> Field:
        whole = np.zeros(self.size[::-1], np.float32)
        whole[where] = part
        return whole

    def blurred(self, field: Field, radius: float) -> Field:
        """Blur a mask."""
        image = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
        return _field(image.filter(ImageFilter.GaussianBlur(radius * self.size[1])))

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
