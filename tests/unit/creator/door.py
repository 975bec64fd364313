"""The creator door on loopback: its real pages over real gRPC, with the real rights service behind it.

Ingest, publishing and brands are small servicers here, which keep in memory what the door asks them for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import grpc
from PIL import Image, ImageDraw

from chorus.api.brands.v1 import brands_pb2, brands_pb2_grpc
from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from chorus.api.publishing.v1 import publishing_pb2, publishing_pb2_grpc
from chorus.api.rights.v1 import attestation_pb2, rights_pb2
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.creator.app import CreatorSettings, build
from chorus.errors import Conflict, Invalid, NotFound
from chorus.platform.auth import Signer
from chorus.platform.facts import timestamp
from chorus.platform.ids import new_id
from chorus.platform.rpc import Mounted, Server
from chorus.platform.secrets import new_secret, sha256_hex
from chorus.platform.web import HttpServer, application
from chorus.rights.domain.terms import digest
from tests.unit.rights.service import KEYS, RightsService, golden, rights_service

Context = grpc.ServicerContext
CAPTURED = cast("PostEvent", golden(PostEvent, "post/captured"))
POST = CAPTURED.meta.post
BOUND = timedelta(seconds=30)
SUMMARY = "Lumen may show your picture with your name.\nYou keep every right.\nYou can take this back at any time."
TEXT = "## What you allow\n\nLumen may show your picture, *with your name*, where you saw it.\n\n- Nothing else."
WEB = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
MAIL = scope_pb2.Scope(uses=[scope_pb2.USE_EMAIL])
BOTH = scope_pb2.Scope(uses=[scope_pb2.USE_WEB, scope_pb2.USE_EMAIL])
HOME = scope_pb2.SurfaceShown(
    surface="home-wall", title="Wall on the home page", address="https://lumen.example/", scope=WEB
)
LETTER = scope_pb2.SurfaceShown(surface="letter", title="Monthly letter", address="", scope=MAIL)
TERMS = scope_pb2.TermsText(
    terms="share", version=1, language="en", summary=SUMMARY, text=TEXT, sha256=digest("en", SUMMARY, TEXT)
)

_GERMAN = ("de", "Lumen darf dein Bild auf seiner Website zeigen.", "## Was du erlaubst\n\nDass Lumen es zeigt.")
GERMAN = scope_pb2.TermsText(
    terms="share", version=1, language=_GERMAN[0], summary=_GERMAN[1], text=_GERMAN[2], sha256=digest(*_GERMAN)
)


@dataclass
class Ingest(ingest_pb2_grpc.IngestServicer):
    """Takes uploads and hands out previews."""

    uploads: list[ingest_pb2.CreateUploadRequest] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    translations: list[scope_pb2.TermsText] = field(default_factory=list)

    def ListSources(self, request: ingest_pb2.ListSourcesRequest, context: Context) -> ingest_pb2.ListSourcesResponse:  # noqa: N802
        terms = ingest_pb2.UploadTerms(terms=TERMS, scope=WEB, surfaces=[HOME], days=365)
        terms.translations.extend(self.translations)
        source = ingest_pb2.Source(brand="lumen", source="share", connector="upload", upload_terms=terms)
        return ingest_pb2.ListSourcesResponse(sources=[source] if request.brand == "lumen" else [])

    def GetPreview(self, request: ingest_pb2.GetPreviewRequest, context: Context) -> ingest_pb2.GetPreviewResponse:  # noqa: N802
        kind = "WEBP" if request.content_type == "image/webp" else "JPEG"
        return ingest_pb2.GetPreviewResponse(data=drawn(request.size, kind), content_type=request.content_type)

    def CreateUpload(  # noqa: N802
        self, request: ingest_pb2.CreateUploadRequest, context: Context
    ) -> ingest_pb2.CreateUploadResponse:
        if not request.consent:
            raise Invalid("Your consent is missing.", fields={"consent": "Tick this box to share your picture."})
        if request.photo[:3] != b"\xff\xd8\xff":
            raise Invalid("This is no picture.", fields={"photo": "This file is no JPEG, PNG, WebP or GIF picture."})
        before = next((each for each in self.uploads if each.request_id == request.request_id), request)
        if before.photo != request.photo:
            raise Conflict("Something else was sent before.", reason="REQUEST_ID_REUSED")
        link = self.links.setdefault(request.request_id, new_secret())
        self.uploads.append(request)
        return ingest_pb2.CreateUploadResponse(post=new_id(), link=link)

    def WithdrawUpload(  # noqa: N802
        self, request: ingest_pb2.WithdrawUploadRequest, context: Context
    ) -> ingest_pb2.WithdrawUploadResponse:
        self.withdrawn.append(request.link)
        return ingest_pb2.WithdrawUploadResponse()


@dataclass
class Publishing(publishing_pb2_grpc.PublishingServicer):
    """Knows one placement, also as everybody sees it, and what it is told was taken down."""

    live: bool = True
    items: list[publishing_pb2.PublicItem] = field(default_factory=list)
    takedowns: list[publishing_pb2.Takedown] = field(default_factory=list)

    def ListTakedowns(  # noqa: N802
        self, request: publishing_pb2.ListTakedownsRequest, context: Context
    ) -> publishing_pb2.ListTakedownsResponse:
        mine = [each for each in self.takedowns if each.post == request.post]
        return publishing_pb2.ListTakedownsResponse(takedowns=mine)

    def BatchGetPostPlacements(  # noqa: N802
        self, request: publishing_pb2.BatchGetPostPlacementsRequest, context: Context
    ) -> publishing_pb2.BatchGetPostPlacementsResponse:
        placement = publishing_pb2.Placement(
            placement="1",
            post=request.posts[0],
            state=publishing_pb2.PLACEMENT_STATE_LIVE,
            surface="home-wall",
            surface_title="Wall on the home page",
            surface_address="https://lumen.example/",
            placed_at=CAPTURED.meta.occurred_at,
        )
        return publishing_pb2.BatchGetPostPlacementsResponse(placements=[placement] if self.live else [])

    def FindPublicItems(  # noqa: N802
        self, request: publishing_pb2.FindPublicItemsRequest, context: Context
    ) -> publishing_pb2.FindPublicItemsResponse:
        items = self.items or [public_item()]
        found = [
            each
            for each in items
            if self.live
            and request.placement in {"", each.placement}
            and request.address in {"", each.url, each.surface_address}
        ]
        start = int(request.page_token or 0)
        page, rest = found[start : start + request.page_size or None], found[start + request.page_size :]
        token = str(start + request.page_size) if request.page_size and rest else ""
        return publishing_pb2.FindPublicItemsResponse(items=page, next_page_token=token)


def public_item(post: str = POST, placement: str = "p1", **given: object) -> publishing_pb2.PublicItem:
    """Show a post of Mira's on the wall."""
    picture = publishing_pb2.PublicPicture(
        url=f"/media/wall/{placement}/a-1080.jpg",
        thumbnail_url=f"/media/wall/{placement}/a-320.jpg",
        width=1080,
        height=810,
        alt_text="A lamp at dusk",
    )
    usual: dict[str, object] = {
        "placement": placement, "post": post, "text": "Blue hour on the balcony", "language": "en",
        "credit": "Photo: Mira Example (@mira)", "url": "https://social.example/@mira/1", "pictures": [picture],
        "surface_title": "Wall on the home page", "surface_address": "https://lumen.example/",
    }  # fmt: skip
    return publishing_pb2.PublicItem(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message


def taken_down(
    number: int = 1,
    *,
    cause: str = "revoked",
    state: publishing_pb2.TakedownState.ValueType = publishing_pb2.TAKEDOWN_STATE_COMPLETE,
    began_at: datetime | None = None,
) -> publishing_pb2.Takedown:
    """Say what publishing says of a take-down: of a wall, a letter and a CMS; what is not complete waits for both."""
    began_at = began_at or datetime.now(UTC)
    confirmed = timestamp(began_at + BOUND) if state == publishing_pb2.TAKEDOWN_STATE_COMPLETE else None
    seen = None if state == publishing_pb2.TAKEDOWN_STATE_RUNNING else timestamp(began_at + BOUND)
    times: Any = {"shown_from": timestamp(began_at - timedelta(days=20)), "shown_until": timestamp(began_at)}
    wall = publishing_pb2.TakedownSurface(
        surface="home-wall", title="Wall on the home page", address="https://lumen.example/", confirmed_at=seen, **times
    )
    letter = publishing_pb2.TakedownSurface(
        surface="letter", title="Monthly letter", confirmed_at=confirmed, not_recallable=[scope_pb2.USE_EMAIL], **times
    )
    cms = publishing_pb2.TakedownConsumer(endpoint="e1", title="CMS", host="cms.lumen.example", confirmed_at=confirmed)
    document = f'{{"certificate": {number}}}\n'
    certificate = publishing_pb2.Certificate(number=1, issued_at=seen, complete=bool(confirmed), document=document)
    return publishing_pb2.Takedown(
        takedown=f"t{number}",
        brand="lumen",
        post=POST,
        cause=cause,
        state=state,
        decided_at=timestamp(began_at),
        ended_at=timestamp(began_at),
        due_at=timestamp(began_at + BOUND),
        surfaces=[wall, letter],
        consumers=[cms],
        certificates=[certificate] if seen else [],
    )


class Brands(brands_pb2_grpc.BrandsServicer):
    """Knows lumen."""

    def GetBrand(self, request: brands_pb2.GetBrandRequest, context: Context) -> brands_pb2.Brand:  # noqa: N802
        if request.brand != "lumen":
            raise NotFound("There is no such brand.")
        return brands_pb2.Brand(brand="lumen", display_name="Lumen", accent="#e8a33d")


@dataclass
class DoorHouse:
    """A running door with what is behind it."""

    url: str
    rights: RightsService
    ingest: Ingest
    publishing: Publishing
    stop: dict[str, Server]

    def ask(self, post: str = POST) -> str:
        """Ask for the web and e-mails; answers the link's secret."""
        question = rights_pb2.CreateRequestRequest(
            brand="lumen", post=post, scope=BOTH, surfaces=[HOME, LETTER], days=365
        )
        return self.rights.client().CreateRequest(question).link.rpartition("/")[2]

    def attest(self, **given: object) -> str:
        """Attest a contract for the web; answers the grant's id."""
        usual: dict[str, object] = {
            "brand": "lumen", "post": POST, "scope": WEB, "surfaces": [HOME], "days": 365, "given_by": "Studio North",
            "basis": attestation_pb2.BASIS_CONTRACT, "given_on": "2026-11-03", "note": "In the drawer.",
            "proof": b"%PDF-1.7", "proof_name": "contract.pdf",
        }  # fmt: skip
        claim = attestation_pb2.AttestGrantRequest(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message
        return self.rights.client().AttestGrant(claim).grant

    def translate(self, text: scope_pb2.TermsText) -> None:
        """Have the terms in one more language, wherever they are agreed to."""
        request = rights_pb2.CreateTermsRequest(
            brand="lumen", terms="share", version=1, language=text.language, summary=text.summary, text=text.text
        )
        assert self.rights.client().CreateTerms(request) == text
        self.ingest.translations.append(text)

    def arrive(self, upload: ingest_pb2.CreateUploadRequest, link: str, *, days: int = 365) -> str:
        """Let rights hear of an upload, as ingest would have told it; answers the post."""
        event = cast("PostEvent", golden(PostEvent, "post/captured_upload"))
        event.meta.post = new_id()
        consent = event.captured.consent
        consent.terms.CopyFrom(TERMS)
        consent.days = days
        consent.link_sha256, consent.creator_name = sha256_hex(link), upload.creator_name
        [media] = event.captured.media
        media.state, media.sha256 = media_pb2.MEDIA_STATE_READY, sha256_hex(upload.photo)
        media.width, media.height = 1600, 1200
        self.rights.hear(event)
        return event.meta.post


@contextmanager
def creator_door(database_url: str, **settings: str) -> Iterator[DoorHouse]:
    """Run the door, with the golden post asked for by nobody yet."""
    signer = Signer(KEYS)
    # The base classes answer UNIMPLEMENTED to whatever the door never calls.
    ingest, publishing = Ingest(), Publishing()  # type: ignore[abstract]
    with rights_service(database_url) as rights:
        _arrive(rights)
        servers = {
            "ingest": _serve(
                Mounted(
                    ingest_pb2_grpc.add_IngestServicer_to_server,
                    ingest,
                    ingest_pb2.DESCRIPTOR.services_by_name["Ingest"],
                ),
                signer,
            ),
            "publishing": _serve(
                Mounted(
                    publishing_pb2_grpc.add_PublishingServicer_to_server,
                    publishing,
                    publishing_pb2.DESCRIPTOR.services_by_name["Publishing"],
                ),
                signer,
            ),
            "brands": _serve(
                Mounted(
                    brands_pb2_grpc.add_BrandsServicer_to_server,
                    Brands(),  # type: ignore[abstract]
                    brands_pb2.DESCRIPTOR.services_by_name["Brands"],
                ),
                signer,
            ),
        }
        values = {
            "secret_key": KEYS,
            "public_url": "http://127.0.0.1",
            "console_url": "http://127.0.0.1",
            "rights_address": rights.address,
            **{f"{name}_address": f"127.0.0.1:{server.port}" for name, server in servers.items()},
            **settings,
        }
        door = build(CreatorSettings.model_validate(values))
        http = HttpServer(application([], door.checks, inner=door.app), "127.0.0.1:0")
        http.start()
        try:
            yield DoorHouse(f"http://127.0.0.1:{http.port}", rights, ingest, publishing, servers)
        finally:
            http.stop(5)
            for server in servers.values():
                server.stop(0)


def drawn(size: int, kind: str) -> bytes:
    """Draw a lamp at dusk."""
    height = size * 3 // 4
    image = Image.new("RGB", (size, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line([(0, y), (size, y)], (int(30 + 190 * share), int(40 + 90 * share), int(90 + 10 * share)))
    draw.ellipse([size * 0.38, height * 0.2, size * 0.62, height * 0.52], (255, 214, 140))
    draw.rectangle([size * 0.485, height * 0.5, size * 0.515, height * 0.85], (40, 34, 40))
    draw.rectangle([0, height * 0.85, size, height], (52, 38, 46))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _serve(mounted: Mounted, signer: Signer) -> Server:
    server = Server([mounted], "127.0.0.1:0", signer)
    server.start()
    return server


def _arrive(rights: RightsService) -> None:
    """Let lumen, its terms, and the golden post with its pictures arrive, and the post be approved."""
    created = cast("BrandEvent", golden(BrandEvent, "brand/created"))
    created.meta.CopyFrom(Meta(brand="lumen", event_id="1", seq=1))
    created.created.display_name, created.created.accent = "Lumen", "#e8a33d"
    rights.hear(created)
    rights.client().CreateTerms(
        rights_pb2.CreateTermsRequest(brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT)
    )
    rights.hear(CAPTURED)
    for number, media in enumerate(CAPTURED.captured.media):
        ready = cast("PostEvent", golden(PostEvent, "post/media_ready"))
        ready.media_ready.media.media = media.media
        ready.media_ready.media.alt_text = media.alt_text
        ready.media_ready.media.sha256 = sha256_hex(f"picture {number}")
        ready.media_ready.media.width, ready.media_ready.media.height = 1600, 1200
        rights.hear(ready)
    decided = cast("ReviewEvent", golden(ReviewEvent, "review/decided"))
    decided.meta.post, decided.decided.revision = POST, 1
    rights.hear(decided)
