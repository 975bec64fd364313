"""An invented brand, its terms, and posts by invented creators."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chorus.platform.secrets import Vault
from chorus.rights.domain.attestation import Basis
from chorus.rights.domain.attesting import Permission
from chorus.rights.domain.offer import Offer, SurfaceShown
from chorus.rights.domain.post import Account, Consent, Picture, PictureState, Post, Revision
from chorus.rights.domain.reply import CODE_LENGTH, LETTERS, spaced
from chorus.rights.domain.terms import Terms, digest
from chorus.rights.handlers.asking import Asked, Occasion
from chorus.rights.handlers.hearing import Hearing
from chorus.rights.handlers.means import Means
from chorus.rights.ports import Store
from chorus.scope import Scope, Use

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WINDOW = timedelta(days=30)
WEB = Scope(frozenset({Use.WEB}))
WEB_AND_MAIL = Scope(frozenset({Use.WEB, Use.EMAIL}))
HOME = SurfaceShown("home-wall", "Wall on the home page", "https://lumen.example/", WEB)
LETTER = SurfaceShown("letter", "Newsletter", "https://lumen.example/letter", Scope(frozenset({Use.EMAIL})))
MIRA = Account("mastodon.example", "109", "@mira@mastodon.example", "Mira Example", "https://mastodon.example/@mira")
TERMS = Terms("lumen", "share", 1, "en", "Short.", "In full.", digest("en", "Short.", "In full."))
OFFER = Offer(WEB, (HOME,), 365).under(TERMS)
GERMAN = Terms("lumen", "share", 1, "de", "Kurz.", "Ganz.", digest("de", "Kurz.", "Ganz."))
ASKED = Asked(WEB_AND_MAIL, (HOME, LETTER), 365, "Hello {creator}")

PDF = b"%PDF-1.7\na contract"


def permission(**given: object) -> Permission:
    """Make what a rights manager says of a contract."""
    usual: dict[str, object] = {
        "scope": WEB, "surfaces": (HOME,), "days": 0, "until": NOW + timedelta(days=365), "basis": Basis.CONTRACT,
        "other": "", "given_by": "Studio North", "given_on": "2026-11-03", "note": "In the drawer.",
        "credit": "Mira E.", "proof": PDF, "proof_name": "contract.pdf",
    }  # fmt: skip
    return Permission(**{**usual, **given})  # type: ignore[arg-type]  # fields of a permission


def ids() -> Callable[[], str]:
    """Count ids up, so that a test can name them."""
    numbers = itertools.count(1)
    return lambda: f"id{next(numbers)}"


def codes() -> Callable[[], str]:
    """Make codes, each another one: "222-222", "222-223" and so on."""
    letters = itertools.product(LETTERS, repeat=CODE_LENGTH)
    return lambda: spaced("".join(next(letters)))


def ready(name: str) -> Picture:
    """Make a picture that has arrived."""
    return Picture(name, PictureState.READY, digest("", "", name), f"preview of {name}".encode())


def coming(name: str) -> Picture:
    """Make a picture that is still to come."""
    return Picture(name, PictureState.PENDING, "", b"")


def consent(terms: Terms = TERMS, link_sha256: str = "a" * 64) -> Consent:
    """Make what an uploader agreed to."""
    return Consent(terms, Offer(WEB, (HOME,), 365).under(terms), link_sha256, NOW, "Noa Example")


VAULT = Vault(("a secret of these tests only, long enough",))
_NEW_ID, _NEW_CODE = ids(), codes()


def means(new_id: Callable[[], str] | None = None, *, mails: bool = True) -> Means:
    """Make means to contact creators; ids and codes never come twice."""
    return Means(VAULT, new_id or _NEW_ID, _NEW_CODE, lambda part: f"link of {part}", mails)


def occasion(
    now: datetime = NOW, by: str = "ada@lumen.example", *, new_id: Callable[[], str] | None = None
) -> Occasion:
    """Make an occasion to ask."""
    return Occasion(by, now, WINDOW, means(new_id))


def hearing(store: Store, post: str, *, now: datetime = NOW, links: tuple[str, ...] = ()) -> Hearing:
    """Make the hearing of a fact about a post of lumen."""
    return Hearing(store, "lumen", post, links, now, WINDOW, numbered(post))


def numbered(name: str) -> Means:
    """Number what is made up, behind a name."""
    numbers = ids()
    return means(lambda: f"{name}-{numbers()}")


def seen(post: str, given: Consent | None = None) -> Post:
    """Make what is heard of a post when it is captured."""
    permalink = f"https://mastodon.example/@mira/{post}"
    return Post("lumen", post, account=MIRA, permalink=permalink, consent=given)


def first(*pictures: Picture) -> Revision:
    """Make a first revision."""
    return Revision("Blue hour", pictures)
