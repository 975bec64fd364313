"""The demo's invented community: who they are, what they say, and which drawn picture they show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chorus.local.errors import HouseError

PICTURE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif"}


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    name: str
    handle: str


@dataclass(frozen=True)
class Sample:
    """A post to be: who says what, with which picture: drawn from a seed, or read from a file."""

    person: Person
    text: str
    alt: str
    seed: int = 0
    file: Path | None = None

    def picture(self) -> bytes:
        """Read its file, or draw it: 2400 × 1800 px with EXIF, an invented location among it."""
        if self.file:
            return self.file.read_bytes()
        # Loaded where somebody draws: `chorus up` and every other command do without numpy.
        from chorus.local.pictures import draw

        return draw(self.seed)


MIRA = Person("Mira Example", "mira")
JUNO = Person("Juno Sample", "juno")
THEO = Person("Theo Placeholder", "theo")
INES = Person("Ines Testa", "ines")
OMAR = Person("Omar Beispiel", "omar")
LIV = Person("Liv Prøve", "liv")
KENJI = Person("Kenji Demo", "kenji")
ADA = Person("Ada Sample", "ada")

# What the blog "Evenings by lamplight" has in its feed.
BLOG = (
    Sample(THEO, "The dome lamp found its place. Ten minutes of light before sleep.", "A dome lamp beside flowers", 0),
    Sample(THEO, "Morning coffee, the lamp still warm from the night before.", "A blue cup by a city window", 2),
    Sample(THEO, "Up before the fog was. Sunday, all of it.", "Hills in morning mist", 13),
    Sample(INES, "The cream chair won. The lamp was never in question.", "A cream armchair by an arc lamp", 21),
    Sample(INES, "Three pendants over one long table: dinner for nine.", "Three pendant lamps over a set table", 4),
    Sample(
        INES, "Reading corner, finished at last. The chair is my grandmother's.", "A red armchair by an arc lamp", 9
    ),
)

# What people post under #lumenlight.
HASHTAG = (
    Sample(MIRA, "Took our lamp camping. It lasted two nights!", "A tent that glows under the stars", 3),
    Sample(JUNO, "Desk light, moon light.", "A desk lamp beside a window with the moon", 7),
    Sample(OMAR, "Garden party tonight, bring a jumper.", "Strings of lights over a garden", 11),
    Sample(LIV, "Shadows of the fern at four o'clock", "Leaf shadows on a wall above a vase", 6),
    Sample(KENJI, "City on, phone off.", "A city by night, mirrored in water", 8),
    Sample(OMAR, "Second night out, still plenty of light.", "A tent by the lake at night", 15),
    Sample(LIV, "Letters, by the green one.", "A green desk lamp over a letter", 19),
    Sample(KENJI, "Last light, from the ridge.", "Hills in rows under a red evening sky", 37),
    Sample(JUNO, "BUY FOLLOWERS CHEAP!!! link in bio #ad #ad #ad", "A forest in fog", 10),
)

# What customers wrote in the shop, delivered as signed webhooks.
SHOP = (
    Sample(OMAR, "The white dome is even softer than I hoped.", "A white dome lamp on a dark shelf", 12),
    Sample(LIV, "Pendants arrived with a scratch, the new ones came in two days. Thank you!", "Pendant lamps", 16),
)

# What people upload themselves, with consent of their own.
UPLOADS = (
    Sample(KENJI, "Tea and the green lamp, every evening.", "A green cup on a wooden table", 14),
    Sample(INES, "Red poppies from the garden, and evening sun.", "Poppies in a red vase by a lamp", 18),
    Sample(MIRA, "Sailing home by the light of the evening.", "A sailing boat at sunset", 5),
)

SPAM = HASHTAG[-1]


def album(folder: Path) -> Sequence[Sample]:
    """Make posts of somebody's own pictures, by name; HouseError where there are none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)
    except OSError as error:
        message = f"{folder} cannot be read: {error.strerror}."
        raise HouseError(message, "Name a folder with pictures after --photos.") from error
    if not found:
        message = f"{folder} holds no pictures."
        raise HouseError(message, f"Put files there that end in {', '.join(sorted(PICTURE_ENDINGS))}.")
    people = itertools.cycle((MIRA, JUNO, THEO, INES, OMAR, LIV, KENJI))
    return [Sample(next(people), _title(path), _title(path), file=path) for path in found]


def _title(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ")
