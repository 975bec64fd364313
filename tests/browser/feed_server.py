"""A brand surface for the gallery's tests: feed, pictures, the script and a page, on one loopback port."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fast_thumbhash import image_to_thumb_hash
from PIL import Image, ImageDraw, ImageFilter

PLACES = ("on a balcony", "by the window", "in a hallway", "beside a bed", "over the table", "in a bookcase")
NAMES = ("Mira Example", "Jonas Sample", "Ada Invented", "Noor Placeholder", "Tomás Ficticio", "Yuki Nobody")
SHAPES = ((1600, 1200), (1200, 1600), (1400, 1400), (1600, 1067), (1080, 1350))


@dataclass
class Surface:
    """What the surface holds now; a test changes it and the next request sees it."""

    ids: list[str] = field(default_factory=lambda: [f"p{number}" for number in range(1, 9)])
    status: int = 200
    page_size: int = 50
    key: str = ""
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    page: str = ""
    policy: str = ""
    script: bytes = b""
    # Closed, it keeps the feed's answer back, so that a test sees what stands there before it.
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def feed(self, origin: str, start: int) -> dict[str, Any]:
        """Write the feed's page that begins at `start`, as docs/schema/feed.schema.json says."""
        address = f"{origin}/v1/lumen/surfaces/home/feed.json"
        beyond = start + self.page_size
        page = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Lumen, home",
            "feed_url": address,
            "items": [self.item(each, origin) for each in self.ids[start:beyond]],
            "_chorus": {"brand": "lumen", "surface": "home", "surface_version": len(self.asked)},
        }
        return page | ({"next_url": f"{address}?cursor={beyond}"} if beyond < len(self.ids) else {})

    def item(self, placement: str, origin: str) -> dict[str, Any]:
        """Write one item; `changes[placement]` overrides parts of its `_chorus` object."""
        number = int(placement[1:])
        name, place = NAMES[number % len(NAMES)], PLACES[number % len(PLACES)]
        width, height = SHAPES[number % len(SHAPES)]
        media: dict[str, Any] = {
            "media_id": f"m{number}",
            "alt": f"A lamp glowing {place}",
            "width": width,
            "height": height,
            "thumb_hash": thumb_hash(number),
            "colour": "#6b5238",
            "focal": {"x": 0.5, "y": 0.4},
            "renditions": [
                {
                    "url": f"{origin}/media/home/{placement}/{longest}.{kind}",
                    "type": mime,
                    "width": round(width * longest / max(width, height)),
                    "height": round(height * longest / max(width, height)),
                }
                for longest in (320, 640, 1080)
                for kind, mime in (("webp", "image/webp"), ("jpg", "image/jpeg"))
            ],
        }
        return {
            "id": placement,
            "url": f"https://social.example/@{name.split()[0].lower()}/{number}",
            "external_url": f"https://social.example/@{name.split()[0].lower()}/{number}",
            "content_text": f"The evening light {place}.",
            "date_published": "2026-11-20T18:00:00Z",
            "date_modified": "2026-11-20T18:00:00Z",
            "authors": [{"name": name, "url": f"https://social.example/@{name.split()[0].lower()}"}],
            "image": media["renditions"][-1]["url"],
            "_chorus": {
                "post_id": f"post-{number}",
                "revision": 1,
                "credit": f"Photo: {name} (@{name.split()[0].lower()})",
                "platform": "mastodon",
                "mine_url": f"{origin}/lumen/mine?item={placement}",
                "media": [media],
            }
            | self.changes.get(placement, {}),
        }


def picture(number: int, longest: int) -> Image.Image:
    """Draw one lit room, always the same for the same number."""
    shape = SHAPES[number % len(SHAPES)]
    width, height = (round(side * longest / max(shape)) for side in shape)
    seed = hashlib.sha256(str(number).encode()).digest()
    wall = tuple(40 + byte % 60 for byte in seed[:3])
    image = Image.new("RGB", (width, height), wall)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.72, width, height), fill=tuple(channel // 2 for channel in wall))
    middle, radius = (width * (0.3 + seed[3] / 640), height * 0.45), min(width, height) * 0.28
    for step in range(12, 0, -1):
        reach = radius * step / 6
        glow = tuple(
            int(base + (light - base) * (1 - step / 13) ** 2) for base, light in zip(wall, (255, 205, 120), strict=True)
        )
        draw.ellipse((middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach), fill=glow)
    return image.filter(ImageFilter.GaussianBlur(longest / 60))


def thumb_hash(number: int) -> str:
    """Return the picture's ThumbHash in base64."""
    file = io.BytesIO()
    picture(number, 100).save(file, "PNG")
    return base64.b64encode(bytes(image_to_thumb_hash(file))).decode()


class _Handler(BaseHTTPRequestHandler):
    surface: Surface

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.surface.asked.append(self.path)
        if address.path == "/":
            self._answer(200, "text/html; charset=utf-8", self.surface.page.encode())
        elif address.path == "/gallery/chorus-gallery.js":
            self._answer(200, "text/javascript", self.surface.script)
        elif address.path.endswith("/feed.json"):
            self._feed(int(parse_qs(address.query).get("cursor", ["0"])[0]))
        else:
            self._media(address.path)

    def _feed(self, start: int) -> None:
        assert self.surface.gate.wait(60), "the test never opened the gate"
        if self.surface.key and self.headers["Authorization"] != f"Bearer {self.surface.key}":
            return self._answer(401, "application/problem+json", b"{}")
        if self.surface.status != 200:
            return self._answer(self.surface.status, "application/problem+json", b"{}")
        return self._answer(200, "application/feed+json", json.dumps(self.surface.feed(self._origin, start)).encode())

    def _media(self, path: str) -> None:
        match = re.fullmatch(r"/media/home/(p(\d+))/(\d+)\.(jpg|webp)", path)
        if not match or match[1] not in self.surface.ids:
            return self._answer(404, "text/plain", b"")
        file = io.BytesIO()
        picture(int(match[2]), int(match[3])).save(file, "JPEG" if match[4] == "jpg" else "WEBP")
        return self._answer(200, "image/jpeg" if match[4] == "jpg" else "image/webp", file.getvalue())

    @property
    def _origin(self) -> str:
        return f"http://{self.headers['Host']}"

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        status = 304 if status == 200 and self.headers["If-None-Match"] == etag else status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", etag)
        self.send_header("Cache-Control", "max-age=1")
        if self.surface.policy:
            self.send_header("Content-Security-Policy", self.surface.policy)
        self.send_header("Content-Length", str(0 if status == 304 else len(body)))
        self.end_headers()
        # A browser hangs up on a picture that it no longer wants.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(b"" if status == 304 else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        """Keep quiet: a test reads `asked`."""


@contextmanager
def serving(surface: Surface) -> Iterator[str]:
    """Serve the surface on a free loopback port and give its origin."""
    handler = type("Handler", (_Handler,), {"surface": surface})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
