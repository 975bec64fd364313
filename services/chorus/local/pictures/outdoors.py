"""Scenes under the sky."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from chorus.local.pictures.canvas import Canvas, Colour, Field, Point, colour, mix, step, strong

_SKIES = (
    ("#24365e", "#c96f5a", "#ffc98a", "#3b2f4a"),
    ("#5b86b8", "#cfdfe8", "#fff0d0", "#2f4f4f"),
    ("#3a2c5c", "#b0588a", "#ffb07a", "#2a2148"),
    ("#6f9fb5", "#f3d9b8", "#ffe9c4", "#4a4038"),
)
"""Zenith, horizon, sun, and the nearest hill."""


_FOGS = (("#f0dcae", "#1d2f28"), ("#cfe3e6", "#16283a"), ("#f2c9a8", "#2a2438"), ("#dfe8d2", "#1c3327"))
"""Fog in the light, and the nearest tree."""


def hills(canvas: Canvas) -> None:
    """Ridge behind ridge, in mist, with the sun behind them."""
    zenith, horizon, sun, near = (colour(text) for text in _SKIES[canvas.rng.integers(len(_SKIES))])
    canvas.gradient([(0, zenith), (0.55, horizon), (1, horizon)])
    _clouds(canvas, sun)
    sun_x = canvas.aspect * canvas.rng.uniform(0.25, 0.75)
    canvas.glow(sun_x, 0.46, 0.16, strong(sun, 1.3))
    canvas.add(canvas.ellipse(sun_x, 0.46, 0.036, 0.036), strong(sun, 5))
    for index in range(6):
        depth = index / 5
        _ridge(canvas, 0.5 + 0.088 * index, 0.05 + 0.03 * depth, mix(horizon, near, 0.28 + 0.72 * depth), sun)
    canvas.glow(sun_x, 0.5, 0.3, strong(sun, 0.22))


def _ridge(canvas: Canvas, height: float, rise: float, tint: Colour, haze: Colour) -> None:
    edge = _profile(canvas, rise)
    body = step(-0.0015, 0.0015, canvas.y - height - edge[None, :])
    canvas.paint(body, tint)
    mist = np.clip((canvas.y - height - edge[None, :]) / 0.16, 0, 1) * body
    canvas.add(mist * 0.10, haze)


def _profile(canvas: Canvas, rise: float, octaves: int = 7) -> Field:
    """A line of hills: one height for every column."""
    columns = canvas.x[0]
    edge: Field = np.zeros_like(columns)
    for octave in range(octaves):
        frequency = 1.7 * 1.9**octave
        edge += np.sin(columns * frequency * 3.1 + canvas.rng.uniform(0, 6.3)) * 0.56**octave
    edge *= rise * 0.5
    return edge


def _clouds(canvas: Canvas, tint: Colour, amount: float = 0.5) -> None:
    bands = canvas.noise(0.32, 6, stretch=4.5)
    canvas.add(step(0.5, 0.78, bands) * step(0.75, 0.1, canvas.y) * amount, tint)


def sea(canvas: Canvas) -> None:
    """The sun low over water, and its path on the waves."""
    zenith, horizon, sun, deep = (colour(text) for text in _SKIES[canvas.rng.integers(len(_SKIES))])
    level, sun_x = 0.52, canvas.aspect * canvas.rng.uniform(0.3, 0.7)
    canvas.gradient(
        [(0, zenith), (level, horizon), (level + 0.001, mix(horizon, deep, 0.35)), (1, mix(zenith, deep, 0.7))]
    )
    sky = step(level + 0.001, level - 0.001, canvas.y)
    canvas.add(step(0.5, 0.8, canvas.noise(0.4, 6, stretch=5)) * sky * 0.6, sun)
    canvas.glow(sun_x, level - 0.1, 0.14, strong(sun, 1.2))
    canvas.add(canvas.ellipse(sun_x, level - 0.1, 0.045, 0.045) * sky, strong(sun, 5))
    depth = np.clip((canvas.y - level) / (1 - level), 0, 1)
    waves = _waves(canvas, depth)
    water = 1 - sky
    path = np.exp(-(((canvas.x - sun_x) / (0.045 + 0.2 * depth)) ** 2))
    canvas.add(water * path * step(0.52, 0.82, waves) * (1.9 - 0.9 * depth), sun)
    canvas.multiply(1 + water * (waves - 0.5) * 0.9)
    _boat(canvas, canvas.aspect - sun_x, level)


def _waves(canvas: Canvas, depth: Field) -> Field:
    """Ripples that grow towards us."""
    swell = canvas.noise(0.03, 3, stretch=9)
    far: Field = 0.5 + 0.5 * np.sin(60 * np.log(0.04 + depth) + 14 * canvas.noise(0.2, 3, stretch=4))
    waves: Field = 0.55 * swell + 0.45 * far
    return waves


def _boat(canvas: Canvas, x: float, level: float) -> None:
    dark = colour("#1c1a22")
    canvas.paint(
        canvas.polygon([(x - 0.05, level), (x + 0.05, level), (x + 0.035, level + 0.018), (x - 0.038, level + 0.018)]),
        dark,
    )
    canvas.paint(canvas.polygon([(x, level - 0.004), (x, level - 0.13), (x + 0.045, level - 0.012)]), colour("#e9dccb"))
    canvas.paint(
        canvas.polygon([(x - 0.006, level - 0.004), (x - 0.006, level - 0.11), (x - 0.035, level - 0.012)]),
        colour("#cbb8a4"),
    )
    canvas.multiply(1 - 0.5 * canvas.box(x - 0.04, level + 0.018, x + 0.04, level + 0.06, corner=0.01, soft=0.03))


def city(canvas: Canvas) -> None:
    """A town across the water at night, every window a lamp."""
    canvas.gradient(
        [(0, colour("#0b1230")), (0.45, colour("#34305e")), (0.62, colour("#d98a7a")), (1, colour("#141a33"))]
    )
    canvas.add(step(0.55, 0.8, canvas.noise(0.3, 5, stretch=4)) * step(0.6, 0.1, canvas.y) * 0.12, colour("#c98aa0"))
    level = 0.66
    for row, tint in enumerate(("#5b4a70", "#332d55", "#17152e")):
        _houses(canvas, level, 0.40 - 0.12 * row, colour(tint), lit=0.10 + 0.12 * row)
    _mirror(canvas, level)


def _houses(canvas: Canvas, level: float, tallest: float, tint: Colour, lit: float) -> None:
    x = -0.02
    while x < canvas.aspect:
        width, tall = canvas.rng.uniform(0.05, 0.12), canvas.rng.uniform(0.3, 1.0) * tallest
        canvas.paint(canvas.box(x, level - tall, x + width, level + 0.01, soft=0.002), tint)
        _windows(canvas, x, level - tall, width, tall, lit)
        x += width + canvas.rng.uniform(-0.012, 0.03)


def _windows(canvas: Canvas, x: float, top: float, width: float, tall: float, lit: float) -> None:
    """Light some windows; each is a few pixels, painted straight into the grid."""
    height = canvas.size[1]
    for left in np.arange(x + 0.010, x + width - 0.012, 0.0145):
        for upper in np.arange(top + 0.014, top + tall - 0.016, 0.021):
            if canvas.rng.random() < lit and left > 0:
                warm = mix(colour("#ff9a45"), colour("#ffe2b0"), float(canvas.rng.random()))
                rows = slice(round(upper * height), round((upper + 0.011) * height))
                columns = slice(round(left * height), round((left + 0.008) * height))
                canvas.light[rows, columns] = np.multiply(warm, canvas.rng.triangular(0.15, 0.5, 2.4))


def _mirror(canvas: Canvas, level: float) -> None:
    """Lay the shore's reflection on the water, drawn out by the ripples, with the lamps of the quay in it."""
    height = canvas.size[1]
    shore = round(level * height)
    below = height - shore
    depth = np.linspace(0, 1, below, dtype=np.float32)[:, None]
    ripple = (canvas.noise(0.012, 3, stretch=14)[shore:] - 0.5) * (0.02 + 0.12 * depth) * height
    blurred = Image.fromarray((np.clip(canvas.light[:shore] / 3, 0, 1) ** 0.45 * 255).astype(np.uint8))
    drawn_out = np.asarray(blurred.filter(ImageFilter.BoxBlur((0.8, height * 0.02))), np.float32) / 255
    rows = np.clip(shore - 1 - np.arange(below)[:, None] * 0.9 + ripple, 0, shore - 1).astype(int)
    canvas.light[shore:] = (
        drawn_out[rows, np.arange(canvas.size[0])[None, :]] ** 2.2 * 3 * (0.75 - 0.4 * depth)[..., None]
    )
    _quay(canvas, level)


def _quay(canvas: Canvas, level: float) -> None:
    canvas.paint(canvas.box(-0.1, level - 0.006, canvas.aspect + 0.1, level + 0.004), colour("#0a0a16"))
    ripple = canvas.noise(0.012, 2, stretch=10)
    for x in np.arange(0.06, canvas.aspect, 0.13):
        warm = mix(colour("#ff9b4a"), colour("#ffd9a0"), float(canvas.rng.random()))
        canvas.glow(float(x), level - 0.018, 0.010, strong(warm, 2.2))
        streak = np.exp(-(((canvas.x - x - 0.02 * (ripple - 0.5)) / 0.007) ** 2)) * step(level, level + 0.01, canvas.y)
        canvas.add(streak * step(level + 0.26, level, canvas.y) * step(0.25, 0.75, ripple), strong(warm, 1.3))


def forest(canvas: Canvas) -> None:
    """Firs in fog, and light between them."""
    light, dark = _FOGS[canvas.rng.integers(len(_FOGS))]
    haze, shade = colour(light), colour(dark)
    canvas.gradient([(0, mix(shade, haze, 0.62)), (0.5, haze), (1, mix(shade, haze, 0.5))])
    sun_x = canvas.aspect * canvas.rng.uniform(0.3, 0.7)
    canvas.glow(sun_x, 0.3, 0.22, strong(haze, 1.3))
    for layer in range(5):
        depth = layer / 4
        tint = mix(haze, shade, 0.2 + 0.75 * depth)
        foot = 0.66 + 0.085 * layer
        canvas.paint(_firs(canvas, 15 - 2 * layer, 0.30 + 0.30 * depth, foot), tint)
        _slope(canvas, foot - 0.02, mix(tint, shade, 0.15))
        fog = canvas.noise(0.3, 4, stretch=3) * step(foot - 0.35, foot, canvas.y)
        canvas.paint(fog * 0.55 * (1 - depth), haze)
    _shafts(canvas, sun_x, haze)


def _slope(canvas: Canvas, height: float, tint: Colour) -> None:
    canvas.paint(step(0, 0.03, canvas.y - height - _profile(canvas, 0.05)[None, :]), tint)


def _firs(canvas: Canvas, count: int, tall: float, foot: float) -> Field:
    strokes: list[tuple[list[Point], float]] = []
    for _ in range(count):
        x, height = canvas.aspect * canvas.rng.random(), tall * canvas.rng.uniform(0.65, 1.15)
        strokes += _fir(canvas, float(x), foot + canvas.rng.uniform(0, 0.04), float(height))
    return canvas.lines(strokes)


def _fir(canvas: Canvas, x: float, foot: float, tall: float) -> list[tuple[list[Point], float]]:
    """A trunk, and boughs that hang lower and reach further the nearer they are to the ground."""
    strokes: list[tuple[list[Point], float]] = [([(x, foot), (x, foot - tall)], tall * 0.018)]
    for share in np.arange(0.02, 0.93, 0.017):
        y, reach = foot - tall * (1 - float(share)), tall * (0.015 + 0.19 * float(share))
        for side in (-1, 1):
            out = side * reach * canvas.rng.uniform(0.7, 1.15)
            strokes.append(([(x, y), (x + out * 0.5, y + reach * 0.16), (x + out, y + reach * 0.42)], tall * 0.021))
    return strokes


def _shafts(canvas: Canvas, x: float, tint: Colour) -> None:
    angle = np.arctan2(canvas.x - x, canvas.y + 0.25)
    rays = 0.5 + 0.5 * np.sin(angle * 34 + 4 * np.sin(angle * 9 + 1.3))
    canvas.add(step(0.45, 1.0, rays) * step(0.95, 0.1, canvas.y) * np.exp(-np.abs(angle) * 1.3) * 0.42, tint)


def lit_tent(canvas: Canvas) -> None:
    """A tent with a lamp in it, under the stars."""
    canvas.gradient(
        [(0, colour("#070b1e")), (0.5, colour("#1b2a55")), (0.74, colour("#5a6a96")), (1, colour("#0b0f18"))]
    )
    _stars(canvas)
    _ridge(canvas, 0.68, 0.09, colour("#1a2338"), colour("#4a5a86"))
    _ridge(canvas, 0.78, 0.03, colour("#0d131e"), colour("#1a2338"))
    x, foot = canvas.aspect * canvas.rng.uniform(0.35, 0.6), 0.86
    warm = colour("#ffb35c")
    canvas.glow(x, foot - 0.06, 0.16, strong(warm, 0.5))
    side = canvas.polygon([(x - 0.22, foot), (x - 0.03, foot - 0.23), (x + 0.07, foot - 0.2), (x + 0.25, foot)])
    canvas.paint(side, mix(warm, colour("#c2562d"), 0.45))
    inside = np.exp(-((canvas.distance(x - 0.02, foot - 0.06) / 0.11) ** 2))
    canvas.add(side * inside * 2.4, warm)
    canvas.multiply(1 - 0.45 * canvas.line([(x - 0.03, foot - 0.23), (x + 0.05, foot)], 0.004))
    canvas.multiply(1 - 0.3 * canvas.line([(x + 0.07, foot - 0.2), (x + 0.12, foot)], 0.003))
    pool = canvas.ellipse(x + 0.01, foot + 0.015, 0.36, 0.05, soft=0.05)
    canvas.add(pool * step(foot - 0.004, foot + 0.01, canvas.y) * 0.2 * (0.5 + canvas.noise(0.02, 2)), warm)


def _stars(canvas: Canvas) -> None:
    width, height = canvas.size
    band = np.exp(-(((canvas.y - 0.75 + canvas.x * 0.55) / 0.16) ** 2)) * canvas.noise(0.15, 5)
    canvas.add(band * step(0.7, 0.3, canvas.y) * 0.13, colour("#b8b4e6"))
    for size in (1,) * 800 + (2,) * 100:
        column, row = int(canvas.rng.integers(width - 1)), int(canvas.rng.triangular(0, 0, 0.7) * height)
        canvas.light[row : row + size, column] += canvas.rng.exponential(0.7)


def string_lights(canvas: Canvas) -> None:
    """A garden party just before the guests come: bulbs near and far."""
    top, ground = (colour(text) for text in (("#1d2b4a", "#2a2f24"), ("#3a2440", "#2b2622"))[canvas.rng.integers(2)])
    canvas.gradient([(0, top), (0.6, mix(top, colour("#c77b5a"), 0.45)), (0.72, mix(ground, top, 0.3)), (1, ground)])
    _hedge(canvas)
    warm = colour("#ffbf70")
    for _ in range(46):
        _disc(canvas, mix(warm, colour(("#ff8f5c", "#ffe9bd", "#8fb7ff")[canvas.rng.integers(3)]), 0.45))
    canvas.defocus(0.008)
    for row in range(3):
        _strand(canvas, 0.12 + 0.15 * row, 0.11 + 0.03 * row, 0.010 + 0.005 * row, warm)


def _hedge(canvas: Canvas) -> None:
    leaves = canvas.noise(0.05, 4)
    body = step(-0.02, 0.03, canvas.y - 0.6 - 0.16 * (leaves - 0.5))
    canvas.paint(body * 0.9, colour("#1b2a1c"))
    canvas.add(body * step(0.5, 0.8, canvas.noise(0.02, 3)) * 0.08, colour("#ffce8a"))


def _disc(canvas: Canvas, tint: Colour) -> None:
    x, y = canvas.aspect * canvas.rng.random(), canvas.rng.triangular(0.15, 0.62, 0.95)
    radius = canvas.rng.uniform(0.008, 0.036)
    canvas.add(canvas.ellipse(x, y, radius, radius, soft=0.004) * canvas.rng.uniform(0.25, 1.0), tint)


def _strand(canvas: Canvas, y: float, sag: float, size: float, tint: Colour) -> None:
    """A wire that hangs from edge to edge, with a bulb every so often."""
    tilt = canvas.rng.uniform(-0.08, 0.08)
    xs = np.linspace(-0.05, canvas.aspect + 0.05, 60)
    drop = sag * (1 - ((xs - canvas.aspect / 2) / (canvas.aspect / 2 + 0.05)) ** 2)
    ys = y + drop + tilt * (xs - canvas.aspect / 2)
    canvas.paint(canvas.line(list(zip(xs, ys, strict=True)), size * 0.12), colour("#15120f"))
    for at in range(3, 57, 6):
        x, hang = float(xs[at]), float(ys[at]) + size * 1.5
        canvas.paint(
            canvas.box(x - size * 0.3, hang - size * 1.6, x + size * 0.3, hang - size * 0.6, corner=size * 0.1),
            colour("#1a1512"),
        )
        canvas.glow(x, hang, size * 1.8, strong(tint, 0.8))
        canvas.add(canvas.ellipse(x, hang, size * 0.85, size, soft=0.003), strong(tint, 3))
