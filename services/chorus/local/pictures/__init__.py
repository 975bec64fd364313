"""Draws the demo's photographs, so that none has to be borrowed.

Every seed is another picture: landscapes, cities, rooms and tables, often with a lamp by `lumen`, an invented brand.
They carry what real photographs carry, a location and a camera among it, for Chorus to strip.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from chorus.local.pictures import outdoors, rooms, tables
from chorus.local.pictures.camera import develop, shoot
from chorus.local.pictures.canvas import Canvas

SCENES: Final = (
    rooms.dome_lamp,
    outdoors.hills,
    tables.cup_by_window,
    outdoors.lit_tent,
    rooms.pendants,
    outdoors.sea,
    tables.leaf_shadows,
    rooms.desk,
    outdoors.city,
    rooms.reading_corner,
    outdoors.forest,
    outdoors.string_lights,
)
_WORKING_HEIGHT: Final = 800
_MIRRORED: Final = 0.5
"""The share of pictures that are turned left to right: no two of a scene should look alike, to a program either."""


def draw(seed: int, *, width: int = 2400, height: int = 1800, with_location: bool = True) -> bytes:
    """Draw one photograph as JPEG bytes, `width` by `height` px when upright; the same seed gives the same picture."""
    rng = np.random.default_rng(seed)
    working = min(height, _WORKING_HEIGHT)
    canvas = Canvas(max(1, round(working * width / height)), working, rng)
    SCENES[seed % len(SCENES)](canvas)
    if rng.random() < _MIRRORED:
        canvas.light = canvas.light[:, ::-1]
    return shoot(develop(canvas, width, height), seed, with_location=with_location)
