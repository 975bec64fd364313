"""Scenes in rooms, each lit by a lamp of the invented brand."""

from __future__ import annotations

import numpy as np

from chorus.local.pictures.canvas import Canvas, Colour, Field, colour, mix, step, strong

_WALLS = ("#8a4f3d", "#5d6f5e", "#3f4e66", "#b9a58b", "#6b5570", "#8c7b4f")
_SHADES = ("#e2683c", "#f0ead8", "#2f6f6a", "#d9a441", "#c9d3da", "#7d2f38")
_WOODS = ("#7a4a2b", "#54361f", "#a97c50", "#3a2a22")
WARM = colour("#ffc27a")


def pick(canvas: Canvas, choices: tuple[str, ...]) -> Colour:
    """Choose a colour."""
    return colour(choices[canvas.rng.integers(len(choices))])


def wall_and_board(canvas: Canvas, wall: Colour, wood: Colour, edge: float) -> None:
    """Paint a plastered wall and the wooden board before it, as they would look in even light."""
    canvas.gradient([(0, wall), (1, wall)])
    canvas.multiply(0.86 + 0.28 * canvas.noise(0.25, 6))
    board = step(edge - 0.001, edge + 0.001, canvas.y)
    canvas.paint(board, wood)
    grain = canvas.noise(0.012, 3, stretch=26)
    canvas.multiply(1 + board * (grain - 0.5) * 0.7)
    canvas.multiply(1 - 0.45 * step(edge + 0.02, edge, canvas.y) * step(edge - 0.03, edge, canvas.y))


def cone(canvas: Canvas, x: float, y: float, spread: float, reach: float, *, up: bool = False) -> Field:
    """Light that leaves a shade's opening and fades with distance."""
    down = (y - canvas.y) if up else (canvas.y - y)
    across = np.abs(canvas.x - x) / (spread * np.maximum(down, 0) + 0.05)
    return step(1.25, 0.55, across) * step(-0.01, 0.03, down) / (1 + (canvas.distance(x, y) / reach) ** 2)


def dome_lamp(canvas: Canvas) -> None:
    """A dome lamp on a sideboard, with books and a vase."""
    wall, shade, wood = pick(canvas, _WALLS), pick(canvas, _SHADES), pick(canvas, _WOODS)
    edge, x = 0.79, canvas.aspect * canvas.rng.uniform(0.36, 0.62)
    wall_and_board(canvas, wall, wood, edge)
    side = -1 if x > canvas.aspect / 2 else 1
    _picture_frame(canvas, x + side * 0.42, 0.27)
    _books(canvas, x + side * 0.27, edge + 0.012)
    _vase(canvas, x - side * 0.33, edge + 0.012)
    near = 1 / (1 + (canvas.distance(x, 0.55) / 0.30) ** 2) ** 1.3
    canvas.multiply(0.16 + 2.2 * near + 1.1 * cone(canvas, x, 0.46, 1.7, 0.4), mix((1, 1, 1), WARM, 0.75))
    _dome(canvas, x, edge, shade)


def _dome(canvas: Canvas, x: float, edge: float, shade: Colour) -> None:
    """The lamp itself: a foot, a stem, and a glowing half-globe."""
    body = mix(shade, (0.02, 0.02, 0.02), 0.35)
    foot = canvas.ellipse(x, edge + 0.022, 0.105, 0.024)
    canvas.multiply(1 - 0.6 * canvas.ellipse(x, edge + 0.032, 0.14, 0.03, soft=0.03))
    canvas.paint(foot, body)
    canvas.paint(canvas.box(x - 0.02, 0.45, x + 0.02, edge + 0.02, corner=0.01), body)
    canvas.add(canvas.box(x - 0.004, 0.46, x + 0.006, edge + 0.01, corner=0.004, soft=0.012) * 0.5, WARM)
    canvas.add(foot * step(edge + 0.03, edge, canvas.y) * 0.4, WARM)
    dome = canvas.ellipse(x, 0.47, 0.21, 0.21) * step(0.4705, 0.4695, canvas.y)
    canvas.paint(dome, strong(mix(shade, WARM, 0.25), 1.0))
    roundness = 1 - ((canvas.x - x) / 0.21) ** 2
    canvas.multiply(1 + dome * (0.75 * np.clip(roundness, 0, 1) - 0.35 + 1.1 * step(0.30, 0.48, canvas.y)))
    opening = canvas.ellipse(x, 0.47, 0.208, 0.026)
    canvas.paint(opening, strong(colour("#ffe2b0"), 2.2))
    canvas.glow(x, 0.50, 0.16, strong(WARM, 0.30))


def _books(canvas: Canvas, x: float, base: float) -> None:
    y = base
    for _ in range(4):
        thick, wide = canvas.rng.uniform(0.022, 0.036), canvas.rng.uniform(0.08, 0.105)
        shift = canvas.rng.uniform(-0.012, 0.012)
        cover = pick(canvas, ("#8d3b2f", "#2f4858", "#d8c7a3", "#4f6d4d", "#c98b3c", "#33313b"))
        canvas.paint(canvas.box(x + shift - wide, y - thick, x + shift + wide, y, corner=0.003), cover)
        canvas.paint(
            canvas.box(x + shift - wide * 0.8, y - thick * 0.62, x + shift - wide * 0.35, y - thick * 0.4),
            mix(cover, (1, 1, 1), 0.5),
        )
        canvas.multiply(1 - 0.35 * canvas.box(x + shift - wide, y - 0.004, x + shift + wide, y, soft=0.004))
        y -= thick


def _vase(canvas: Canvas, x: float, base: float) -> None:
    glaze = pick(canvas, ("#d9d2c3", "#5c6f7d", "#2f3a3f", "#b98b73"))
    for _ in range(7):
        _twig(canvas, x, base - 0.2)
    body = np.maximum(
        canvas.ellipse(x, base - 0.085, 0.066, 0.088),
        canvas.box(x - 0.024, base - 0.22, x + 0.024, base - 0.1, corner=0.012),
    )
    canvas.paint(body, glaze)
    canvas.multiply(1 - body * 0.55 * step(0.0, 0.07, np.abs(canvas.x - x - 0.01)))


def _twig(canvas: Canvas, x: float, y: float) -> None:
    lean, tall = canvas.rng.uniform(-0.16, 0.16), canvas.rng.uniform(0.16, 0.30)
    steps = np.linspace(0, 1, 9)
    points = [(x + lean * at**1.5, y - tall * at) for at in steps]
    canvas.paint(canvas.line([(float(a), float(b)) for a, b in points], 0.003), colour("#4a3a26"))
    bloom = pick(canvas, ("#e8d5b5", "#d99a7c", "#a9b58a"))
    for at in points[3:]:
        dx, dy = canvas.rng.uniform(-0.014, 0.014, 2)
        size = canvas.rng.uniform(0.006, 0.012)
        canvas.paint(canvas.ellipse(at[0] + dx, at[1] + dy, size * 1.4, size, soft=0.003), bloom)


def _picture_frame(canvas: Canvas, x: float, y: float) -> None:
    canvas.multiply(1 - 0.4 * canvas.box(x - 0.115, y - 0.135, x + 0.135, y + 0.165, soft=0.04))
    canvas.paint(canvas.box(x - 0.12, y - 0.15, x + 0.12, y + 0.15), colour("#2b2320"))
    canvas.paint(canvas.box(x - 0.11, y - 0.14, x + 0.11, y + 0.14), colour("#e6dfd1"))
    canvas.paint(canvas.ellipse(x + 0.015, y - 0.03, 0.05, 0.05), pick(canvas, _SHADES))
    canvas.paint(
        canvas.polygon([(x - 0.075, y + 0.1), (x - 0.02, y + 0.0), (x + 0.03, y + 0.06), (x + 0.075, y + 0.1)]),
        pick(canvas, _WALLS),
    )


def pendants(canvas: Canvas) -> None:
    """Three pendants over a table that is laid."""
    wall, wood = pick(canvas, ("#2f3d3f", "#3b3346", "#4a3a33", "#27364a")), pick(canvas, _WOODS)
    edge = 0.74
    wall_and_board(canvas, wall, wood, edge)
    places = [canvas.aspect * share for share in (0.2, 0.5, 0.8)]
    heights = [0.33 + canvas.rng.uniform(-0.05, 0.05) for _ in places]
    for x in places:
        _setting(canvas, x + canvas.rng.uniform(-0.04, 0.04), edge + 0.12)
    _fruit(canvas, (places[0] + places[1]) / 2, edge + 0.09)
    lit = sum(cone(canvas, x, y, 0.75, 0.35) for x, y in zip(places, heights, strict=True))
    near = sum(1 / (1 + (canvas.distance(x, y) / 0.16) ** 2) for x, y in zip(places, heights, strict=True))
    canvas.multiply(np.asarray(0.14 + 1.5 * lit + 0.55 * near, np.float32), mix((1, 1, 1), WARM, 0.7))
    for x, y in zip(places, heights, strict=True):
        _pendant(canvas, x, y, pick(canvas, _SHADES))


def _pendant(canvas: Canvas, x: float, y: float, shade: Colour) -> None:
    canvas.paint(canvas.line([(x, -0.02), (x, y - 0.12)], 0.004), colour("#15120f"))
    body = canvas.polygon([(x - 0.03, y - 0.13), (x + 0.03, y - 0.13), (x + 0.13, y), (x - 0.13, y)])
    canvas.paint(body, mix(shade, (0, 0, 0), 0.35))
    canvas.multiply(1 + body * (1.4 * np.exp(-(((canvas.x - x + 0.035) / 0.04) ** 2)) - 0.2))
    canvas.paint(canvas.box(x - 0.018, y - 0.155, x + 0.018, y - 0.125, corner=0.006), colour("#b08d57"))
    canvas.paint(canvas.ellipse(x, y, 0.13, 0.017), strong(colour("#ffe4b8"), 2.6))
    canvas.glow(x, y + 0.015, 0.10, strong(WARM, 0.30))


def _setting(canvas: Canvas, x: float, y: float) -> None:
    canvas.multiply(1 - 0.5 * canvas.ellipse(x, y + 0.008, 0.12, 0.034, soft=0.015))
    canvas.paint(canvas.ellipse(x, y, 0.115, 0.03), colour("#e9e2d4"))
    canvas.multiply(1 - 0.18 * canvas.ellipse(x, y + 0.001, 0.08, 0.019))
    cup, tint = x + 0.16, pick(canvas, _SHADES)
    canvas.paint(canvas.box(cup - 0.028, y - 0.045, cup + 0.028, y + 0.01, corner=0.014), tint)
    canvas.paint(canvas.ellipse(cup, y - 0.044, 0.028, 0.008), mix(tint, (0, 0, 0), 0.6))


def _fruit(canvas: Canvas, x: float, y: float) -> None:
    for dx, dy in ((-0.05, -0.055), (0.045, -0.055), (0.0, -0.075)):
        ball = canvas.ellipse(x + dx, y + dy, 0.042, 0.042)
        canvas.paint(ball, pick(canvas, ("#d9762b", "#c23b2e", "#d9b23a")))
        canvas.multiply(
            1 + ball * (0.6 * np.exp(-((canvas.distance(x + dx - 0.01, y + dy - 0.02) / 0.025) ** 2)) - 0.15)
        )
    canvas.paint(canvas.ellipse(x, y - 0.03, 0.13, 0.055) * step(y - 0.04, y - 0.037, canvas.y), colour("#39515a"))


def desk(canvas: Canvas) -> None:
    """A desk at dusk: a lamp on a jointed arm, a notebook, and the window behind."""
    wood, shade = pick(canvas, _WOODS), pick(canvas, _SHADES)
    edge, x = canvas.rng.uniform(0.72, 0.82), canvas.aspect * canvas.rng.uniform(0.52, 0.74)
    left, top = canvas.rng.uniform(0.03, 0.30), canvas.rng.uniform(0.05, 0.13)
    wall_and_board(canvas, pick(canvas, _WALLS), wood, edge)
    _notebook(canvas, x - 0.32, edge + 0.12)
    _mug(canvas, x - 0.62, edge + 0.05, pick(canvas, _SHADES))
    lit = cone(canvas, x - 0.25, 0.42, 0.8, 0.42)
    near = 1 / (1 + (canvas.distance(x - 0.25, 0.46) / 0.22) ** 2)
    canvas.multiply(0.17 + 1.9 * lit + 0.65 * near, mix((1, 1, 1), WARM, 0.6))
    _window(canvas, left, top, left + canvas.rng.uniform(0.26, 0.42), top + canvas.rng.uniform(0.38, 0.5))
    _arm_lamp(canvas, x, edge, mix(shade, (0, 0, 0), 0.3))


def _arm_lamp(canvas: Canvas, x: float, edge: float, shade: Colour) -> None:
    metal = mix(shade, colour("#1b1a1d"), 0.55)
    canvas.multiply(1 - 0.55 * canvas.ellipse(x + 0.16, edge + 0.05, 0.14, 0.03, soft=0.03))
    canvas.paint(canvas.ellipse(x + 0.16, edge + 0.03, 0.11, 0.026), metal)
    elbow, head = (x + 0.26, 0.50), (x - 0.14, 0.28)
    for start, end in (((x + 0.16, edge + 0.02), elbow), (elbow, head)):
        canvas.paint(canvas.line([start, end], 0.012), metal)
        canvas.add(canvas.line([(start[0] - 0.003, start[1]), (end[0] - 0.003, end[1])], 0.003) * 0.10, WARM)
    canvas.paint(canvas.ellipse(*elbow, 0.018, 0.018), mix(metal, (1, 1, 1), 0.15))
    body = canvas.polygon([(x - 0.16, 0.24), (x - 0.09, 0.285), (x - 0.115, 0.42), (x - 0.37, 0.42), (x - 0.22, 0.27)])
    canvas.paint(body, shade)
    canvas.multiply(1 + body * (1.3 * np.exp(-(((canvas.x - x + 0.2) / 0.05) ** 2)) - 0.25))
    canvas.paint(canvas.ellipse(x - 0.243, 0.42, 0.128, 0.02), strong(colour("#ffe6bd"), 2.6))
    canvas.glow(x - 0.243, 0.44, 0.12, strong(WARM, 0.34))


def _notebook(canvas: Canvas, x: float, y: float) -> None:
    sheet = canvas.polygon([(x - 0.19, y + 0.05), (x - 0.13, y - 0.07), (x + 0.17, y - 0.07), (x + 0.21, y + 0.05)])
    canvas.multiply(1 - 0.5 * canvas.blurred(sheet, 0.012))
    canvas.paint(sheet, colour("#efe7d6"))
    canvas.multiply(1 - 0.35 * canvas.line([(x + 0.02, y - 0.07), (x + 0.012, y + 0.05)], 0.005, blur=0.003))
    for row in range(5):
        canvas.multiply(
            1
            - 0.5
            * canvas.line(
                [
                    (x - 0.12 - row * 0.009, y - 0.05 + row * 0.019),
                    (x - 0.015 - canvas.rng.uniform(0, 0.05), y - 0.05 + row * 0.019),
                ],
                0.0025,
            )
        )
    canvas.paint(canvas.line([(x + 0.06, y + 0.03), (x + 0.17, y - 0.045)], 0.008), colour("#c9542f"))


def _mug(canvas: Canvas, x: float, y: float, tint: Colour) -> None:
    canvas.multiply(1 - 0.5 * canvas.ellipse(x - 0.01, y + 0.004, 0.08, 0.02, soft=0.02))
    ring = np.clip(
        canvas.ellipse(x + 0.06, y - 0.06, 0.035, 0.04) - canvas.ellipse(x + 0.06, y - 0.06, 0.022, 0.027), 0, 1
    )
    canvas.paint(ring, tint)
    body = canvas.box(x - 0.058, y - 0.12, x + 0.058, y + 0.01, corner=0.02)
    canvas.paint(body, tint)
    canvas.multiply(1 - body * 0.5 * step(0.0, 0.06, x - canvas.x + 0.01))
    canvas.paint(canvas.ellipse(x, y - 0.118, 0.057, 0.014), mix(tint, (1, 1, 1), 0.25))
    canvas.paint(canvas.ellipse(x, y - 0.116, 0.049, 0.010), colour("#2a1710"))


def _window(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> None:
    """A window on the evening: it shines by itself, whatever the room's light is."""
    canvas.paint(canvas.box(left - 0.02, top - 0.02, right + 0.02, bottom + 0.02), colour("#a79c8d", 0.22))
    pane = canvas.box(left, top, right, bottom)
    low, high = colour("#c98a8c", 0.75), colour("#20366b", 0.55)
    for share in np.linspace(0, 1, 24):
        level = top + (bottom - top) * float(share)
        canvas.paint(pane * step(level - 0.012, level + 0.012, canvas.y), mix(high, low, float(share)))
    moon_x, moon_y = left + (right - left) * 0.7, top + 0.1
    canvas.add(canvas.ellipse(moon_x, moon_y, 0.024, 0.024) * pane * 1.6, colour("#fff3da"))
    hill = step(-0.002, 0.002, canvas.y - bottom + 0.09 + 0.03 * np.sin(canvas.x * 11)) * pane
    canvas.paint(hill, colour("#1c2238"))
    for _ in range(14):
        x, y = canvas.rng.uniform(left + 0.01, right - 0.01), canvas.rng.uniform(bottom - 0.06, bottom - 0.01)
        canvas.add(canvas.ellipse(float(x), float(y), 0.0035, 0.0035) * 1.2, WARM)
    middle = (left + right) / 2
    canvas.paint(canvas.box(middle - 0.006, top, middle + 0.006, bottom), colour("#a79c8d", 0.18))
    canvas.paint(
        canvas.box(left, (top + bottom) / 2 - 0.006, right, (top + bottom) / 2 + 0.006), colour("#a79c8d", 0.18)
    )


def reading_corner(canvas: Canvas) -> None:
    """An armchair under an arc lamp."""
    wall, cloth = pick(canvas, _WALLS), pick(canvas, ("#3f6b63", "#b5643c", "#46507a", "#8f8a7c", "#7a3b46"))
    floor, x = 0.80, canvas.aspect * canvas.rng.uniform(0.42, 0.56)
    wall_and_board(canvas, wall, pick(canvas, _WOODS), floor)
    _rug(canvas, x, floor + 0.11)
    _picture_frame(canvas, canvas.aspect * 0.16, 0.3)
    _plant(canvas, canvas.aspect * 0.14, floor + 0.06)
    _armchair(canvas, x, floor + 0.08, cloth)
    lit = cone(canvas, x + 0.02, 0.27, 0.9, 0.5)
    near = 1 / (1 + (canvas.distance(x + 0.02, 0.32) / 0.24) ** 2)
    canvas.multiply(0.2 + 1.55 * lit + 0.7 * near, mix((1, 1, 1), WARM, 0.65))
    _arc_lamp(canvas, x + 0.02, floor)


def _armchair(canvas: Canvas, x: float, base: float, cloth: Colour) -> None:
    canvas.multiply(1 - 0.6 * canvas.ellipse(x, base + 0.005, 0.3, 0.035, soft=0.05))
    for leg in (-0.19, 0.19):
        canvas.paint(
            canvas.polygon([(x + leg - 0.012, base - 0.07), (x + leg + 0.012, base - 0.07), (x + leg * 1.08, base)]),
            colour("#2d1f16"),
        )
    dark, lightest = mix(cloth, (0, 0, 0), 0.4), mix(cloth, (1, 1, 1), 0.12)
    canvas.paint(canvas.box(x - 0.19, base - 0.46, x + 0.19, base - 0.1, corner=0.07), mix(cloth, (0, 0, 0), 0.18))
    canvas.paint(canvas.box(x - 0.17, base - 0.235, x + 0.17, base - 0.10, corner=0.035), lightest)
    canvas.multiply(1 - 0.45 * canvas.box(x - 0.16, base - 0.25, x + 0.16, base - 0.225, soft=0.02))
    canvas.paint(canvas.box(x - 0.2, base - 0.14, x + 0.2, base - 0.055, corner=0.02), cloth)
    for side in (-1, 1):
        canvas.paint(
            canvas.box(x + side * 0.215 - 0.05, base - 0.28, x + side * 0.215 + 0.05, base - 0.05, corner=0.045),
            mix(cloth, dark, 0.25),
        )
    cushion = canvas.box(x - 0.15, base - 0.335, x + 0.02, base - 0.2, corner=0.03)
    canvas.paint(cushion, pick(canvas, _SHADES))
    canvas.multiply(0.9 + 0.2 * canvas.noise(0.01, 2))


def _arc_lamp(canvas: Canvas, x: float, floor: float) -> None:
    """A foot on the right, a long bow, and a bowl that hangs from it."""
    turns = np.linspace(0, np.pi * 0.86, 40)
    foot = x + 0.46
    bow = [(foot - 0.23 + 0.23 * float(np.cos(turn)), 0.34 - 0.24 * float(np.sin(turn))) for turn in turns]
    canvas.paint(canvas.line([(foot, floor + 0.06), *bow], 0.009), colour("#b58f55", 0.8))
    canvas.paint(canvas.ellipse(foot, floor + 0.065, 0.09, 0.02), colour("#d8d2c8", 0.35))
    bowl = canvas.ellipse(x, 0.30, 0.125, 0.105) * step(0.3005, 0.2995, canvas.y)
    canvas.paint(bowl, colour("#caa15c", 0.7))
    canvas.multiply(1 + bowl * (1.5 * np.exp(-(((canvas.x - x + 0.045) / 0.03) ** 2)) - 0.3))
    canvas.paint(canvas.ellipse(x, 0.30, 0.124, 0.018), strong(colour("#ffe6bd"), 2.4))
    canvas.glow(x, 0.32, 0.12, strong(WARM, 0.32))


def _rug(canvas: Canvas, x: float, y: float) -> None:
    base, accent = pick(canvas, ("#c9b79a", "#8b5a4a", "#5a6b7a")), pick(canvas, _SHADES)
    for shrink, tint in ((1.0, base), (0.86, accent), (0.78, base), (0.5, accent), (0.42, base)):
        canvas.paint(canvas.ellipse(x, y, 0.48 * shrink, 0.085 * shrink), tint)


def _plant(canvas: Canvas, x: float, base: float) -> None:
    green = pick(canvas, ("#2f5a3a", "#46663a", "#28504a"))
    for turn in np.linspace(-1.25, 1.25, 13):
        reach = canvas.rng.uniform(0.2, 0.34)
        tip = (x + reach * float(np.sin(turn)), base - 0.13 - reach * float(np.cos(turn)))
        bend = (x + reach * 0.45 * float(np.sin(turn * 0.7)), base - 0.13 - reach * 0.62)
        width = 0.016
        leaf = canvas.polygon([(x, base - 0.12), (bend[0] - width, bend[1]), tip, (bend[0] + width, bend[1])])
        canvas.paint(leaf, mix(green, colour("#a9b86b"), canvas.rng.uniform(0, 0.4)))
    canvas.paint(
        canvas.polygon([(x - 0.075, base - 0.14), (x + 0.075, base - 0.14), (x + 0.052, base), (x - 0.052, base)]),
        colour("#b9653f"),
    )
