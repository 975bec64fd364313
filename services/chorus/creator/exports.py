"""What a creator carries away by their link: what is allowed, for programs, and everything in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import media_pb2
from chorus.creator import words
from chorus.creator.backends import Backends
from chorus.creator.language import N_, Language, reader_of
from chorus.creator.links import pictures
from chorus.creator.pages import saved_as
from chorus.creator.portable import Export, Picture, newest, post, texts
from chorus.creator.press import Press
from chorus.creator.printed import Printing
from chorus.creator.seen import claims, decided, no_receipt, state_of
from chorus.creator.sheet import Sheet
from chorus.errors import ChorusError, NotFound, Unavailable
from chorus.platform import logs
from chorus.platform.guard import Guard

log = logs.logger(__name__)
_LARGEST = 1080
# On paper: 260 dots an inch, and as many as stand beside what was agreed.
_PRINTED, _MOST_PRINTED = 640, 7


class Exports:
    """The files below /r/{token}. Looking changes nothing."""

    def __init__(self, backends: Backends, guard: Guard, public_url: str) -> None:
        """Work with these services; `public_url` is where the log of evidence is published."""
        self._backends = backends
        self._guard = guard
        self._public_url = public_url
        self._press = Press()

    def odrl(self, request: Request) -> Response:
        """Hand out what is allowed now as a W3C ODRL agreement."""
        document = self._backends.agreement(request.path_params["token"])
        if not document:
            message = N_("Nothing is allowed with this link just now.")
            raise NotFound(message, reason="NO_GRANT")
        return Response(document, headers=saved_as("odrl.jsonld"), media_type="application/ld+json")

    def certificate(self, request: Request) -> Response:
        """Hand out the newest certificate of a take-down of the link's own post."""
        view = self._backends.own_link(request.path_params["token"])
        found = self._backends.takedowns(view.brand, view.post)
        if found is None:
            message = N_("What was taken off cannot be known just now. Look again in a minute.")
            raise Unavailable(message, reason="PUBLISHING_DOWN")
        wanted = [each for each in found if each.takedown == request.path_params["takedown"] and each.certificates]
        if not wanted:
            message = N_("There is no such certificate, or it is not issued yet. Look again in a moment.")
            raise NotFound(message, reason="NO_CERTIFICATE")
        name = f"takedown-{words.iso(wanted[0].ended_at)[:10]}.json"
        return Response(newest(wanted[0]), headers=saved_as(name), media_type="application/json")

    def receipt(self, request: Request) -> Response:
        """Hand out what was decided on paper, with the receipts that prove it attached."""
        self._guard.check(request)
        token, reader = request.path_params["token"], reader_of(request)
        view = decided(self._backends.own_link(token, reader.preferences))
        receipts = words.receipts(self._backends.receipts(token).receipts)
        if not receipts:
            raise no_receipt()
        sheet = self._sheet(view, receipts, self._backends.evidence().keys, reader.language)
        return Response(self._press.printed(sheet), headers=saved_as("receipt.pdf"), media_type="application/pdf")

    def everything(self, request: Request) -> Response:
        """Hand out all there is as one ZIP, picture by picture: what fails has failed before its first byte.

        Of several posts each has a folder, in the order in which they came.
        """
        self._guard.check(request)
        reader, token = reader_of(request), request.path_params["token"]
        linked = self._backends.link(token).linked
        pages = {f"{number}/": f"{token}~{each.post}" for number, each in enumerate(linked, 1)} or {"": token}
        keys = self._backends.evidence().keys
        exports = {folder: self._gathered(page, keys, reader.preferences) for folder, page in pages.items()}
        parts = self._zipped(exports, reader.language)
        return StreamingResponse(parts, headers=saved_as("export.zip"), media_type="application/zip")

    def _gathered(self, token: str, keys: str, languages: tuple[str, ...]) -> Export:
        view = self._backends.own_link(token, languages)
        running = (view.grant.state == pb.GRANT_STATE_ACTIVE and not view.post_withdrawn) or claims(view)
        return Export(
            view,
            self._backends.placements(view.brand, view.post) if running else [],
            words.receipts(self._backends.receipts(token).receipts),
            keys,
            self._backends.agreement(token),
            [
                newest(each)
                for each in reversed(self._backends.takedowns(view.brand, view.post) or ())
                if each.certificates
            ],
        )

    def _zipped(self, exports: Mapping[str, Export], language: Language) -> Iterator[bytes]:
        """Write the file, each post in its folder, never holding more of it than one picture."""
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
            for folder, export in exports.items():
                for name, data in self._parts(export, language):
                    file.writestr(folder + name, data)
                    yield sink.taken()
        yield sink.taken()

    def _parts(self, export: Export, language: Language) -> Iterator[tuple[str, str | bytes]]:
        """List what there is of a post, by name."""
        yield from texts(export, language)
        found: list[Picture] = []
        for number, media in enumerate(pictures(export.view), 1):
            data, name = self._picture(export.view.brand, media), f"pictures/{number}.jpg"
            found.append({"file": name if data else None, "sha256": media.sha256, "alt_text": media.alt_text})
            if data:
                yield name, data
        yield "post.json", post(export, found)
        if printed := self._printed(export, language):
            yield "receipt.pdf", printed

    def _printed(self, export: Export, language: Language) -> bytes:
        """Print the receipt; nothing where there is none, or where that cannot be done."""
        if not export.receipts:
            return b""
        try:
            return self._press.printed(self._sheet(export.view, export.receipts, export.keys, language))
        except ChorusError as error:
            log.warning("an export goes without a PDF", reason=error.reason)
            return b""

    def _sheet(self, view: pb.CreatorView, receipts: dict[str, pb.Receipt], keys: str, language: Language) -> Sheet:
        shown = pictures(view)[:_MOST_PRINTED]
        photos = [(self._picture(view.brand, each, _PRINTED), each.alt_text) for each in shown]
        had = [(data, alt) for data, alt in photos if data]
        printing = Printing(view, state_of(view), language, self._public_url)
        return printing.sheet(receipts, keys, had, datetime.now(UTC))

    def _picture(self, brand: str, media: media_pb2.Media, size: int = _LARGEST) -> bytes:
        """Fetch a copy, the largest there is or a smaller one; nothing where that cannot be had."""
        wanted = ingest_pb2.GetPreviewRequest(brand=brand, media=media.media, size=size, content_type="image/jpeg")
        try:
            return self._backends.preview(wanted).data
        except ChorusError as error:
            log.warning("an export goes without a picture", reason=error.reason)
            return b""


class _Sink(io.RawIOBase):
    """Takes what a ZIP is written as, to be handed on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 -- any buffer
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """Answer what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
