"""Still lifes in daylight."""

from __future__ import annotations

import numpy as np

from chorus.local.pictures.canvas import Canvas, Colour, Field, colour, mix, step, strong
from chorus.local.pictures.rooms import pick, wall_and_board

_CUPS = ("#e8e1d3", "#2f6f6a", "#d36a45", "#3c4a6b", "#d9b15a")


def cup_by_window(canvas: Canvas) -> None:
    """Coffee that still steams, before a street that is out of focus."""
    _street(canvas)
    edge, x = 0.70, canvas.aspect * canvas.rng.uniform(0.38, 0.62)
    wood = pick(canvas, ("#7a4a2b", "#54361f", "#a97c50"))
    table = step(edge - 0.002, edge + 0.002, canvas.y)
    canvas.paint(table, wood)
    canvas.multiply(1 + table * (canvas.noise(0.012, 3, stretch=24) - 0.5) * 0.8)
    sheen = np.exp(-(((canvas.x - x + 0.35) / 0.3) ** 2)) * step(1.0, edge, canvas.y)
    canvas.add(table * sheen * 0.30, colour("#ffe6c4"))
    _cup(canvas, x, edge + 0.17, pick(canvas, _CUPS))
    _steam(canvas, x, edge - 0.08)


def _street(canvas: Canvas) -> None:
    sky, far = (("#f3d2a5", "#7d93a8"), ("#cfdde6", "#6d7f78"), ("#f0b48c", "#5c5a7a"))[canvas.rng.integers(3)]
    canvas.gradient([(0, colour(sky)), (0.45, mix(colour(sky), colour(far), 0.5)), (0.75, colour(far, 0.6))])
    for _ in range(16):
        left, tall = canvas.aspect * canvas.rng.random(), canvas.rng.uniform(0.2, 0.6)
        shade = mix(colour(far, 0.5), colour(sky, 0.7), float(canvas.rng.random()))
        canvas.paint(canvas.box(left, 0.75 - tall, left + canvas.rng.uniform(0.06, 0.2), 0.8) * 0.5, shade)
    for _ in range(26):
        radius = canvas.rng.uniform(0.012, 0.04)
        x, y = canvas.aspect * canvas.rng.random(), canvas.rng.uniform(0.2, 0.68)
        tint = colour(("#ffd08a", "#fff2d8", "#ff9a6b", "#bfe0ff")[canvas.rng.integers(4)])
        canvas.add(
            canvas.ellipse(float(x), float(y), float(radius), float(radius), soft=0.004)
            * canvas.rng.uniform(0.15, 0.7),
            tint,
        )
    canvas.defocus(0.012)


def _cup(canvas: Canvas, x: float, base: float, tint: Colour) -> None:
    """A saucer, a round body that is lit from the left, a handle, and what is in it."""
    canvas.multiply(1 - 0.6 * canvas.ellipse(x + 0.05, base + 0.02, 0.29, 0.05, soft=0.05))
    canvas.paint(canvas.ellipse(x, base + 0.006, 0.235, 0.045), mix(tint, (0, 0, 0), 0.25))
    canvas.paint(canvas.ellipse(x, base, 0.23, 0.041), mix(tint, (1, 1, 1), 0.15))
    canvas.multiply(1 - 0.4 * canvas.ellipse(x + 0.01, base, 0.13, 0.022, soft=0.02))
    handle = canvas.ellipse(x + 0.155, base - 0.145, 0.07, 0.065) - canvas.ellipse(
        x + 0.155, base - 0.145, 0.048, 0.043
    )
    canvas.paint(np.clip(handle, 0, 1), mix(tint, (0, 0, 0), 0.35))
    below = step(base - 0.2255, base - 0.2245, canvas.y)
    body = canvas.ellipse(x, base - 0.225, 0.16, 0.222) * below
    canvas.paint(body, tint)
    turn = np.clip((canvas.x - x) / 0.16, -1, 1)
    canvas.multiply(1 + body * (0.28 * np.exp(-(((turn + 0.5) / 0.22) ** 2)) - 0.62 * step(-0.2, 1.1, turn)))
    canvas.paint(canvas.ellipse(x, base - 0.225, 0.16, 0.036), mix(tint, (1, 1, 1), 0.35))
    canvas.paint(canvas.ellipse(x, base - 0.222, 0.146, 0.029), colour("#2b160d"))
    _latte_heart(canvas, x, base - 0.221)


def _latte_heart(canvas: Canvas, x: float, y: float) -> None:
    canvas.paint(canvas.ellipse(x, y, 0.138, 0.0255, soft=0.006) * 0.9, colour("#9a5f33"))
    cream = colour("#f1dfc2")
    for side in (-1, 1):
        canvas.paint(canvas.ellipse(x + side * 0.03, y - 0.005, 0.04, 0.0105, soft=0.003), cream)
    canvas.paint(canvas.polygon([(x - 0.066, y - 0.002), (x + 0.066, y - 0.002), (x, y + 0.019)], blur=0.001), cream)


def _steam(canvas: Canvas, x: float, y: float) -> None:
    rise = np.clip((y - canvas.y) / 0.46, 0, 1)
    drift = 0.05 * np.sin(9 * canvas.y + canvas.rng.uniform(0, 6)) * rise
    plume = np.exp(-(((canvas.x - x - drift) / (0.05 + 0.10 * rise)) ** 2)) * (canvas.y < y)
    wisps = step(0.42, 0.75, canvas.noise(0.13, 5, stretch=0.6))
    canvas.add((plume * wisps * (1 - rise) * step(0, 0.12, rise) * 0.42).astype(np.float32), (1, 0.97, 0.92))


def leaf_shadows(canvas: Canvas) -> None:
    """A vase and a folded lamp in the sun, and the shadow of leaves on the wall."""
    wall = pick(canvas, ("#e3cdb4", "#d8b9a0", "#cfd5c8", "#d5c3cf", "#e6d9b8"))
    edge = 0.78
    wall_and_board(canvas, wall, pick(canvas, ("#c7a27c", "#e4d8c6", "#8e6a4c")), edge)
    x = canvas.aspect * canvas.rng.uniform(0.36, 0.6)
    _stoneware(canvas, x, edge + 0.06)
    _candle_lamp(canvas, x + 0.36, edge + 0.08, pick(canvas, _CUPS))
    sun = _leaf_light(canvas)
    canvas.multiply(0.34 + 0.72 * sun, (1.08, 1.0, 0.88))


def _leaf_light(canvas: Canvas) -> Field:
    """Sun through a window and a plant: where it comes through it is 1."""
    slant = canvas.x - 0.55 * canvas.y
    panes = (
        step(0.02, 0.05, np.abs(slant - canvas.aspect * 0.36))
        * step(-0.28, -0.25, slant)
        * step(canvas.aspect * 0.92, canvas.aspect * 0.89, slant)
    )
    leaves = np.zeros_like(canvas.x)
    for _ in range(4):
        leaves = np.maximum(leaves, _frond(canvas))
    return panes * (1 - 0.85 * canvas.blurred(leaves, 0.006))


def _frond(canvas: Canvas) -> Field:
    x, y = canvas.aspect * canvas.rng.uniform(0.1, 0.95), canvas.rng.uniform(-0.05, 0.12)
    heading, bend = canvas.rng.uniform(0.9, 2.2), canvas.rng.uniform(-0.5, 0.5)
    shadow = np.zeros_like(canvas.x)
    for at in np.linspace(0.05, 1, 13):
        turn = heading + bend * float(at)
        px, py = x + 0.62 * float(at) * float(np.cos(turn)), y + 0.62 * float(at) * float(np.sin(turn))
        for side in (-1, 1):
            shadow = np.maximum(shadow, _leaf(canvas, px, py, turn + side * 0.9, 0.17 * (1.15 - float(at))))
    return shadow


def _leaf(canvas: Canvas, x: float, y: float, turn: float, length: float) -> Field:
    """Mask a pointed leaf; only the pixels around it are worked on elsewhere, so a polygon is the cheap way."""
    along, across = (np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))
    points = [
        (
            float(x + along[0] * length * at + across[0] * length * wide),
            float(y + along[1] * length * at + across[1] * length * wide),
        )
        for at, wide in ((0, 0), (0.3, 0.15), (0.65, 0.13), (1, 0), (0.65, -0.13), (0.3, -0.15))
    ]
    return canvas.polygon(points)


def _stoneware(canvas: Canvas, x: float, base: float) -> None:
    glaze = pick(canvas, ("#f0e9dc", "#7c8f8a", "#a65a3e", "#49566b"))
    canvas.multiply(1 - 0.5 * canvas.ellipse(x + 0.07, base, 0.2, 0.028, soft=0.04))
    for lean in (-0.16, -0.07, 0.03, 0.12, 0.19):
        _stem(canvas, x, base - 0.3, lean)
    neck = canvas.box(x - 0.035, base - 0.33, x + 0.035, base - 0.18, corner=0.012)
    body = np.maximum(canvas.ellipse(x, base - 0.12, 0.125, 0.125), neck)
    canvas.paint(body, glaze)
    canvas.multiply(1 - body * 0.6 * step(-0.3, 1.2, (canvas.x - x) / 0.12))
    canvas.multiply(1 - body * 0.12 * step(0.45, 0.6, canvas.noise(0.012, 2)))


def _stem(canvas: Canvas, x: float, y: float, lean: float) -> None:
    tall = canvas.rng.uniform(0.24, 0.36)
    canvas.paint(
        canvas.line([(x, y), (x + lean * 0.4, y - tall * 0.6), (x + lean, y - tall)], 0.004), colour("#6b6a3d")
    )
    tint = pick(canvas, ("#d9a05b", "#c9694f", "#e9dcc0", "#8b5a7a"))
    tip_x, tip_y = x + lean, y - tall
    for turn in np.linspace(0, 2 * np.pi, 9)[:-1]:
        canvas.paint(
            canvas.ellipse(
                tip_x + 0.02 * float(np.cos(turn)), tip_y + 0.02 * float(np.sin(turn)), 0.016, 0.016, soft=0.004
            ),
            tint,
        )
    canvas.paint(canvas.ellipse(tip_x, tip_y, 0.013, 0.013), colour("#5a3a1e"))


def _candle_lamp(canvas: Canvas, x: float, base: float, shade: Colour) -> None:
    """A small lamp without a cable, switched on in the afternoon all the same."""
    canvas.multiply(1 - 0.5 * canvas.ellipse(x + 0.05, base, 0.12, 0.02, soft=0.03))
    canvas.paint(canvas.ellipse(x, base - 0.006, 0.065, 0.015), mix(shade, (0, 0, 0), 0.4))
    canvas.paint(canvas.box(x - 0.009, base - 0.25, x + 0.009, base - 0.01), mix(shade, (0, 0, 0), 0.3))
    hood = canvas.polygon(
        [(x - 0.05, base - 0.34), (x + 0.05, base - 0.34), (x + 0.095, base - 0.22), (x - 0.095, base - 0.22)]
    )
    canvas.paint(hood, strong(shade, 1.0))
    canvas.multiply(
        1 + hood * (0.7 * step(base - 0.34, base - 0.22, canvas.y) - 0.45 * step(-0.2, 1.2, (canvas.x - x) / 0.09))
    )
    canvas.paint(canvas.ellipse(x, base - 0.22, 0.093, 0.012), strong(colour("#fff0cf"), 2.2))
    canvas.glow(x, base - 0.2, 0.06, strong(colour("#ffcf8a"), 0.35))
